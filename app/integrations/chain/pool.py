"""One chain through several nodes: what credits anything is believed when enough of them say the same.

With one node it is that node's word, with two both must agree, with three or more two. Nothing falls back to fewer:
where too few answer, nothing is known. Fees and gas are asked of whoever answers; sending goes to everybody.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

from app.integrations.chain.live import LiveChain
from app.integrations.chain.pool_votes import Answer, Member, Vote
from app.integrations.chain.port import (
    At,
    Block,
    Call,
    CallReverted,
    Chain,
    ChainUnavailable,
    Fees,
    Log,
    Node,
    Receipt,
    SendRefused,
)

_T = TypeVar("_T")
_PATIENCE = 12.0  # seconds for one question to be decided
_GRACE = 0.25  # … and for the others to be heard as well, where more than enough are better
_PATIENCE_LOOK = 3.0  # seconds for a look at all nodes; who is slower is seen at the next one


def connect(urls: Sequence[str], *, chain_id: int) -> Chain:
    """Return the chain behind some nodes; without any it is never available."""
    wanted = list(dict.fromkeys(url for url in urls if url)) or [""]
    return Pool([(name_of(url), LiveChain(url, chain_id=chain_id)) for url in wanted])


def name_of(url: str) -> str:
    """Return how a node is called for people: its host, and nothing of its address that may be a secret."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'none'}{f':{parts.port}' if parts.port else ''}"


