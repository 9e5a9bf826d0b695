"""Having the forwarder told of budgets for network fees, and learning what is left of them.

The installation's own key makes two calls, each noted and signed like the creation of a contract: that a tenant's
operator key may spend, and how much in this round. A call that was made is never made again.
"""

import logging
from threading import Event
from typing import Any

from app.core import clock
from app.integrations.chain.contracts import Forwarder
from app.integrations.chain.port import ChainUnavailable
from app.modules.chain import queries, rules_sponsoring
from app.modules.chain import queries_sponsoring as budgets
from app.modules.chain.tasks_installing import Deployer, ensure_call
from tenants import service as tenancy
from tenants.service import Site
from tenants.session import platform_session, tenant_session

log = logging.getLogger("portico.chain")

PAUSE = 15.0  # seconds


def watch(settings: Any, ports: Any, stop: Event) -> None:
    """Keep budgets, until `stop` is set; a node or signer that is away changes nothing."""
    while not stop.is_set():
        try:
            look(Deployer(settings, ports, clock.now))
        except ChainUnavailable as unavailable:
            log.info("budgets for network fees wait: %s", unavailable)
        except Exception:
            log.exception("keeping budgets for network fees failed; trying again")
        stop.wait(PAUSE)


def look(deployer: Deployer) -> None:
    """Keep every tenant's budget. Raises ChainUnavailable."""
    with platform_session() as session:
        tenants = budgets.tenants_with_budgets(session, deployer.chain_id)
    for tenant_id in tenants:
        keep(deployer, tenancy.site(tenant_id))


def keep(deployer: Deployer, site: Site) -> None:
    """Begin a tenant's next period where it is time, tell the forwarder what is new, and note what is left.

    Raises ChainUnavailable, also where the signer refuses. Nothing is done for a tenant without contracts.
    """
    chain_id, now = deployer.chain_id, deployer.now()
    with tenant_session(site.id) as session:
        row, factory = budgets.budget(session, chain_id, lock=True), queries.factory(session, chain_id)
        if row is None or factory is None:
            return
        if row.told == row.round and rules_sponsoring.is_over(row.period, row.begun_at, now):
            row.round, row.begun_at = row.round + 1, now
        number, told, amount, address = row.round, row.told, row.budget, factory.address
    stands = budgets.forwarder(chain_id)
    if not stands:
        return
    forwarder = Forwarder(stands)
    if told != number:
        operator = deployer.ports.keys.address(f"operator-{site.id}")
        ensure_call(deployer, f"relayer-{site.id}", forwarder.set_relayer(operator, allowed=True))
        ensure_call(deployer, f"budget-{site.id}-{number}", forwarder.set_budget(address, amount))
    left = forwarder.budget_of(deployer.chain, address, at="latest")
    with tenant_session(site.id) as session:
        row = budgets.budget(session, chain_id, lock=True)
        if row is not None and row.round == number:
            row.told, row.left, row.seen_at = number, left, now
