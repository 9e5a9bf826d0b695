"""How many nodes have to say the same, without any node: answers are given out by hand."""

import time
from typing import Any

import pytest

from app.integrations.chain.pool import Pool
from app.integrations.chain.port import ChainUnavailable

ADDRESS = "0x" + "1" * 40
LIE, TRUTH = 9, 5


class Says:
    """A node that always says the same, or nothing; the honest ones take their time."""

    def __init__(self, answer: int | None) -> None:
        self.answer = answer

    def nonce(self, _address: str, *, at: Any) -> int:
        if self.answer is None:
            raise ChainUnavailable("not here")
        if self.answer == TRUTH:
            time.sleep(0.05)
        return self.answer


def pool_of(*answers: int | None) -> Pool:
    return Pool([(f"node {number}", Says(answer)) for number, answer in enumerate(answers)])  # type: ignore[misc]


def test_of_three_nodes_two_are_believed_and_one_is_not() -> None:
    assert pool_of(LIE, TRUTH, TRUTH).nonce(ADDRESS, at=7) == TRUTH


def test_of_two_nodes_both_have_to_agree() -> None:
    assert pool_of(TRUTH, TRUTH).nonce(ADDRESS, at=7) == TRUTH
    with pytest.raises(ChainUnavailable, match="differ"):
        pool_of(LIE, TRUTH).nonce(ADDRESS, at=7)


@pytest.mark.parametrize("answers", [(TRUTH, None), (TRUTH, None, None)])
def test_where_others_are_gone_one_is_not_enough_however_often_it_is_asked(answers: tuple[int | None, ...]) -> None:
    pool = pool_of(*answers)
    for _ in range(4):  # after two failures a node counts as down
        with pytest.raises(ChainUnavailable):
            pool.nonce(ADDRESS, at=7)
