"""A chain through web3.py and one node's HTTP endpoint. What a node answers is checked against what was asked."""

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any, NoReturn, TypeVar

import requests
from web3 import Web3
from web3.exceptions import BadFunctionCallOutput, BlockNotFound, TransactionNotFound, Web3Exception, Web3RPCError

from app.integrations.chain import abi, answers
from app.integrations.chain.networks import network
from app.integrations.chain.port import (
    At,
    Block,
    Call,
    CallReverted,
    ChainUnavailable,
    Fees,
    Log,
    Misanswered,
    Node,
    Receipt,
    Refusal,
    SendRefused,
)
from app.integrations.chain.rpc import NoAnswer, NotTogether, StrictProvider

_Answer = TypeVar("_Answer")
_TIP = 1_000_000_000  # wei a gas unit, where the node suggests nothing

_REFUSALS: tuple[tuple[str, Refusal], ...] = (
    ("already known", "known"),
    ("already imported", "known"),
    ("known transaction", "known"),
    ("nonce too low", "nonce-too-low"),
    ("underpriced", "underpriced"),
    ("insufficient funds", "poor"),
)
# How providers say that a range of blocks, or what is in it, is more than they give at once.
_TOO_MUCH = (
    "more than",
    "too large",
    "too many",
    "range",
    "limit",
    "exceed",
    "max results",
    "response size",
    "timeout",
)
# How they say that they can't answer now, which is no word of a contract.
_NOT_NOW = (
    "rate limit", "too many requests", "header not found", "unknown block", "missing trie node", "internal error",
    "try again", "capacity", "service unavailable",
)  # fmt: skip
_SPAN = 2_000  # blocks whose logs are asked for at once, at first
_WIDEST = 50_000


