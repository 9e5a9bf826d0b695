"""Calls, answers, announcements and errors of our contracts, encoded and decoded without any network.

ABI and bytecode come from contracts/artifacts, which the build keeps equal to the sources.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from app.integrations.chain.port import Call, CallReverted, Log

ARTIFACTS = Path(__file__).resolve().parents[3] / "contracts" / "artifacts"
_PANIC = "4e487b71"
_ERROR = "08c379a0"


@dataclass(frozen=True)
class Announcement:
    """A decoded log: addresses with checksum, whole numbers as int, bytes as 0x-prefixed text."""

    name: str
    args: dict[str, Any]


@cache
def artifact(name: str) -> Any:
    """Return a contract's artifact, or the table `errors` or `deployment`, as the build wrote it."""
    return json.loads((ARTIFACTS / f"{name}.json").read_text())


def as_bytes32(identifier: UUID, payer: str = "") -> bytes:
    """Return an id as contracts know it: the UUID in the upper 16 bytes.

    An investment's id has the last 16 bytes of its payer's address in the lower, so that nobody else can use it up.
    """
    return identifier.bytes + (bytes.fromhex(payer.removeprefix("0x"))[-16:] if payer else bytes(16))


def as_uuid(text: str) -> UUID:
    """Return the id in a bytes32 given as 0x-prefixed text."""
    return UUID(bytes=bytes.fromhex(text.removeprefix("0x"))[:16])


def creation(name: str, *arguments: Any) -> Call:
    """Return the call that creates a contract."""
    made = artifact(name)
    inputs: list[Any] = next((part["inputs"] for part in made["abi"] if part["type"] == "constructor"), [])
    return Call(to=None, data=made["bytecode"] + encode(_types(inputs), arguments).hex())


def calldata(name: str, function: str, arguments: Sequence[Any]) -> str:
    """Return the encoded call of a contract's function."""
    entry = _entries(name, "function")[function]
    return "0x" + (_selector(entry) + encode(_types(entry["inputs"]), arguments)).hex()


def called(name: str, data: str) -> tuple[str, tuple[Any, ...]]:
    """Return the function and arguments in calldata. Raises ValueError for what is no whole call of the contract."""
    given = bytes.fromhex(data.removeprefix("0x"))
    for function, entry in _entries(name, "function").items():
        if _selector(entry) != given[:4]:
            continue
        try:
            values = decode(_types(entry["inputs"]), given[4:])
        except (DecodingError, OverflowError):
            break
        if _selector(entry) + encode(_types(entry["inputs"]), values) != given:
            break  # bytes behind the arguments, or arguments in disorder
        return function, tuple(_plain(value) for value in values)
    raise ValueError(f"no call of {name}: {data[:10]}")


def answer(name: str, function: str, data: bytes) -> tuple[Any, ...]:
    """Return the values in a function's answer. Raises CallReverted where no contract answered."""
    try:
        values = decode(_types(_entries(name, "function")[function]["outputs"]), data)
    except DecodingError:
        raise CallReverted("NoContract", f"no contract answers {function}") from None
    return tuple(_plain(value) for value in values)


def announcement(name: str, log: Log) -> Announcement | None:
    """Return the decoded log of a contract, or None for an event that its ABI doesn't have.

    One that is not encoded as the ABI says is none of our contract's either, whatever stands at its address.
    """
    entry = _events(name).get(log.topics[0]) if log.topics else None
    if entry is None:
        return None
    indexed = [part for part in entry["inputs"] if part["indexed"]]
    others = [part for part in entry["inputs"] if not part["indexed"]]
    try:
        values = dict(zip((part["name"] for part in others), decode(_types(others), log.data), strict=True))
        for part, topic in zip(indexed, log.topics[1:], strict=True):
            values[part["name"]] = decode([part["type"]], bytes.fromhex(topic.removeprefix("0x")))[0]
    except (DecodingError, ValueError, OverflowError):
        return None
    kinds = {part["name"]: part["type"] for part in entry["inputs"]}
    return Announcement(entry["name"], {key: _typed(kinds[key], value) for key, value in values.items()})


def refusal(data: str) -> CallReverted:
    """Return the error that a contract's revert data says."""
    selector, rest = data.removeprefix("0x")[:8], data.removeprefix("0x")[8:]
    known = _errors().get(selector)
    try:
        if selector == _ERROR:
            words = str(decode(["string"], bytes.fromhex(rest))[0])
            return CallReverted("Error", words)
        if known is None:
            return CallReverted("Panic" if selector == _PANIC else "Unknown", f"the contract refused (0x{selector})")
        values = decode(_types(known["inputs"]), bytes.fromhex(rest))
    except (DecodingError, ValueError):
        return CallReverted("Unknown", "the contract refused")
    parts = ", ".join(f"{part['name']}={_plain(value)}" for part, value in zip(known["inputs"], values, strict=True))
    return CallReverted(known["name"], f"{known['name']}({parts})")


@cache
def _entries(name: str, kind: str) -> dict[str, Any]:
    return {part["name"]: part for part in artifact(name)["abi"] if part["type"] == kind}


@cache
def _events(name: str) -> dict[str, Any]:
    return {"0x" + keccak(text=_signature(part)).hex(): part for part in _entries(name, "event").values()}


@cache
def _errors() -> dict[str, Any]:
    return {_selector(part).hex(): part for part in artifact("errors")}


def _selector(entry: Any) -> bytes:
    return bytes(keccak(text=_signature(entry))[:4])


def _signature(entry: Any) -> str:
    return f"{entry['name']}({','.join(_types(entry['inputs']))})"


def _types(parts: Sequence[Any]) -> list[str]:
    return [_type(part) for part in parts]


def _type(part: Any) -> str:
    kind = str(part["type"])
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(_types(part['components']))}){kind.removeprefix('tuple')}"


def _typed(kind: str, value: Any) -> Any:
    return to_checksum_address(value) if kind == "address" else _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, str) and value.startswith("0x") and len(value) == 42:
        return to_checksum_address(value)
    return value
