"""A node's answers as values of the port. What can't be read raises KeyError, TypeError or ValueError."""

from datetime import UTC, datetime
from typing import Any

from app.integrations.chain.port import Block, Call, Log, Receipt


def call_fields(call: Call) -> Any:
    """Return a call as nodes want it."""
    fields: dict[str, Any] = {"data": call.data, "value": call.value}
    return {**fields, "to": call.to} if call.to else fields


def raw_block(found: Any) -> Block:
    """Return the block of an answer that web3 hasn't been at."""
    return block({**found, "number": int(found["number"], 16), "timestamp": int(found["timestamp"], 16)})


def block(found: Any) -> Block:
    """Return a block."""
    return Block(
        int(found["number"]),
        text(found["hash"]),
        text(found["parentHash"]),
        datetime.fromtimestamp(int(found["timestamp"]), UTC),
        _bytes(found.get("logsBloom", b"")),
    )


def log(found: Any) -> Log:
    """Return a log."""
    return Log(
        address=str(found["address"]),
        topics=tuple(text(topic) for topic in found["topics"]),
        data=bytes(found["data"]),
        block_number=int(found["blockNumber"]),
        block_hash=text(found["blockHash"]),
        tx_hash=text(found["transactionHash"]),
        index=int(found["logIndex"]),
    )


def receipt(found: Any) -> Receipt:
    """Return a receipt with its logs."""
    return Receipt(
        tx_hash=text(found["transactionHash"]),
        block_number=int(found["blockNumber"]),
        block_hash=text(found["blockHash"]),
        succeeded=found["status"] == 1,
        gas_used=int(found["gasUsed"]),
        gas_price=int(found["effectiveGasPrice"]),
        made=found.get("contractAddress"),
        logs=tuple(log(one) for one in found["logs"]),
    )


def text(value: Any) -> str:
    """Return a hash or topic as 0x-prefixed text."""
    return value if isinstance(value, str) else "0x" + bytes(value).hex()


def _bytes(value: Any) -> bytes:
    return bytes.fromhex(value.removeprefix("0x")) if isinstance(value, str) else bytes(value)
