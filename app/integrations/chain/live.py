"""A chain through web3.py and a node's HTTP endpoint."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeVar

import requests
from web3 import HTTPProvider, Web3
from web3.exceptions import BadFunctionCallOutput, BlockNotFound, TransactionNotFound, Web3Exception, Web3RPCError

from app.integrations.chain import abi
from app.integrations.chain.networks import network
from app.integrations.chain.port import (
    At,
    Block,
    Call,
    CallReverted,
    Chain,
    ChainUnavailable,
    Fees,
    Log,
    Receipt,
    Refusal,
    SendRefused,
)

_Answer = TypeVar("_Answer")
_PATIENCE = 10.0  # seconds for one call
_TIP = 1_000_000_000  # wei a gas unit, where the node suggests nothing

_REFUSALS: tuple[tuple[str, Refusal], ...] = (
    ("already known", "known"),
    ("already imported", "known"),
    ("known transaction", "known"),
    ("nonce too low", "nonce-too-low"),
    ("underpriced", "underpriced"),
    ("insufficient funds", "poor"),
)


def connect(url: str, *, chain_id: int) -> Chain:
    """Return the chain behind a node; an empty `url` gives one that is never available."""
    return LiveChain(url, chain_id=chain_id)


class LiveChain:
    """One chain through one node. It is asked once whether it is the chain it should be."""

    def __init__(self, url: str, *, chain_id: int) -> None:
        self._url = url
        self._expected = chain_id
        self._verified = False
        options: dict[str, Any] = {"timeout": _PATIENCE}
        if url.startswith(("http://127.0.0.1", "http://localhost")):
            options["proxies"] = {"http": None, "https": None}  # a proxy of the environment has no business on loopback
        self._web3 = Web3(HTTPProvider(url or None, request_kwargs=options, exception_retry_configuration=None))
        self._eth = self._web3.eth

    def chain_id(self) -> int:
        return self._expected if self._verify() else 0

    def block(self, at: At) -> Block | None:
        depth = network(self._expected).depth
        if at == "finalized" and depth:
            at = max(0, self._ask(lambda: int(self._eth.block_number)) - depth)
        try:
            found: Any = self._ask(lambda: self._eth.get_block(at))
        except BlockNotFound:
            return None
        return Block(
            int(found["number"]),
            _hex(found["hash"]),
            _hex(found["parentHash"]),
            datetime.fromtimestamp(int(found["timestamp"]), UTC),
        )

    def logs(self, first: int, last: int, addresses: Sequence[str]) -> list[Log]:
        if not addresses or first > last:
            return []
        wanted: Any = {"fromBlock": first, "toBlock": last, "address": list(addresses)}
        found: Any = self._ask(lambda: self._eth.get_logs(wanted))
        logs = [
            Log(
                address=str(log["address"]),
                topics=tuple(_hex(topic) for topic in log["topics"]),
                data=bytes(log["data"]),
                block_number=int(log["blockNumber"]),
                block_hash=_hex(log["blockHash"]),
                tx_hash=_hex(log["transactionHash"]),
                index=int(log["logIndex"]),
            )
            for log in found
        ]
        return sorted(logs, key=lambda log: (log.block_number, log.index))

    def call(self, call: Call, *, at: At) -> bytes:
        block = self._at(at)
        return bytes(self._ask(lambda: self._eth.call(_fields(call), block)))

    def estimate(self, call: Call, *, sender: str) -> int:
        fields: Any = {**_fields(call), "from": sender}
        return int(self._ask(lambda: self._eth.estimate_gas(fields)))

    def fees(self) -> Fees:
        latest: Any = self._ask(lambda: self._eth.get_block("latest"))
        tip = int(self._ask(lambda: self._eth.max_priority_fee)) or _TIP
        return Fees(max_fee=2 * int(latest["baseFeePerGas"]) + tip, priority_fee=tip)

    def send(self, raw: bytes) -> None:
        try:
            self._ask(lambda: self._eth.send_raw_transaction(raw))
        except CallReverted as refused:
            words = refused.words
            why: Refusal = next((why for part, why in _REFUSALS if part in words.lower()), "other")
            raise SendRefused(why, words) from refused

    def receipt(self, tx_hash: str) -> Receipt | None:
        try:
            found: Any = self._ask(lambda: self._eth.get_transaction_receipt(tx_hash))  # type: ignore[arg-type]
        except TransactionNotFound:
            return None
        return Receipt(
            tx_hash=tx_hash,
            block_number=int(found["blockNumber"]),
            block_hash=_hex(found["blockHash"]),
            succeeded=found["status"] == 1,
            gas_used=int(found["gasUsed"]),
            gas_price=int(found["effectiveGasPrice"]),
            made=found.get("contractAddress"),
        )

    def nonce(self, address: str, *, at: At) -> int:
        block = self._at(at)
        return int(self._ask(lambda: self._eth.get_transaction_count(address, block)))  # type: ignore[arg-type]

    def balance(self, address: str, *, at: At) -> int:
        block = self._at(at)
        return int(self._ask(lambda: self._eth.get_balance(address, block)))  # type: ignore[arg-type]

    def code(self, address: str, *, at: At) -> bytes:
        block = self._at(at)
        return bytes(self._ask(lambda: self._eth.get_code(address, block)))  # type: ignore[arg-type]

    def grant_coin(self, address: str, wei: int) -> None:
        if self.balance(address, at="latest") < wei:
            self._ask(lambda: self._web3.manager.request_blocking("anvil_setBalance", [address, hex(wei)]))  # type: ignore[arg-type]

    def travel(self, seconds: int) -> None:
        self._ask(lambda: self._web3.manager.request_blocking("evm_increaseTime", [seconds]))  # type: ignore[arg-type]
        self._ask(lambda: self._web3.manager.request_blocking("evm_mine", []))  # type: ignore[arg-type]

    def _at(self, at: At) -> Any:
        """Return the block that a read is about; on a chain without finality tag, the one deep enough."""
        if at != "finalized" or not network(self._expected).depth:
            return at
        block = self.block("finalized")
        return block.number if block else 0

    def _verify(self) -> bool:
        if not self._verified:
            found = self._once(lambda: int(self._eth.chain_id))
            if found != self._expected:
                raise ChainUnavailable(f"The node is on chain {found}, not on {self._expected}.")
            self._verified = True
        return True

    def _ask(self, question: Callable[[], _Answer]) -> _Answer:
        self._verify()
        return self._once(question)

    def _once(self, question: Callable[[], _Answer]) -> _Answer:
        if not self._url:
            raise ChainUnavailable("No node is configured: set RPC_URL.")
        try:
            return question()
        except (BlockNotFound, TransactionNotFound):
            raise
        except (Web3Exception, requests.RequestException, ValueError) as error:
            _explain(error)


def _explain(error: Exception) -> NoReturn:
    data = getattr(error, "data", None)
    if isinstance(data, str) and data.startswith("0x") and len(data) >= 10:
        raise abi.refusal(data) from error
    if isinstance(error, BadFunctionCallOutput):
        raise CallReverted("NoContract", "no contract answers") from error
    if isinstance(error, Web3RPCError) or getattr(error, "message", None):
        raise CallReverted("Unknown", _words(error)) from error
    raise ChainUnavailable(f"The node gave no usable answer ({type(error).__name__}).") from error


def _words(error: Exception) -> str:
    message: Any = getattr(error, "message", None) or str(error)
    return str(message.get("message", message)) if isinstance(message, dict) else str(message)


def _fields(call: Call) -> Any:
    fields: dict[str, Any] = {"data": call.data, "value": call.value}
    return {**fields, "to": call.to} if call.to else fields


def _hex(value: Any) -> str:
    return value if isinstance(value, str) else "0x" + bytes(value).hex()
