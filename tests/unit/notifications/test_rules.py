"""Every kind has its words, and none of them gives a deal or an amount away by e-mail."""

import pytest

from app.modules.notifications import rules


@pytest.mark.parametrize("name", rules.KINDS)
def test_a_kind_is_complete(name: str) -> None:
    kind = rules.KINDS[name]
    assert kind.topic in rules.TOPICS
    assert kind.subject
    assert kind.body
    assert kind.action
    assert bool(kind.title) == bool(kind.line)


@pytest.mark.parametrize("name", rules.KINDS)
def test_a_mail_takes_no_words_from_outside(name: str) -> None:
    kind = rules.KINDS[name]
    words = "".join(kind.body).replace("%(name)s", "") if kind.abroad else "".join(kind.body)
    assert "%(" not in kind.subject + words + kind.action


def test_words_fill_a_sentence_and_a_missing_one_is_a_dash() -> None:
    assert rules.filled("Held: %(deal)s", {"deal": "100% Harbour %(x)s"}) == "Held: 100% Harbour %(x)s"
    assert rules.filled("Held: %(deal)s", {}) == "Held: –"
    assert rules.filled("100% sure", {}) == "100% sure"
