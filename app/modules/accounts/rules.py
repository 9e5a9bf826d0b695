"""Passwords, tokens, lifetimes and limits. Pure apart from the salt of a hash.

Source: Argon2id m=65536 KiB, t=3, p=1 (above OWASP's floor of 19456/2/1); NIST 800-63B-4 §3.1.1 on passwords.
"""

import base64
import hashlib
import hmac
import ipaddress
import re
import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import quote
from uuid import UUID

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from app.core.permissions import Role

SHORTEST, LONGEST = 12, 128
LEAST_SCORE = 2  # zxcvbn: "somewhat guessable", 10^6 to 10^8 guesses
LEAST_OF_ONES_OWN = 6  # characters that are not the person's or the site's name
LEAST_DIFFERENT = 5
OBVIOUS = {  # what people type when they must type twelve characters, and what zxcvbn finds good enough
    "correcthorsebatterystaple",
    "correct horse battery staple",
    "correct-horse-battery-staple",
    "iloveyouforever",
    "letmeinletmein",
    "mypassword123",
    "thisismypassword",
    "thisisapassword",
    "trustno1trustno1",
    "whatisyourname",
}
TOUCHED_EVERY = timedelta(minutes=1)
PARALLEL_HASHES = 4  # each takes 64 MiB

VERIFY, RESET, INVITE, EMAIL, KEEP_EMAIL = "verify", "reset", "invite", "email", "keep-email"
LIFETIMES = {
    VERIFY: timedelta(hours=24),
    RESET: timedelta(minutes=15),
    INVITE: timedelta(hours=72),
    EMAIL: timedelta(hours=24),
    KEEP_EMAIL: timedelta(hours=72),
}
PATHS = {
    VERIFY: "/verify/",
    RESET: "/reset/",
    INVITE: "/invitation/",
    EMAIL: "/new-address/",
    KEEP_EMAIL: "/keep-address/",
}
STRONG = frozenset({"totp", "recovery", "passkey", "mfa"})  # what counts as a second factor; `mfa`: a provider says so
CHANGES = (
    "app-added",
    "app-removed",
    "passkey-added",
    "passkey-removed",
    "codes-renewed",
    "recovery-used",
    "factors-reset",
    "connection-added",
    "connection-removed",
    "wallet-added",
    "wallet-removed",
)
WAITS_FOR = timedelta(minutes=15)  # how long a session may wait for its second factor
KEEP_ATTEMPTS = timedelta(days=30)  # a place that signed in is known for that long
KEEP_FAILURES = timedelta(days=1)
LONGEST_IDLE = timedelta(minutes=480)  # what a site may choose at most, tenants.settings

_HASHER = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=1)
# Verified in place of a hash that doesn't exist, so that an unknown address takes as long as a known one.
_NOBODY = _HASHER.hash(secrets.token_hex(16))


class Stage(StrEnum):
    """How far a session is: it gives rights, waits for a second factor, or for one to be set up."""

    FULL = "full"
    SECOND = "second"
    ENROL = "enrol"


def stage(roles: Iterable[Role], shown: Iterable[str], *, required: Iterable[str], enrolled: bool) -> Stage:
    """Return how far somebody is who has shown `shown`. `required`: the roles that must have a second factor."""
    if STRONG & set(shown):
        return Stage.FULL
    if enrolled:
        return Stage.SECOND
    return Stage.ENROL if set(required) & {role.value for role in roles} else Stage.FULL


def is_app_code(code: str) -> bool:
    """Tell whether somebody typed six digits; anything else is taken for a recovery code."""
    digits = "".join(code.split())
    return len(digits) == 6 and digits.isdigit()


def way(reached: Stage, goal: str) -> str:
    """Return the path that leads a session of this stage to the local path `goal`."""
    steps = {Stage.SECOND: "/login/second", Stage.ENROL: "/login/enrol"}
    return f"{steps[reached]}?next={quote(goal, safe='/')}" if reached in steps else goal


@dataclass(frozen=True)
class Lifetime:
    """How long a session lasts without use, and at all."""

    idle: timedelta
    absolute: timedelta