class Pool:
    """A chain through several nodes."""

    def __init__(self, nodes: Sequence[tuple[str, Chain]]) -> None:
        names: list[str] = []
        for name, _ in nodes:
            names.append(name if name not in names else f"{name} #{len(names) + 1}")
        self._members = [Member(name, chain) for name, (_, chain) in zip(names, nodes, strict=True)]
        self._needed = min(2, len(self._members))
        self._tips: dict[At, Block] = {}

    def quorum(self) -> tuple[int, int]:
        return (self._needed, len(self._members))

    def chain_id(self) -> int:
        return self._any(lambda chain: chain.chain_id())

    def block(self, at: At) -> Block | None:
        if isinstance(at, int):
            return self._agreed("a block", lambda chain: chain.block(at))
        return self._tip(at)

    def blocks(self, first: int, last: int) -> list[Block]:
        return self._agreed("blocks", lambda chain: chain.blocks(first, last), same=_frozen, height=last)

    def logs(self, first: int, last: int, addresses: Sequence[str]) -> list[Log]:
        return self._agreed("logs", lambda chain: chain.logs(first, last, addresses), same=_frozen, height=last)

    def logs_in(self, number: int, addresses: Sequence[str]) -> list[Log] | None:
        return self._any(lambda chain: chain.logs_in(number, addresses))

    def receipt(self, tx_hash: str) -> Receipt | None:
        """Return the receipt that enough nodes have; None while one of them has none and no two have the same."""
        vote = self._put("a receipt", lambda chain: chain.receipt(tx_hash))
        if vote.outcome() is None and ("said", None) in vote.values():
            return None
        return self._result("a receipt", vote)  # type: ignore[no-any-return]

    def call(self, call: Call, *, at: At) -> bytes:
        return self._read("a contract", at, lambda chain, block: chain.call(call, at=block))

    def nonce(self, address: str, *, at: At) -> int:
        return self._read("a nonce", at, lambda chain, block: chain.nonce(address, at=block))

    def balance(self, address: str, *, at: At) -> int:
        return self._read("a balance", at, lambda chain, block: chain.balance(address, at=block))

    def code(self, address: str, *, at: At) -> bytes:
        return self._read("a contract's code", at, lambda chain, block: chain.code(address, at=block))

    def estimate(self, call: Call, *, sender: str) -> int:
        """Return the middle one of the nodes' estimates. A refusal counts only where enough nodes refuse alike."""
        vote = self._put("gas", lambda chain: chain.estimate(call, sender=sender), same=_any_will_do, grace=_GRACE)
        self._result("gas", vote)
        return _middle(sorted(int(value) for kind, value in vote.values() if kind == "said"))

    def fees(self) -> Fees:
        """Return the middle one of the nodes' fees."""
        vote = self._put("fees", lambda chain: chain.fees(), same=_any_will_do, needed=1, grace=_GRACE)
        self._result("fees", vote)
        found = [value for kind, value in vote.values() if kind == "said"]
        fees: Fees = _middle(sorted(found, key=lambda fees: int(fees.max_fee)))
        return fees

    def send(self, raw: bytes) -> None:
        """Give the bytes to every node that answers; one that takes them is enough."""
        vote = self._put("a transaction", lambda chain: _sent(chain, raw), same=_any_will_do, needed=1, grace=_GRACE)
        self._result("a transaction", vote)
        refusals = [value for kind, value in vote.values() if kind == "said"]
        if None not in refusals:
            raise next((one for one in refusals if one.why == "known"), refusals[0])

    def look(self) -> list[Node]:
        """Look at every node that isn't still being looked at: to those, an answer is already late."""
        vote = Vote("", needed=len(self._members) + 1, asked=len(self._members), same=str)
        for member in self._members:
            if member.looking:
                member.failed("answers too slowly")
                vote.cast(member, ("failed", ChainUnavailable("too slow")))
            else:
                member.looking = True
                member.ask(lambda chain: chain.look()[0], lambda who, answer: _seen(vote, who, answer))
        vote.wait(_PATIENCE_LOOK)
        heads = sorted((member.head for member in self._members if member.votes), reverse=True)
        head = heads[min(self._needed, len(heads)) - 1] if heads else -1
        return [member.report(head) for member in self._members]

    def grant_coin(self, address: str, wei: int) -> None:
        self._any(lambda chain: chain.grant_coin(address, wei))

    def travel(self, seconds: int) -> None:
        self._any(lambda chain: chain.travel(seconds))

    def _tip(self, at: At) -> Block | None:
        """Return the newest block that enough nodes have reached; no older one while the last one stands."""
        vote = self._put("a block", lambda chain: chain.block(at), same=_any_will_do, grace=_GRACE)
        self._result("a block", vote)
        found = sorted((one for _, one in vote.values() if one is not None), key=lambda block: -int(block.number))
        if len(found) < self._needed:
            return None
        number, last = found[self._needed - 1].number, self._tips.get(at)
        if last is not None and number < last.number and self.block(last.number) == last:
            return last
        tip = found[0] if self._needed == 1 else self.block(number)
        if tip is not None:
            self._tips[at] = tip
        return tip

    def _read(self, about: str, at: At, question: Callable[[Chain, At], _T]) -> _T:
        """Ask about one block: the same for all nodes. At the head they may differ a moment, and are asked below it."""
        if len(self._members) == 1 or isinstance(at, int):
            return self._agreed(about, lambda chain: question(chain, at), height=at if isinstance(at, int) else -1)
        if at == "latest":
            vote = self._put(about, lambda chain: question(chain, at), blame=False)
            if vote.outcome() is not None:
                return self._result(about, vote)  # type: ignore[no-any-return]
        tip = self._tip(at)
        if tip is None:
            raise ChainUnavailable("The nodes name no such block.")
        return self._agreed(about, lambda chain: question(chain, tip.number), height=tip.number)

    def _any(self, question: Callable[[Chain], _T]) -> _T:
        """Return the first usable answer, of the best node first."""
        error: Any = ChainUnavailable("No node answers.")
        for member in sorted(self._members, key=lambda one: (one.cordoned, one.down, one.latency)):
            kind, value = member.answer(question)
            if kind == "said":
                return value  # type: ignore[no-any-return]
            error = value
            if kind == "refused":
                break
        raise error

    def _agreed(
        self,
        about: str,
        question: Callable[[Chain], _T],
        *,
        same: Callable[[Any], Hashable] = lambda value: value,
        height: int = -1,
    ) -> _T:
        return self._result(about, self._put(about, question, same=same, height=height))  # type: ignore[no-any-return]

    def _put(
        self,
        about: str,
        question: Callable[[Chain], Any],
        *,
        same: Callable[[Any], Hashable] = lambda value: value,
        needed: int = 0,
        height: int = -1,
        blame: bool = True,
        grace: float = 0.0,
    ) -> Vote:
        """Put a question to the nodes that have come to `height`; return the vote, decided or not."""
        if len(self._members) == 1:
            only = self._members[0]
            only.down = only.cordoned = False  # there is nobody else to ask
            vote = Vote(about, needed=1, asked=1, same=same)
            vote.cast(only, only.answer(question))
            return vote
        asked = [member for member in self._members if not member.full and _has(member, height)]
        vote = Vote(about, needed=needed or self._needed, asked=len(asked), same=same, blame=blame)
        for member in asked:
            member.ask(question, vote.cast)
        return vote.wait(_PATIENCE, grace=grace)

    def _result(self, about: str, vote: Vote) -> Any:
        decided = vote.outcome()
        if decided is None:
            failures = vote.failures()
            if len(self._members) == 1 and failures:
                raise failures[0]
            few = len(vote.values()) < self._needed
            raise ChainUnavailable(self._too_few() if few else f"The nodes differ about {about}.")
        kind, value = decided
        if kind == "refused":
            raise CallReverted(value.name, value.words)
        return value

    def _too_few(self) -> str:
        return f"Too few nodes answer: {self._needed} of {len(self._members)} have to agree."


def _has(member: Member, height: int) -> bool:
    """Tell whether a node can know about a block, as far as it is known how far the node is."""
    return not member.down and (member.head < 0 or member.head >= height)


def _frozen(values: Sequence[Any]) -> Hashable:
    return tuple(values)


def _any_will_do(_value: Any) -> Hashable:
    return None


def _middle(values: Sequence[_T]) -> _T:
    return values[(len(values) - 1) // 2]


def _sent(chain: Chain, raw: bytes) -> SendRefused | None:
    try:
        chain.send(raw)
    except SendRefused as refused:
        return refused
    return None


def _seen(vote: Vote, member: Member, answer: Answer) -> None:
    kind, node = answer
    if kind == "said":
        member.seen(node)
    member.looking = False
    vote.cast(member, answer)
