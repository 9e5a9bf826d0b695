"""One key, one effect: under a crowd, for other people, for other requests."""

import threading
from typing import Any
from uuid import UUID

import pytest

from app.core import idempotency
from app.core.idempotency import KeyReused
from tenants import ids
from tenants.service import Site
from tenants.session import tenant_session


def _send(site: Site, actor_id: UUID, key: str, request: object, effects: list[str], answers: list[Any]) -> None:
    with tenant_session(site.id) as session:
        earlier = idempotency.claim(session, actor_id=actor_id, scope="test", key=key, request=request)
        if earlier is not None:
            answers.append(earlier)
            return
        effects.append(key)
        answer = {"id": str(ids.new())}
        idempotency.answer(session, actor_id=actor_id, scope="test", key=key, value=answer)
        answers.append(answer)


def test_a_crowd_with_one_key_has_one_effect_and_one_answer(acme: Site) -> None:
    alice = ids.new()
    for round_ in range(5):
        effects: list[str] = []
        answers: list[Any] = []
        barrier = threading.Barrier(8)

        def one(key: str = f"k{round_}", effects: list[str] = effects, answers: list[Any] = answers) -> None:
            barrier.wait()  # noqa: B023 - the threads of a round end before the next begins
            _send(acme, alice, key, {"amount": "5"}, effects, answers)

        threads = [threading.Thread(target=one) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(effects) == 1
        assert len(answers) == 8
        assert all(answer == answers[0] for answer in answers)


def test_the_same_key_with_another_request_is_refused(acme: Site) -> None:
    alice, effects = ids.new(), list[str]()
    _send(acme, alice, "k", {"amount": "5"}, effects, [])
    with pytest.raises(KeyReused):
        _send(acme, alice, "k", {"amount": "6"}, effects, [])


def test_keys_are_shared_with_nobody(acme: Site, zeta: Site) -> None:
    alice, effects = ids.new(), list[str]()
    for site, person in ((acme, alice), (acme, ids.new()), (zeta, alice)):
        _send(site, person, "k", {}, effects, [])
    assert len(effects) == 3


def test_a_claim_that_was_rolled_back_is_free_again(acme: Site) -> None:
    alice, effects = ids.new(), list[str]()
    with tenant_session(acme.id) as session:
        idempotency.claim(session, actor_id=alice, scope="test", key="k", request={})
        session.rollback()
    _send(acme, alice, "k", {}, effects, [])
    assert effects == ["k"]
