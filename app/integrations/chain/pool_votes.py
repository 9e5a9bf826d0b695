"""How several nodes come to one answer, and how a node loses and regains its voice."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from app.integrations.chain.port import CallReverted, Chain, ChainUnavailable, Misanswered, Node

STRIKES = 2  # looks with an outvoted answer, after which a node is cordoned
FAILURES = 2  # failures in a row after which a node counts as down
GOOD_LOOKS = 2  # good looks after which a node counts again; doubled each time that it was cordoned
_FORGIVEN_AFTER = 10  # good looks in a row after which earlier ones don't count
_MOST_GOOD_LOOKS = 64
_BEHIND = 3  # blocks behind the others from which on a node is called so
_LANES = 3  # questions that one node is asked at the same time
_FULL = 12  # questions under way with a node above which it isn't asked more

Answer = tuple[str, Any]  # ("said", value), ("refused", CallReverted), ("failed", ChainUnavailable)


@dataclass
class Member:
    """One node of a pool, and how it did so far."""

    name: str
    chain: Chain
    cordoned: bool = False
    down: bool = False
    head: int = -1
    final: int = -1
    latency: float = 0.0
    error: str = ""
    failures: int = 0
    outvoted: int = 0
    strikes: int = 0
    cordons: int = 0
    good: int = 0
    waiting: int = 0
    looking: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)
    lane: "SimpleQueue[Callable[[], None]]" = field(default_factory=SimpleQueue)
    threads: int = 0

    @property
    def votes(self) -> bool:
        """Whether its answer counts."""
        return not self.cordoned and not self.down

    @property
    def needed(self) -> int:
        """How many good looks make it count again; 0 while it does."""
        if self.cordoned:
            return int(min(_MOST_GOOD_LOOKS, GOOD_LOOKS * 2 ** max(0, self.cordons - 1)))
        return GOOD_LOOKS if self.down else 0

    @property
    def full(self) -> bool:
        """Whether so much waits for it that asking more is no use."""
        return self.waiting >= _FULL

    def ask(self, question: Callable[[Chain], Any], tell: Callable[["Member", Answer], None]) -> None:
        """Ask the node in a thread of its own, and `tell` its answer."""
        with self.lock:
            self.waiting += 1
            if self.threads < min(_LANES, self.waiting):
                self.threads += 1
                threading.Thread(target=self._work, name=f"node {self.name}", daemon=True).start()

        def do() -> None:
            answer = self.answer(question)
            with self.lock:
                self.waiting -= 1
            tell(self, answer)

        self.lane.put(do)

    def answer(self, question: Callable[[Chain], Any]) -> Answer:
        """Return what the node says, and note whether it said anything."""
        try:
            answer: Answer = ("said", question(self.chain))
        except CallReverted as refused:
            answer = ("refused", refused)
        except ChainUnavailable as unavailable:
            self.failed(str(unavailable))
            self.outvoted += isinstance(unavailable, Misanswered)
            return ("failed", unavailable)
        except Exception as error:  # noqa: BLE001 - whatever a node provokes, it is the node's failure
            self.failed(f"{type(error).__name__}")
            return ("failed", ChainUnavailable(f"The node gave no usable answer ({type(error).__name__})."))
        if not self.down:
            self.failures = 0
        self.head = max(self.head, getattr(answer[1], "number", -1))
        return answer

    def failed(self, why: str) -> None:
        """Note that the node didn't answer."""
        self.failures, self.error, self.good = self.failures + 1, why, 0
        if self.failures >= FAILURES:
            self.down = True

    def was_outvoted(self, about: str) -> None:
        """Note that the others agreed on something else than what this node said."""
        self.outvoted, self.good = self.outvoted + 1, 0
        self.error = f"said otherwise than the others about {about}"

    def cordon(self, why: str) -> None:
        """Take the node's voice until it did well for a while."""
        self.error, self.good, self.strikes = why, 0, 0
        if not self.cordoned:
            self.cordoned, self.cordons = True, self.cordons + 1

    def seen(self, node: Node) -> None:
        """Note what a look found: one that is in order brings a lost voice back, one that isn't may take it."""
        self.latency = node.latency
        if node.error:
            self.failed(node.error)
            if "is on chain" in node.error:
                self.cordon(node.error)
            return
        self.head, self.final = node.head, node.final
        self.strikes = self.strikes + 1 if self.outvoted else 0 if self.good >= _FORGIVEN_AFTER else self.strikes
        if self.outvoted and (self.strikes >= STRIKES or self.cordoned):
            self.cordon(self.error)
        elif not self.outvoted:
            self.good += 1
            if self.good >= self.needed:
                self.cordoned = self.down = False
                self.failures = 0
        self.outvoted = 0

    def report(self, head: int) -> Node:
        """Return how the node does, beside the others' head."""
        lagging = 0 <= self.head < head - _BEHIND
        down = "returning" if self.good else "down"
        lost = self.down or self.failures > 0
        state = "cordoned" if self.cordoned else down if lost else "behind" if lagging else "healthy"
        return Node(self.name, state, self.latency, self.head, self.final, self.error, self.good, self.needed)

    def _work(self) -> None:
        while True:
            self.lane.get()()


