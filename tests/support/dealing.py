"""What tests about deals need: drafts that can be submitted, for every kind, and deals as far along as asked."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.permissions import Actor, Role, system
from app.modules.deals import service
from app.modules.deals.models import Deal
from app.modules.deals.rules_terms import Ground, ground_of
from app.modules.deals.service import InvestableDeal
from tenants import service as tenancy
from tenants.service import Site
from tenants.session import tenant_session
from tests.support.desk import Desk

EUR = 10**6
TOKEN = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
PAYMENT = {"code": "EUR", "symbol": "dEUR", "chain_id": 31337, "contract": TOKEN, "decimals": 6, "display_decimals": 2}

TERMS: dict[str, dict[str, str]] = {
    "equity": {"instrument": "ordinary", "pre_money": "12,000,000"},
    "debt": {
        "ranking": "first_mortgage",
        "coupon": "9.4",
        "term_months": "30",
        "interest_paid": "quarterly",
        "ltv": "61",
        "security": "First mortgage and a pledge of the shares",
    },
    "token": {"unlock_months": "12", "vesting_months": "24", "rights": "Votes on the treasury"},
    "fund": {
        "strategy": "Buys let flats without debt",
        "target_irr": "7.5",
        "hold_months": "84",
        "management_fee": "1.25",
        "carry": "10",
    },
    "real_estate": {
        "target_irr": "11.2",
        "hold_months": "48",
        "property_value": "9500000",
        "income_paid": "quarterly",
    },
    "revenue_share": {"share": "4.5", "multiple": "1.6", "term_months": "60", "income_paid": "monthly"},
}


def filled(kind: str = "debt", **changes: str) -> dict[str, str]:
    """Return what an issuer would type for a whole deal of that kind; paid in the site's EUR token."""
    today = clock.now().date()
    common = {
        "asset": f"EUR@31337:{TOKEN}",
        "title": "Harbour Quarter, Rotterdam",
        "summary": "Senior bridge loan on 214 rental homes beside the Maashaven.",
        "issuer_name": "Maashaven Wonen B.V.",
        "location": "Rotterdam, NL",
        "sector": "Housing",
        "soft_cap": "250,000",
        "hard_cap": "500,000",
        "min_ticket": "5,000",
        "max_ticket": "60,000",
        "unit_price": "1,000",
        "opens_at": (today - timedelta(days=1)).isoformat(),
        "closes_at": (today + timedelta(days=40)).isoformat(),
        "regime": "ecspr",
        "token_symbol": "HQR",
        "overview": "The block is let.\n\nA pension fund takes it over when it is finished.",
        "purpose": "Refinances the construction loan.",
        "highlights": "First-ranking mortgage\n94% of the homes are let",
        "risks": "The fund may withdraw\nRents may fall",
        "team": "Maaike Visser | Managing director | Built 1,200 homes.",
    }
    return {**common, **TERMS[kind], **changes}


def pays_in_euro(site: Site) -> Site:
    """Give a site its payment token, and return it as it is now."""
    settings = tenancy.change_settings(site.id, {"payment_tokens": [PAYMENT]})
    return replace(site, settings=settings)


def ground(site: Site) -> Ground:
    return ground_of(site.settings, clock.now())


def drafted(site: Site, issuer: Actor, kind: str = "debt", **changes: str) -> UUID:
    """Draft a whole deal."""
    with tenant_session(site.id) as session:
        form = filled(kind, **changes)
        made = service.draft(session, actor=issuer, kind=kind, form=form, ground=ground(site), now=clock.now())
        return made.id


def opened(site: Site, issuer: Actor, kind: str = "debt", *, now: datetime | None = None, **changes: str) -> Deal:
    """Return a deal that is open (or waits for its opening time), without the chain behind it."""
    deal_id, at = drafted(site, issuer, kind, **changes), now or clock.now()
    with tenant_session(site.id) as session:
        who: dict[str, Any] = {"actor": system(site.id), "deal_id": deal_id, "now": at}
        service.submit(session, ground=ground(site), **who)
        deal = service.approve(session, **who)
        deal.status = "opening"
        session.flush()
        return service.deployed(session, **who)


def euro_of(desk: Desk) -> str:
    """Return how a form names the desk's euro."""
    token = next(each for each in desk.site.settings.payment_tokens if each.contract.lower() == desk.euro.lower())
    return f"{token.code}@{token.chain_id}:{token.contract}"


def deployed(desk: Desk, issuer: Actor, **changes: str) -> InvestableDeal:
    """Return a deal whose contracts stand on the desk's chain and take its euro."""
    deal_id = drafted(desk.site, issuer, **{"asset": euro_of(desk), **changes})
    who: dict[str, Any] = {"actor": desk.system, "deal_id": deal_id, "now": clock.now()}
    with desk.session() as session:
        service.submit(session, ground=ground(desk.site), **who)
        service.approve(session, **who)
        service.open_deal(session, ground=ground(desk.site), **who)
    desk.settle()
    with desk.session() as session:
        return service.for_investment(session, deal_id)


def issuer_of(site: Site, user_id: UUID, *roles: Role) -> Actor:
    """Return the actor for a person of a site."""
    return Actor(tenant_id=site.id, user_id=user_id, roles=frozenset(roles or (Role.ISSUER,)), name="Irene")
