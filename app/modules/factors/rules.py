"""Codes and challenges: how they are made, told apart and read. Pure apart from chance.

Source: RFC 6238 with SHA-1, six digits and 30 seconds, which every app knows; NIST 800-63B-4 §3.1.2 (recovery codes),
§3.1.4 (one time step of tolerance, each code once).
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pyotp

STEP = 30  # seconds
CODES = 10
LETTERS = 24  # of a recovery code, five bits each
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
ANSWER_WITHIN = timedelta(minutes=5)
UNCONFIRMED_FOR = timedelta(days=1)
MOST_PASSKEYS = 20


@dataclass(frozen=True)
class Held:
    """What a person has: a confirmed app, so many passkeys on this host, so many unused recovery codes."""

    totp: bool = False
    passkeys: int = 0
    codes: int = 0

    @property
    def any(self) -> bool:
        """Whether there is a second factor at all; recovery codes alone are none."""
        return self.totp or self.passkeys > 0


def totp_uri(secret: str, *, email: str, issuer: str) -> str:
    """Return the `otpauth://` address that an app reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def totp_step(secret: str, code: str, *, after: int, now: datetime) -> int | None:
    """Return the time step whose code this is, at most one step away from now and newer than step `after`; or None."""
    digits = "".join(code.split())
    here, found = int(now.timestamp()) // STEP, None
    for step in (here - 1, here, here + 1):
        made = pyotp.TOTP(secret).at(step * STEP)
        if hmac.compare_digest(made.encode(), digits.encode()) and step > after:
            found = step
    return found


def new_recovery_code() -> str:
    """Return a code of 120 random bits, in six groups: from 112 bits on a fast hash is enough (ASVS 6.5.2)."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LETTERS))
    return "-".join(letters[start : start + 4] for start in range(0, LETTERS, 4))


def recovery_digest(user_id: UUID, code: str) -> bytes:
    """Return what is kept of a recovery code, however it was typed."""
    plain = "".join(code.upper().split()).replace("-", "").translate(str.maketrans("OIL", "011"))
    return hashlib.sha256(user_id.bytes + plain.encode()).digest()


def new_challenge(secret_key: str, *, tenant_id: UUID, purpose: str, now: datetime) -> bytes:
    """Return a challenge that says by itself when, where and what for it was made; nothing is stored of it."""
    body = int(now.timestamp()).to_bytes(8, "big") + secrets.token_bytes(16)
    return body + _mac(secret_key, tenant_id, purpose, body)


def is_challenge(challenge: bytes, secret_key: str, *, tenant_id: UUID, purpose: str, now: datetime) -> bool:
    """Tell whether `new_challenge` made this for the same tenant and purpose within ANSWER_WITHIN."""
    body, mac = challenge[:24], challenge[24:]
    if len(challenge) != 56 or not hmac.compare_digest(mac, _mac(secret_key, tenant_id, purpose, body)):
        return False
    age = now.timestamp() - int.from_bytes(body[:8], "big")
    return -60 <= age <= ANSWER_WITHIN.total_seconds()


def _mac(secret_key: str, tenant_id: UUID, purpose: str, body: bytes) -> bytes:
    message = b"passkey|" + tenant_id.bytes + purpose.encode() + b"|" + body
    return hmac.new(secret_key.encode(), message, hashlib.sha256).digest()


def unpadded(text: str) -> bytes:
    """Return the bytes of base64url without padding. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def spent_digest(challenge: bytes) -> bytes:
    """Return what is kept of an answered challenge."""
    return hashlib.sha256(challenge).digest()