INVESTOR_LIFETIME = Lifetime(timedelta(minutes=30), timedelta(hours=12))
ADMIN_LIFETIME = Lifetime(timedelta(minutes=15), timedelta(hours=8))
PLATFORM_LIFETIME = Lifetime(timedelta(minutes=15), timedelta(hours=4))


@dataclass(frozen=True)
class Limit:
    """At most `most` counted attempts within `within`."""

    most: int
    within: timedelta


FROM_ONE_PLACE = Limit(5, timedelta(minutes=15))  # failures for one address from one place
FROM_ANY_PLACE = Limit(30, timedelta(minutes=15))  # failures for one address; places it signed in from are exempt
FACTORS_FROM_ANY_PLACE = Limit(10, timedelta(minutes=15))  # wrong codes of one person: 3 of 10^6 are right at any time
BY_ONE_PLACE = Limit(100, timedelta(minutes=15))  # failures of one place, which may be a whole office
MAILS_TO_ONE = Limit(5, timedelta(hours=1))  # mails with links to one address
MAILS_BY_ONE = Limit(60, timedelta(hours=1))  # mails with links asked for by one place
FOREIGN_NOTED = Limit(1, timedelta(minutes=1))  # entries about other tenants' sessions shown from one place


def lifetime(roles: Iterable[Role]) -> Lifetime:
    """Return the shortest lifetime that the roles ask for."""
    held = set(roles)
    if Role.SUPER_ADMIN in held:
        return PLATFORM_LIFETIME
    return ADMIN_LIFETIME if Role.TENANT_ADMIN in held else INVESTOR_LIFETIME


def is_alive(
    created_at: datetime, last_seen_at: datetime, roles: Iterable[Role], now: datetime, idle_minutes: int = 0
) -> bool:
    """Tell whether a session may still be used. `idle_minutes`: the site's own choice in place of the role's."""
    allowed = lifetime(roles)
    idle = timedelta(minutes=idle_minutes) if idle_minutes else allowed.idle
    return now - last_seen_at < idle and now - created_at < allowed.absolute


def place(remote: str) -> str:
    """Return what counts as one place: an IPv4 address, or the /64 of an IPv6 one, which one household has whole."""
    try:
        address = ipaddress.ip_address(remote)
    except ValueError:
        return remote
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((address, 64), strict=False))
    return remote


def normal_email(text: str) -> str:
    """Return an e-mail address as it is stored and compared."""
    return text.strip().lower()


class Hashing:
    """Every hash of a password goes through here, at most PARALLEL_HASHES at once; `done` counts them."""

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(PARALLEL_HASHES)
        self._counting = threading.Lock()
        self.done = self.running = self.most_at_once = 0

    def __enter__(self) -> None:
        self._free.acquire()
        with self._counting:
            self.done, self.running = self.done + 1, self.running + 1
            self.most_at_once = max(self.most_at_once, self.running)

    def __exit__(self, *_error: object) -> None:
        with self._counting:
            self.running -= 1
        self._free.release()


hashing = Hashing()


def hash_password(password: str) -> str:
    """Return the Argon2id hash of `password`."""
    with hashing:
        return _HASHER.hash(password)


def password_matches(password: str, password_hash: str) -> bool:
    """Tell whether the hash is of this password. An empty hash takes as long as a real one and never matches.

    A bcrypt hash comes from an import; bcrypt knows the first 72 bytes alone.
    """
    with hashing:
        try:
            if is_imported(password_hash):
                return bcrypt.checkpw(password.encode()[:72], password_hash.encode())
            return _HASHER.verify(password_hash or _NOBODY, password) and bool(password_hash)
        except (VerificationError, InvalidHashError, ValueError):
            return False


def is_imported(password_hash: str) -> bool:
    """Tell whether this is a bcrypt hash, as other systems make them."""
    return re.fullmatch(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}", password_hash) is not None


def needs_new_hash(password_hash: str) -> bool:
    """Tell whether the hash is an imported one, or was made with weaker parameters than today's."""
    return is_imported(password_hash) or _HASHER.check_needs_rehash(password_hash)


