"""The loop that learns what the pages say about a chain: the price of gas, and which tokens take permits."""

import logging
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from sqlalchemy import select

from app.core import clock
from app.integrations.chain import permits
from app.integrations.chain.port import Chain, ChainUnavailable
from app.modules.chain.models_prices import ChainPrice, ChainToken
from tenants import service as tenancy
from tenants.session import platform_session

log = logging.getLogger("portico.chain")

PAUSE = 15.0  # seconds
ASK_AGAIN = timedelta(days=1)  # a token's word may change where it can be upgraded


def watch(settings: Any, ports: Any, stop: Event) -> None:
    """Learn what is new, until `stop` is set; a node that is away changes nothing."""
    while not stop.is_set():
        try:
            look(settings, ports.chain, now=clock.now())
        except ChainUnavailable:
            pass
        except Exception:
            log.exception("learning prices failed; trying again")
        stop.wait(PAUSE)


def look(settings: Any, chain: Chain, *, now: datetime) -> None:
    """Keep what gas costs now, and ask tokens that nobody asked lately. Raises ChainUnavailable."""
    chain_id, fees = int(settings.chain_id), chain.fees()
    with platform_session() as session:
        session.merge(ChainPrice(chain_id=chain_id, gas_price=fees.max_fee, seen_at=now))
        known = select(ChainToken.address).where(ChainToken.chain_id == chain_id, ChainToken.asked_at > now - ASK_AGAIN)
        asked = set(session.scalars(known))
    for token in sorted(_tokens(chain_id) - asked):
        domain = permits.domain_of(chain, token, chain_id=chain_id)
        row = ChainToken(
            chain_id=chain_id, address=token, permits=domain is not None, name="", version="", asked_at=now
        )
        if domain is not None:
            row.name, row.version = domain.name, domain.version
        with platform_session() as session:
            session.merge(row)


def _tokens(chain_id: int) -> set[str]:
    """Return the tokens that any site takes payments in."""
    return {
        token.contract
        for site in tenancy.sites()
        for token in site.settings.payment_tokens
        if token.chain_id == chain_id
    }
