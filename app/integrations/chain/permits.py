"""Approval by a signature (EIP-2612): which tokens take one, what a wallet signs, and whether it was signed.

A token's domain isn't guessed: it counts only where the separator that follows from it is the token's own.
"""

from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from app.integrations.chain.port import Call, CallReverted, Chain

_DOMAIN = keccak(text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
_PERMIT = keccak(text="Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)")
_HALF = (
    0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0  # of secp256k1's order: s above it is refused
)
_LONGEST = 100  # characters of a token's name or version
FIELDS = {
    "EIP712Domain": (
        ("name", "string"),
        ("version", "string"),
        ("chainId", "uint256"),
        ("verifyingContract", "address"),
    ),
    "Permit": (
        ("owner", "address"),
        ("spender", "address"),
        ("value", "uint256"),
        ("nonce", "uint256"),
        ("deadline", "uint256"),
    ),
}


@dataclass(frozen=True)
class Domain:
    """The EIP-712 domain of a token."""

    name: str
    version: str
    chain_id: int
    token: str

    @property
    def separator(self) -> bytes:
        """The hash that the token states as DOMAIN_SEPARATOR()."""
        parts = (_DOMAIN, keccak(text=self.name), keccak(text=self.version), self.chain_id, self.token)
        return bytes(keccak(encode(["bytes32", "bytes32", "bytes32", "uint256", "address"], parts)))


@dataclass(frozen=True)
class Permit:
    """What an owner signs: that `spender` may take `value` base units until `deadline` (Unix seconds)."""

    domain: Domain
    owner: str
    spender: str
    value: int
    nonce: int
    deadline: int

    def typed_data(self) -> dict[str, Any]:
        """Return what a wallet is asked to sign (eth_signTypedData_v4); whole numbers as decimal text."""
        domain = self.domain
        return {
            "types": {name: [{"name": each, "type": kind} for each, kind in parts] for name, parts in FIELDS.items()},
            "primaryType": "Permit",
            "domain": {
                "name": domain.name,
                "version": domain.version,
                "chainId": domain.chain_id,
                "verifyingContract": domain.token,
            },
            "message": {
                "owner": self.owner,
                "spender": self.spender,
                "value": str(self.value),
                "nonce": str(self.nonce),
                "deadline": str(self.deadline),
            },
        }


@dataclass(frozen=True)
class Signature:
    """A signature as contracts take it apart."""

    v: int
    r: bytes
    s: bytes


def domain_of(chain: Chain, token: str, *, chain_id: int) -> Domain | None:
    """Return the domain of a token that takes permits, or None for one that doesn't. Raises ChainUnavailable."""
    stated, name = _ask(chain, token, "DOMAIN_SEPARATOR()", "bytes32"), _ask(chain, token, "name()", "string")
    if stated is None or name is None or len(name) > _LONGEST:
        return None
    if _nonce(chain, token) is None or _ask(chain, token, "PERMIT_TYPEHASH()", "bytes32") not in (None, _PERMIT):
        return None
    told = _ask(chain, token, "version()", "string")
    for version in dict.fromkeys(filter(None, (told, "1", "2"))):
        domain = Domain(name, version, chain_id, token)
        if len(version) <= _LONGEST and domain.separator == stated:
            return domain
    return None


def nonce_call(token: str, owner: str) -> Call:
    """Return the question how many permits of an owner the token has taken."""
    return Call(to=token, data="0x" + (keccak(text="nonces(address)")[:4] + encode(["address"], [owner])).hex())


def taken_apart(text: str) -> Signature | None:
    """Return a wallet's signature in its parts, or None for anything that no contract would take."""
    digits = text.removeprefix("0x")
    try:
        raw = bytes.fromhex(digits)
    except ValueError:
        return None
    if len(raw) != 65 or not text.startswith("0x"):
        return None
    v, s = raw[64] + 27 if raw[64] < 2 else raw[64], int.from_bytes(raw[32:64])
    return Signature(v, raw[:32], raw[32:64]) if v in (27, 28) and 0 < s <= _HALF else None


def is_signed(permit: Permit, signature: Signature) -> bool:
    """Tell whether the permit's owner made the signature."""
    said = permit.typed_data()
    message = {name: value if value.startswith("0x") else int(value) for name, value in said["message"].items()}
    signable = encode_typed_data(full_message={**said, "message": message})
    parts = (signature.v, int.from_bytes(signature.r), int.from_bytes(signature.s))
    try:
        return bool(Account.recover_message(signable, vrs=parts).lower() == permit.owner.lower())
    except ValueError:
        return False


def _nonce(chain: Chain, token: str) -> int | None:
    try:
        return int.from_bytes(chain.call(nonce_call(token, token), at="latest") or b"", "big")
    except CallReverted:
        return None


def _ask(chain: Chain, token: str, question: str, kind: str) -> Any:
    """Return what a token answers, or None where it doesn't know the question."""
    try:
        answer = chain.call(Call(to=token, data="0x" + keccak(text=question)[:4].hex()), at="latest")
        return decode([kind], answer)[0]
    except (CallReverted, DecodingError, UnicodeDecodeError):
        return None