def plainly(password: str) -> set[str]:
    """Return the words that a password is, when what people add to make it longer is taken away.

    Those are the password itself, without digits and signs at its ends, and one half of what stands there twice.
    """
    whole = password.lower().strip()
    unsigned = whole.strip("!?.,;:#*+-_=@$%&/ ")
    bare = unsigned.strip("0123456789!?.,;:#*+-_=@$%&/ ")
    once = {
        text[: len(text) // 2] for text in (whole, unsigned, bare) if text[: len(text) // 2] == text[len(text) // 2 :]
    }
    return {text for text in {whole, unsigned, bare, *once} if len(text) >= LEAST_OF_ONES_OWN}


def password_problem(password: str, *, about: Iterable[str] = ()) -> str | None:
    """Return the code of what is wrong with a password: `short`, `long`, `common`, or None. `about`: name, e-mail…"""
    if len(password) < SHORTEST:
        return "short"
    if len(password) > LONGEST:
        return "long"
    known = [word for text in about for word in re.split(r"[\s@._-]+", text.lower()) if len(word) > 2]
    rest = password.lower()
    for word in sorted(known, key=len, reverse=True):
        rest = rest.replace(word, "")
    if len(rest) < LEAST_OF_ONES_OWN or len(set(rest)) < LEAST_DIFFERENT or rest in OBVIOUS:
        return "common"
    return "common" if zxcvbn(password[:72], user_inputs=known)["score"] < LEAST_SCORE else None


def device(agent: str) -> tuple[str, str]:
    """Return the program and the system that a `User-Agent` names, empty where it names none that people know."""
    programs = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    systems = (
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    )
    program = next((name for mark, name in programs if mark in agent), "")
    return program, next((name for mark, name in systems if mark in agent), "")


def device_pass(secret_key: str, tenant_id: UUID, email: str, name: str) -> str:
    """Return what a browser keeps to show that it signed in to this address before: its random name and an HMAC."""
    message = b"device|" + tenant_id.bytes + normal_email(email).encode() + b"|" + name.encode()
    return f"{name}.{hmac.new(secret_key.encode(), message, hashlib.sha256).hexdigest()}"


def known_device(shown: str, secret_key: str, tenant_id: UUID, email: str) -> str:
    """Return the name of a browser that shows a genuine pass for this address, else nothing."""
    name = shown.partition(".")[0]
    genuine = device_pass(secret_key, tenant_id, email, name)
    return name if name and hmac.compare_digest(genuine.encode(), shown.encode()) else ""


def new_session_token(tenant_id: UUID) -> str:
    """Return a fresh opaque token. It names its tenant, so that another tenant can tell that it is a stranger's."""
    return f"{tenant_id.hex}.{secrets.token_urlsafe(32)}"


def tenant_of(token: str) -> str:
    """Return the hexadecimal tenant id that a token names."""
    return token.partition(".")[0]


def digest(token: str) -> bytes:
    """Return what is stored of a session token, and of a typed-in address."""
    return hashlib.sha256(token.encode()).digest()


def mail_token(kind: str, tenant_id: UUID, token_id: UUID, secret_key: str) -> str:
    """Return the text of a mailed token: its id and an HMAC-SHA256 over kind, tenant and id, cut to 192 bits."""
    message = f"{kind}|{tenant_id}|{token_id}".encode()
    mac = hmac.new(secret_key.encode(), message, hashlib.sha256).digest()[:24]
    return base64.urlsafe_b64encode(token_id.bytes + mac).decode().rstrip("=")


def mail_token_id(text: str, kind: str, tenant_id: UUID, secret_key: str) -> UUID | None:
    """Return the id in a mailed token, or None if the text isn't one that `mail_token` made."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        token_id = UUID(bytes=raw[:16])
    except ValueError:
        return None
    genuine = mail_token(kind, tenant_id, token_id, secret_key)
    return token_id if hmac.compare_digest(genuine.encode(), text.encode()) else None
