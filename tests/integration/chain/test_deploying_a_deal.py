"""A deal's token and sale, set up step by step on a real chain, whatever happens in between."""

from typing import Any
from uuid import UUID

import pytest

from app.core import clock
from app.integrations.chain import wire
from app.integrations.chain.port import ChainUnavailable
from app.modules.chain import service as chain
from app.modules.chain import tasks_deploying
from app.modules.chain.errors import DeploymentNotFailed
from app.modules.chain.queries import Progress
from tenants import ids
from tests.support.desk import Desk


class Killed(BaseException):
    """The worker was killed: nothing catches it."""


class Failing:
    """The real chain, until its n-th call: that one is answered, and then the asker dies or learns nothing."""

    def __init__(self, real: Any, calls: int, error: BaseException) -> None:
        self.real, self.left, self.error = real, calls, error

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.real, name)

        def asked(*arguments: Any, **options: Any) -> Any:
            answer = method(*arguments, **options)
            self.left -= 1
            if self.left == 0:
                raise self.error
            return answer

        return asked


def progress(desk: Desk, deal_id: UUID) -> Progress:
    with desk.session() as session:
        found = chain.deployment_of(session, deal_id)
    assert found is not None
    return found


def transactions(desk: Desk) -> int:
    operator = desk.ports.keys.address(f"operator-{desk.site.id}")
    return desk.ports.chain.nonce(operator, at="latest")


def test_a_deal_is_deployed_step_by_step(desk: Desk) -> None:
    deal_id = desk.open_deal()
    found = progress(desk, deal_id)
    assert [step.name for step in found.steps] == ["validate", "token", "sale", "configure", "activate"]
    assert {step.state for step in found.steps} == {"done"}
    assert all(step.tx_hash for step in found.steps[1:])
    assert desk.ports.chain.code(found.deployment.token, at="finalized")
    assert desk.ports.chain.code(found.deployment.sale, at="finalized")
    assert desk.facts().count("DealDeployed") == 1
    assert desk.facts().count("DeploymentAdvanced") == 5
    assert transactions(desk) == 4


def test_asking_twice_deploys_once(desk: Desk) -> None:
    deal_id = ids.new()
    for _ in range(2):
        with desk.session() as session:
            chain.start_deployment(session, actor=desk.system, deal_id=deal_id, spec=desk.spec(), now=clock.now())
    desk.settle()
    assert progress(desk, deal_id).state == "done"
    assert transactions(desk) == 4


def test_killed_after_any_call_it_goes_on_and_sends_nothing_twice(desk: Desk) -> None:
    """Every port call of a deployment is a place to die; forty cover all of them."""
    deal_id = desk.start_deal()
    deployment_id, real, deaths = progress(desk, deal_id).deployment.id, desk.ports, 0
    for _ in range(60):
        for call in range(1, 8):
            error = Killed() if call % 2 else ChainUnavailable("cut off")
            desk.ports = wire.ChainPorts(Failing(real.chain, call, error), real.keys)
            try:
                tasks_deploying.advance(desk.context, deployment_id)
            except (Killed, ChainUnavailable):
                deaths += 1
        desk.mine()
        if progress(desk, deal_id).state != "running":
            break
    desk.ports = real
    desk.settle()
    assert progress(desk, deal_id).state == "done"
    assert transactions(desk) == 4
    assert desk.facts().count("DealDeployed") == 1
    assert deaths > 20


@pytest.mark.parametrize("depth", [1, 2])
def test_a_reorganisation_in_the_middle_is_survived(desk: Desk, depth: int) -> None:
    deal_id = desk.start_deal()
    desk.tick()
    before = transactions(desk)
    desk.reorg(depth)
    assert transactions(desk) == before - depth
    desk.settle()
    found = progress(desk, deal_id)
    assert found.state == "done"
    assert transactions(desk) == 4
    assert desk.ports.chain.code(found.deployment.sale, at="finalized")


def test_a_refused_step_says_why_and_can_be_tried_again(desk: Desk) -> None:
    deal_id = desk.start_deal(soft_cap=2, hard_cap=1)
    desk.settle()
    found = progress(desk, deal_id)
    assert (found.state, found.current and found.current.name) == ("failed", "sale")
    assert found.current is not None
    assert found.current.error.startswith("DealDesk_WrongCaps(")
    assert desk.facts().count("DeploymentFailed") == 1
    with desk.session() as session:
        row = session.merge(found.deployment)
        row.spec = {**row.spec, "soft_cap": "1"}
    with desk.session() as session:
        chain.retry_deployment(session, actor=desk.system, deal_id=deal_id, now=clock.now())
    desk.settle()
    assert progress(desk, deal_id).state == "done"
    assert transactions(desk) == 4


def test_only_what_failed_is_tried_again(desk: Desk) -> None:
    deal_id = desk.open_deal()
    with desk.session() as session, pytest.raises(DeploymentNotFailed):
        chain.retry_deployment(session, actor=desk.system, deal_id=deal_id, now=clock.now())


def test_a_payment_token_that_is_none_is_found_before_anything_is_sent(desk: Desk) -> None:
    deal_id = desk.start_deal(asset=desk.ports.keys.address("treasury"))
    desk.settle()
    found = progress(desk, deal_id)
    assert (found.state, found.current and found.current.name) == ("failed", "validate")
    assert transactions(desk) == 0


def test_without_a_node_it_waits_and_loses_nothing(desk: Desk) -> None:
    deal_id, real = desk.start_deal(), desk.ports
    desk.ports = wire.ChainPorts(Failing(real.chain, 1, ChainUnavailable("no node")), real.keys)
    with pytest.raises(ChainUnavailable):
        tasks_deploying.advance(desk.context, progress(desk, deal_id).deployment.id)
    assert progress(desk, deal_id).state == "running"
    desk.ports = real
    desk.settle()
    assert progress(desk, deal_id).state == "done"