class LiveChain:
    """One chain through one node. It is asked once whether it is the chain it should be, and again at each look."""

    def __init__(self, url: str, *, chain_id: int) -> None:
        self._url = url
        self._expected = chain_id
        self._verified = False
        self._together = True
        self._span = _SPAN
        self._provider = StrictProvider(url)
        self._web3 = Web3(self._provider)
        self._eth = self._web3.eth

    def chain_id(self) -> int:
        return self._expected if self._verify() else 0

    def block(self, at: At) -> Block | None:
        finality = network(self._expected).finality
        asked: Any = at
        if at == "finalized" and isinstance(finality, int):
            asked = max(0, self._ask(lambda: int(self._eth.block_number)) - finality)
        elif at == "finalized":
            asked = finality
        try:
            block = self._ask(lambda: answers.block(self._eth.get_block(asked)))
        except BlockNotFound:
            return None
        if isinstance(asked, int) and block.number != asked:
            raise Misanswered("The node answered with another block than the one asked for.")
        return block

    def blocks(self, first: int, last: int) -> list[Block]:
        numbers = range(first, last + 1)
        found = self._many_blocks(numbers) if self._together and len(numbers) > 1 else None
        if found is None:
            found = [block for number in numbers if (block := self.block(number)) is not None]
        if [block.number for block in found] != list(numbers):
            raise ChainUnavailable("The node doesn't have every block that was asked for.")
        if any(block.parent_hash != parent.hash for parent, block in pairwise(found)):
            raise ChainUnavailable("The chain changed while it was read.")
        return found

    def _many_blocks(self, numbers: Iterable[int]) -> list[Block] | None:
        """Return blocks asked for together; None where the node doesn't take that."""
        params = [(hex(number), False) for number in numbers]
        try:
            return self._ask(
                lambda: [
                    answers.raw_block(one)
                    for one in self._provider.many("eth_getBlockByNumber", params)
                    if one is not None
                ]
            )
        except NotTogether:
            self._together = False
            return None

    def logs(self, first: int, last: int, addresses: Sequence[str]) -> list[Log]:
        """Return the logs, asked for in ranges that shrink where the provider finds one too large, and grow again."""
        logs: list[Log] = []
        while addresses and first <= last:
            upto = min(last, first + self._span - 1)
            try:
                logs += self._logs(first, upto, addresses)
            except CallReverted as refused:
                if not any(word in refused.words.lower() for word in _TOO_MUCH) or upto == first:
                    raise ChainUnavailable(f"The node gives no logs: {refused.words}") from refused
                self._span = max(1, (upto - first + 1) // 2)
                continue
            self._span = min(_WIDEST, self._span + max(1, self._span // 4))
            first = upto + 1
        return logs

    def _logs(self, first: int, last: int, addresses: Sequence[str]) -> list[Log]:
        wanted: Any = {"fromBlock": first, "toBlock": last, "address": list(addresses)}
        found = self._ask(lambda: [answers.log(log) for log in self._eth.get_logs(wanted)])
        logs = sorted(found, key=lambda log: (log.block_number, log.index))
        asked = set(addresses)
        if any(log.address not in asked or not first <= log.block_number <= last for log in logs):
            raise Misanswered("The node answered with logs that were not asked for.")
        if len({(log.block_hash, log.index) for log in logs}) != len(logs):
            raise Misanswered("The node named a log twice.")
        return logs

    def logs_in(self, number: int, addresses: Sequence[str]) -> list[Log] | None:
        try:
            receipts = self._ask(lambda: [answers.receipt(one) for one in self._eth.get_block_receipts(number)])
        except (CallReverted, BlockNotFound):
            return None
        asked = set(addresses)
        return [log for receipt in receipts for log in receipt.logs if log.address in asked]

    def call(self, call: Call, *, at: At) -> bytes:
        block = self._at(at)
        return bytes(self._ask(lambda: self._eth.call(answers.call_fields(call), block)))

    def estimate(self, call: Call, *, sender: str) -> int:
        fields: Any = {**answers.call_fields(call), "from": sender}
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
            receipt = self._ask(lambda: answers.receipt(self._eth.get_transaction_receipt(tx_hash)))  # type: ignore[arg-type]
        except TransactionNotFound:
            return None
        if receipt.tx_hash != tx_hash:
            raise Misanswered("The node answered with another transaction than the one asked for.")
        if any((log.block_hash, log.tx_hash) != (receipt.block_hash, tx_hash) for log in receipt.logs):
            raise Misanswered("The node's receipt contradicts itself.")
        return receipt

    def nonce(self, address: str, *, at: At) -> int:
        block = self._at(at)
        return int(self._ask(lambda: self._eth.get_transaction_count(address, block)))  # type: ignore[arg-type]

    def balance(self, address: str, *, at: At) -> int:
        block = self._at(at)
        return int(self._ask(lambda: self._eth.get_balance(address, block)))  # type: ignore[arg-type]

    def code(self, address: str, *, at: At) -> bytes:
        block = self._at(at)
        return bytes(self._ask(lambda: self._eth.get_code(address, block)))  # type: ignore[arg-type]

    def look(self) -> list[Node]:
        began, error, head, final = time.monotonic(), "", None, None
        try:
            self._verified = False
            head, final = self.block("latest"), self.block("finalized")
        except ChainUnavailable as unavailable:
            error = str(unavailable)
        return [
            Node(
                name=self._url,
                state="down" if error else "healthy",
                latency=time.monotonic() - began,
                head=head.number if head else -1,
                final=final.number if final else -1,
                error=error,
                good=0,
                needed=0,
            )
        ]

    def quorum(self) -> tuple[int, int]:
        return (1, 1)

    def grant_coin(self, address: str, wei: int) -> None:
        if self.balance(address, at="latest") < wei:
            self._ask(lambda: self._web3.manager.request_blocking("anvil_setBalance", [address, hex(wei)]))  # type: ignore[arg-type]

    def travel(self, seconds: int) -> None:
        self._ask(lambda: self._web3.manager.request_blocking("evm_increaseTime", [seconds]))  # type: ignore[arg-type]
        self._ask(lambda: self._web3.manager.request_blocking("evm_mine", []))  # type: ignore[arg-type]

    def _at(self, at: At) -> Any:
        """Return the block that a read is about; where a depth makes blocks final, the one deep enough."""
        if at != "finalized":
            return at
        if not network(self._expected).depth:
            return network(self._expected).finality
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
        except (BlockNotFound, TransactionNotFound, NotTogether):
            raise
        except (Web3Exception, requests.RequestException, ValueError, KeyError, TypeError, AttributeError) as error:
            _explain(error)


def _explain(error: Exception) -> NoReturn:
    data = getattr(error, "data", None)
    if isinstance(data, str) and data.startswith("0x") and len(data) >= 10:
        raise abi.refusal(data) from error
    if isinstance(error, BadFunctionCallOutput):
        raise CallReverted("NoContract", "no contract answers") from error
    if isinstance(error, NoAnswer):
        raise ChainUnavailable(f"The node gave no usable answer: {error}.") from error
    if isinstance(error, Web3RPCError) or getattr(error, "message", None):
        if any(part in _words(error).lower() for part in _NOT_NOW):
            raise ChainUnavailable(f"The node can't answer now: {_words(error)}") from error
        raise CallReverted("Unknown", _words(error)) from error
    raise ChainUnavailable(f"The node gave no usable answer ({type(error).__name__}).") from error


def _words(error: Exception) -> str:
    told = getattr(error, "rpc_response", None)
    if isinstance(told, dict) and isinstance(told.get("error"), dict) and told["error"].get("message"):
        return str(told["error"]["message"])
    message: Any = getattr(error, "message", None) or str(error)
    return str(message.get("message", message)) if isinstance(message, dict) else str(message)
