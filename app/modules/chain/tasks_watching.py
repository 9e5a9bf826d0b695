"""Looking at the nodes and at how far the chain is followed: what is shown to operators, and what alarms."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.integrations.chain.networks import network
from app.integrations.chain.port import Chain, ChainUnavailable, Node
from app.modules.chain import service_following as service
from app.modules.chain.models import ChainNetwork
from app.modules.chain.models_following import ChainEndpoint
from app.modules.chain.tasks_following import Contradiction
from tenants.session import platform_session

log = logging.getLogger("portico.chain")

LATE_AFTER = timedelta(minutes=5)
NOTED_EVERY = timedelta(seconds=5)  # how often a look is kept that found nothing new


def look(chain: Chain, chain_id: int, *, now: datetime) -> list[Node]:
    """Look at every node once, keep how each does, and raise or end the alarms that follow from it."""
    nodes, (needed, _) = chain.look(), chain.quorum()
    with platform_session() as session:
        _keep(session, chain_id, nodes, now)
        row = session.get(ChainNetwork, chain_id)
        for kind, details in _troubles(chain_id, nodes, needed, row, now).items():
            if details is None:
                service.end_alarm(session, chain_id=chain_id, kind=kind, now=now)
            elif service.raise_alarm(session, chain_id=chain_id, kind=kind, details=details, now=now):
                log.error("chain %s: %s %s", chain_id, kind, details)
    return nodes


def note(chain_id: int, error: ChainUnavailable | None, *, now: datetime) -> None:
    """Keep how following went: nodes that contradict what was seen freeze what is ours until they don't any more."""
    with platform_session() as session:
        if error is None:
            service.end_alarm(session, chain_id=chain_id, kind="contradiction", now=now)
        elif isinstance(error, Contradiction):
            details = {"transaction": error.tx_hash}
            if service.raise_alarm(session, chain_id=chain_id, kind="contradiction", details=details, now=now):
                log.error("chain %s: %s", chain_id, error)


def _keep(session: Session, chain_id: int, nodes: Sequence[Node], now: datetime) -> None:
    names = [node.name for node in nodes]
    session.execute(delete(ChainEndpoint).where(ChainEndpoint.chain_id == chain_id, ChainEndpoint.name.not_in(names)))
    for node in nodes:
        row = session.get(ChainEndpoint, (chain_id, node.name))
        if row is None:
            row = ChainEndpoint(chain_id=chain_id, name=node.name, state="", since=now)
            session.add(row)
        same = (row.state, row.head_number, row.error) == (node.state, node.head, node.error[:500])
        if same and now - row.looked_at < NOTED_EVERY:
            continue
        if row.state != node.state:
            row.since = now
        row.state, row.error, row.looked_at = node.state, node.error[:500], now
        row.latency_ms, row.head_number, row.final_number = round(node.latency * 1000), node.head, node.final
        row.good, row.needed = node.good, node.needed


def _troubles(
    chain_id: int, nodes: Sequence[Node], needed: int, row: ChainNetwork | None, now: datetime
) -> dict[str, dict[str, Any] | None]:
    """Return alarm → what is wrong, or None where it isn't (any more)."""
    healthy = [node for node in nodes if node.state in ("healthy", "behind")]
    out = [node.name for node in nodes if node not in healthy]
    found: dict[str, dict[str, Any] | None] = {
        "too-few-nodes": {"answer": len(healthy), "needed": needed} if len(healthy) < needed else None,
        "node-out": {"nodes": ", ".join(out)} if out else None,
    }
    heads = sorted((node.head for node in healthy), reverse=True)
    finals = sorted((node.final for node in healthy), reverse=True)
    if len(healthy) >= needed:
        apart, most = heads[needed - 1] - finals[needed - 1], network(chain_id).late_after
        found["finality-late"] = {"blocks": apart, "normal": most // 3} if apart > most else None
    if row is not None:
        late = now - row.followed_at > LATE_AFTER
        found["following-late"] = {"since": row.followed_at.isoformat()} if late else None
        if not row.trouble:
            found["halted"] = None
    return found
