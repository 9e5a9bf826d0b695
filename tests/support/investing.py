"""What tests about money need: people, a deal that takes it, and an investment as far along as asked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.permissions import Actor, Role, system
from app.modules.accounts.models import UserRole
from app.modules.compliance import service as compliance
from app.modules.deals import service as deals
from app.modules.deals.models import Deal
from app.modules.investments import rules, service
from app.modules.investments.models import Investment
from app.modules.investments.rules import Step
from tenants.service import Site
from tenants.settings import TenantSettings
from tests.factories.people import UserFactory

EUR = 10**6
PASSWORD = "correct horse battery staple 7"
WALLET = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
SETTINGS = TenantSettings()


@dataclass(frozen=True)
class Cast:
    """Who takes part, and the deal they take part in."""

    deal_id: UUID
    alice: Actor
    irene: Actor


def person(
    session: Session,
    site: Site,
    name: str,
    *,
    now: datetime,
    role: Role = Role.INVESTOR,
    verified: bool = True,
    signs_in: bool = False,
) -> Actor:
    """Create somebody with a confirmed address and (unless told otherwise) a verified identity.

    Only those who sign in get a password: hashing takes time.
    """
    password = PASSWORD if signs_in else ""
    user = UserFactory(name=name.capitalize(), email=f"{name}@example.com", created_at=now, password=password)
    session.add(user)
    session.flush()
    session.add(UserRole(user_id=user.id, role=role.value, granted_at=now))
    session.flush()
    if verified:
        compliance.vouch(session, actor=system(site.id), user_id=user.id, level="standard", now=now)
    return Actor(tenant_id=site.id, user_id=user.id, roles=frozenset({role}), name=user.name, email=user.email)


def open_deal(
    session: Session,
    issuer: Actor,
    *,
    now: datetime,
    slug: str = "harbour",
    hard_cap: int = 500_000 * EUR,
    kind: str = "debt",
    status: str = "open",
) -> UUID:
    """Make a deal that takes money, or stands before that, past the steps that other tests are about."""
    deal = Deal(
        issuer_id=issuer.require_id(),
        kind="debt",
        slug=slug,
        title="Harbour Quarter",
        issuer_name="Irene Works BV",
        asset_code="EUR",
        asset_decimals=6,
        asset_display_decimals=2,
        chain_id=31337,
        asset_contract="0x5FbDB2315678afecb367f032d93F642f64180aa3",
        unit_price=1000 * EUR,
        min_ticket=5000 * EUR,
        max_ticket=60_000 * EUR,
        soft_cap=hard_cap // 2,
        hard_cap=hard_cap,
        opens_at=now - timedelta(days=1),
        closes_at=now + timedelta(days=30),
        cover_kind="quarter",
        created_at=now,
        changed_at=now,
        status_at=now,
    )
    session.add(deal)
    session.flush()
    life = ("submitted", "approved", "opening", "open")
    for step in life[: life.index(status) + 1]:
        deal.status = step
        session.flush()
    return deal.id


def answered(session: Session, actor: Actor, deal_id: UUID, *, now: datetime, amount: int = 10_000 * EUR) -> Investment:
    """Return a draft with every question answered, ready to pledge."""
    deal = deals.for_investment(session, deal_id)
    draft = service.begin(session, actor=actor, deal=deal, settings=SETTINGS, now=now)
    at = {"at": now.isoformat()}
    service.set_amount(session, actor=actor, investment_id=draft.id, amount=amount, now=now)
    for step, value in (
        (Step.INVESTOR, "individual"),
        (Step.RISKS, dict.fromkeys(rules.risks_of(deal.kind), at)),
        (Step.DOCUMENTS, {}),
    ):
        service.answer(session, actor=actor, investment_id=draft.id, step=step, value=value, now=now)
    return draft


def pledge(session: Session, actor: Actor, draft: Investment, *, now: datetime) -> Investment:
    """Commit to a draft."""
    return service.pledge(session, actor=actor, investment_id=draft.id, key=draft.key, settings=SETTINGS, now=now)