class Vote:
    """One question put to several nodes. Decided when enough of them say the same; late answers are compared still."""

    def __init__(
        self, about: str, *, needed: int, asked: int, same: Callable[[Any], Hashable], blame: bool = True
    ) -> None:
        self._about, self._needed, self._left, self._same, self._blame = about, needed, asked, same, blame
        self._groups: dict[Hashable, int] = {}
        self._cast: list[tuple[Member, Hashable, Answer]] = []
        self._failures: list[ChainUnavailable] = []
        self._verdict: tuple[Hashable, Answer] | None = None
        self._lock = threading.Lock()
        self._decided, self._complete = threading.Event(), threading.Event()
        if not asked:
            self._finish()

    def cast(self, member: Member, answer: Answer) -> None:
        """Take a node's answer into account."""
        with self._lock:
            self._left -= 1
            if answer[0] == "failed":
                self._failures.append(answer[1])
            else:
                self._count(member, answer)
            if self._left <= 0:
                self._finish()

    def wait(self, patience: float, *, grace: float = 0.0) -> "Vote":
        """Wait until it is decided, and then for those that are nearly as quick."""
        if self._decided.wait(patience) and grace:
            self._complete.wait(grace)
        return self

    def outcome(self) -> Answer | None:
        """Return what was decided, or None while nothing is."""
        with self._lock:
            return self._verdict[1] if self._verdict else None

    def values(self) -> list[Answer]:
        """Return the answers that counted, of the nodes that gave one."""
        with self._lock:
            return [answer for member, _, answer in self._cast if member.votes]

    def failures(self) -> list[ChainUnavailable]:
        """Return why nodes gave no answer."""
        with self._lock:
            return list(self._failures)

    def _finish(self) -> None:
        self._decided.set()
        self._complete.set()

    def _count(self, member: Member, answer: Answer) -> None:
        key = self._key(answer)
        self._cast.append((member, key, answer))
        if self._verdict is not None:
            self._compare(member, key, answer)
        elif member.votes:
            self._groups[key] = self._groups.get(key, 0) + 1
            if self._groups[key] >= self._needed:
                self._verdict = (key, answer)
                for earlier in self._cast:
                    self._compare(*earlier)
                self._decided.set()

    def _key(self, answer: Answer) -> Hashable:
        kind, value = answer
        if kind == "refused":
            return ("refused", value.name, value.words)
        return ("said", self._same(value))

    def _compare(self, member: Member, key: Hashable, answer: Answer) -> None:
        assert self._verdict is not None
        winner, (_, value) = self._verdict
        if not self._blame or key == winner or value is None:
            return
        height = getattr(value, "block_number", getattr(value, "number", -1))
        if answer == ("said", None) and not 0 <= height <= member.head:
            return  # it isn't there yet
        member.was_outvoted(self._about)
