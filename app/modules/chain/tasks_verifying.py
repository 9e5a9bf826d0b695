"""Giving explorers the sources of the platform's contracts, so that anybody can read what stands on the chain.

Tenants' factories, tokens, sales and escrows are clones of these contracts: explorers show them as such.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from app.core import clock
from app.integrations.chain import abi
from app.integrations.chain.networks import network
from app.integrations.verification.live import explorers
from app.integrations.verification.port import Explorer, ExplorerUnavailable, Outcome, Sources
from app.integrations.verification.sources import SourcesMissing, standard_json
from app.modules.chain import queries_following as queries
from app.modules.chain.models_following import ChainVerification
from app.modules.chain.tasks_installing import installed
from tenants.session import platform_session

log = logging.getLogger("portico.chain")

PAUSE = 60.0  # seconds between looks at what is pending
TRIES = 20
AGAIN_AFTER = timedelta(minutes=1)


def watch(settings: Any, ports: Any, stop: Event) -> None:
    """Bring the checks that explorers owe us to an end, until `stop` is set."""
    while not stop.wait(PAUSE):
        try:
            step(settings, ports, now=clock.now())
        except Exception:
            log.exception("asking explorers failed; trying again")


def begin(settings: Any, *, now: datetime, again: bool = False) -> str:
    """Note which contracts shall be verified where; return in words what is done, or why nothing is."""
    chain = network(settings.chain_id)
    asked = explorers(chain, etherscan_key=settings.etherscan_key)
    if not asked:
        key = " Etherscan knows it: set PORTICO_ETHERSCAN_KEY." if chain.etherscan else ""
        return f"sources: skipped, no explorer is asked about {chain.name}.{key}"
    names = set(_plan(settings))
    contracts = {name: address for name, address in installed(settings.chain_id).items() if name in names}
    with platform_session() as session:
        for name, address in contracts.items():
            for explorer in asked:
                values = {"chain_id": settings.chain_id, "address": address, "explorer": explorer.name}
                fresh = insert(ChainVerification).values(
                    **values, contract=name, state="waiting", words="", ticket="", tries=0, updated_at=now
                )
                session.execute(
                    fresh.on_conflict_do_update(
                        index_elements=["chain_id", "address", "explorer"],
                        set_={"state": "waiting", "ticket": "", "tries": 0, "updated_at": now},
                        where=ChainVerification.state == "failed",
                    )
                    if again
                    else fresh.on_conflict_do_nothing()
                )
    return f"sources: {len(contracts)} contracts for {' and '.join(explorer.name for explorer in asked)}"


def step(
    settings: Any, ports: Any, *, now: datetime, tell: Callable[[str], None] = lambda _line: None, hurry: bool = False
) -> int:
    """Submit what waits and ask about what is pending; return how many checks are still open."""
    asked = {one.name: one for one in explorers(network(settings.chain_id), etherscan_key=settings.etherscan_key)}
    with platform_session() as session:
        rows = [row for row in queries.verifications(session, settings.chain_id) if row.state in ("waiting", "pending")]
    left = 0
    for row in rows:
        explorer = asked.get(row.explorer)
        due = hurry or row.tries == 0 or now - row.updated_at >= AGAIN_AFTER
        if explorer is None or not due:
            left += explorer is not None
            continue
        outcome, words = _ask(settings, ports, explorer, row)
        state = outcome.state if outcome else ("waiting" if row.tries + 1 < TRIES else "failed")
        with platform_session() as session:
            kept = session.get_one(ChainVerification, (row.chain_id, row.address, row.explorer))
            kept.state, kept.words, kept.updated_at = state, words, now
            kept.tries, kept.ticket = row.tries + 1, outcome.ticket if outcome else row.ticket
        tell(f"{row.explorer}: {row.contract} {state}{f' ({words})' if words else ''}")
        left += state in ("waiting", "pending")
    return left


def _ask(settings: Any, ports: Any, explorer: Explorer, row: ChainVerification) -> tuple[Outcome | None, str]:
    try:
        if row.ticket:
            outcome = explorer.check(row.ticket)
        else:
            outcome = explorer.submit(_sources(settings, ports, row.contract, row.address))
    except (ExplorerUnavailable, SourcesMissing) as unavailable:
        return None, str(unavailable)
    return outcome, outcome.words


def _sources(settings: Any, ports: Any, name: str, address: str) -> Sources:
    made = abi.artifact(name)
    known = {f"${one}": there for one, there in installed(settings.chain_id).items()}
    keys = {"$owner": "owner", "$treasury": "treasury"}
    known |= {word: ports.keys.address(key) for word, key in keys.items()}
    arguments = [known[word] for word in _plan(settings)[name]]
    return Sources(
        address=address,
        identifier=f"{made['sourceName']}:{name}",
        compiler=made["compiler"],
        standard_json=standard_json(name),
        arguments=abi.creation(name, *arguments).data[len(made["bytecode"]) :],
    )


def _plan(settings: Any) -> dict[str, list[str]]:
    """Return contract → the words for its constructor's arguments."""
    plan = abi.artifact("deployment")
    steps = plan["steps"] + (plan["localOnly"] if settings.is_local_chain else [])
    return {step["contract"]: step["args"] for step in steps}
