"""Messages that wallets sign (EIP-4361), written and read; and whose signature one is. Pure.

Source: EIP-4361 (Sign-In with Ethereum), EIP-191 for what is hashed, EIP-1271 for contracts.
"""

import re
import secrets
import string
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LASTS = timedelta(minutes=10)
WAITS = timedelta(minutes=10)  # how long a signature that a contract has to confirm may wait
MOST = 20  # wallets of one person
LINK, SIGN_IN = "link", "sign-in"
MAGIC = bytes.fromhex("1626ba7e")  # what a contract answers for a signature of its own (ERC-1271)
LONGEST_SIGNATURE = 8192  # characters: of contracts with many owners
_ALPHABET = string.ascii_letters + string.digits
_HEX = re.compile(r"0x([0-9a-fA-F]{2}){1,4096}")
_FORM = re.compile(
    r"(?P<domain>[^\s/]+) wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9a-fA-F]{40})\n"
    r"\n"
    r"((?P<statement>[^\n]+)\n)?"
    r"\n"
    r"URI: (?P<uri>\S+)\n"
    r"Version: (?P<version>1)\n"
    r"Chain ID: (?P<chain_id>[0-9]+)\n"
    r"Nonce: (?P<nonce>[a-zA-Z0-9]{8,})\n"
    r"Issued At: (?P<issued_at>\S+)"
    r"(\nExpiration Time: (?P<expires_at>\S+))?"
)


@dataclass(frozen=True)
class Message:
    """What a wallet is asked to sign. Instants are in UTC."""

    domain: str
    address: str
    statement: str
    uri: str
    chain_id: int
    nonce: str
    issued_at: datetime
    expires_at: datetime | None


def write(message: Message) -> str:
    """Return the message as EIP-4361 has it."""
    lines = [
        f"{message.domain} wants you to sign in with your Ethereum account:",
        message.address,
        "",
        *([message.statement] if message.statement else []),
        "",
        f"URI: {message.uri}",
        "Version: 1",
        f"Chain ID: {message.chain_id}",
        f"Nonce: {message.nonce}",
        f"Issued At: {_written(message.issued_at)}",
    ]
    if message.expires_at is not None:
        lines.append(f"Expiration Time: {_written(message.expires_at)}")
    return "\n".join(lines)


def read(text: str) -> Message | None:
    """Return what a text of EIP-4361 says, or None if it isn't one that `write` could have written."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    try:
        issued = datetime.fromisoformat(found["issued_at"])
        ends = datetime.fromisoformat(found["expires_at"]) if found["expires_at"] else None
    except ValueError:
        return None
    message = Message(
        domain=found["domain"],
        address=found["address"],
        statement=found["statement"] or "",
        uri=found["uri"],
        chain_id=int(found["chain_id"]),
        nonce=found["nonce"],
        issued_at=issued,
        expires_at=ends,
    )
    return message if issued.tzinfo and write(message) == text else None


def new_nonce() -> str:
    """Return a nonce of letters and digits with more than 128 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(24))


def signature_bytes(text: str) -> bytes | None:
    """Return a signature as bytes, or None for what can't be one."""
    plain = text.strip()
    if len(plain) > LONGEST_SIGNATURE or not _HEX.fullmatch(plain):
        return None
    return bytes.fromhex(plain[2:])


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
