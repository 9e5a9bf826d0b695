"""A deal's token and sale, set up step by step on a real chain."""

from app.modules.chain import service as chain
from tests.support.desk import Desk


def test_a_deal_is_deployed_step_by_step(desk: Desk) -> None:
    deal_id = desk.open_deal()
    with desk.session() as session:
        progress = chain.deployment_of(session, deal_id)
    assert progress is not None
    assert [step.name for step in progress.steps] == ["validate", "token", "sale", "configure", "activate"]
    assert {step.state for step in progress.steps} == {"done"}
    assert all(step.tx_hash for step in progress.steps[1:])
    assert desk.ports.chain.code(progress.deployment.token, at="finalized")
    assert desk.ports.chain.code(progress.deployment.sale, at="finalized")
    assert desk.facts().count("DealDeployed") == 1
    assert desk.facts().count("DeploymentAdvanced") == 5
