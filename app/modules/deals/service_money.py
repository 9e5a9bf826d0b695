"""How much of a deal is taken. Every verb holds the deal's row until the transaction ends: caps hold in any crowd."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.money import Asset
from app.core.permissions import Actor
from app.modules.deals import queries, rules
from app.modules.deals.errors import DealNotFound, NotOpen
from app.modules.deals.models import Deal, DealDocument, DealInvestor
from app.modules.deals.rules import Room


@dataclass(frozen=True)
class RequiredDocument:
    """A document to be accepted before investing."""

    document_id: UUID
    title: str


@dataclass(frozen=True)
class InvestableDeal:
    """What somebody who invests has to know of a deal; amounts in base units of `asset`.

    `unit_price` buys one whole token (10 ** `token_decimals` base units of it).
    """

    id: UUID
    slug: str
    title: str
    kind: str
    status: str
    issuer_id: UUID
    issuer_name: str
    asset: Asset
    unit_price: int
    token_symbol: str
    token_decimals: int
    min_ticket: int
    max_ticket: int | None
    soft_cap: int
    hard_cap: int
    raised: int
    reserved: int
    opens_at: datetime | None
    closes_at: datetime | None
    regime: str
    eligible_countries: tuple[str, ...]
    blocked_countries: tuple[str, ...]
    required_documents: tuple[RequiredDocument, ...]

    @property
    def headroom(self) -> int:
        """What can still be reserved."""
        return self.room.headroom

    @property
    def room(self) -> Room:
        """What decides whether an amount fits."""
        return Room(
            status=self.status,
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            min_ticket=self.min_ticket,
            max_ticket=self.max_ticket,
            hard_cap=self.hard_cap,
            raised=self.raised,
            reserved=self.reserved,
        )

    def takes_money(self, now: datetime) -> bool:
        """Whether the deal is open at `now`."""
        return rules.takes_money(self.room, now)

    def allows(self, country: str | None) -> bool:
        """Whether a resident of `country` (two letters) may invest."""
        return rules.country_allowed(country, eligible=self.eligible_countries, blocked=self.blocked_countries)

    def must_fit(self, amount: int, now: datetime) -> None:
        """Raise NotOpen, TicketOutOfRange or NoRoom unless `amount` can be taken at `now`."""
        rules.must_fit(self.room, amount, now)

    def tokens_for(self, amount: int) -> int:
        """Return the base units of the deal's token that `amount` buys, rounded down as the sale's contract does."""
        return int(amount * 10**self.token_decimals // self.unit_price)


def offered(session: Session, *, actor: Actor, deal_id: UUID) -> InvestableDeal:
    """Return a deal that is shown to `actor`, to invest in it. Raises DealNotFound, also for what isn't public yet."""
    deal = session.get(Deal, (session.info["tenant_id"], deal_id))
    if deal is None or not queries.may_see(actor, deal):
        raise DealNotFound
    return for_investment(session, deal_id)


def for_investment(session: Session, deal_id: UUID) -> InvestableDeal:
    """Return a deal that was opened once, to invest in or to show an investment. Raises DealNotFound."""
    deal = session.get(Deal, (session.info["tenant_id"], deal_id))
    if deal is None or not deal.unit_price or deal.hard_cap is None:
        raise DealNotFound
    links = session.execute(
        select(DealDocument.document_id, DealDocument.title)
        .where(DealDocument.deal_id == deal_id, DealDocument.required)
        .order_by(DealDocument.at, DealDocument.document_id)
    )
    return InvestableDeal(
        id=deal.id,
        slug=deal.slug,
        title=deal.title,
        kind=deal.kind,
        status=deal.status,
        issuer_id=deal.issuer_id,
        issuer_name=deal.issuer_name,
        asset=deal.asset,
        unit_price=deal.unit_price,
        token_symbol=deal.token_symbol,
        token_decimals=rules.TOKEN_DECIMALS,
        min_ticket=deal.min_ticket or 0,
        max_ticket=deal.max_ticket,
        soft_cap=deal.soft_cap or 0,
        hard_cap=deal.hard_cap,
        raised=deal.raised,
        reserved=deal.reserved,
        opens_at=deal.opens_at,
        closes_at=deal.closes_at,
        regime=deal.regime,
        eligible_countries=tuple(deal.eligible_countries),
        blocked_countries=tuple(deal.blocked_countries),
        required_documents=tuple(RequiredDocument(*link) for link in links),
    )


def id_of(session: Session, slug: str) -> UUID:
    """Return the id of the deal with this slug, if it was opened once or will be soon. Raises DealNotFound."""
    deal_id = session.execute(select(Deal.id).where(Deal.slug == slug, Deal.status.in_(rules.LISTED))).scalar()
    if deal_id is None:
        raise DealNotFound
    return deal_id


def reserve(session: Session, *, deal_id: UUID, amount: int, now: datetime) -> None:
    """Keep `amount` base units of the deal for somebody. Raises NotOpen, TicketOutOfRange, NoRoom or DealNotFound."""
    deal = _held(session, deal_id)
    rules.must_fit(
        Room(
            status=deal.status,
            opens_at=deal.opens_at,
            closes_at=deal.closes_at,
            min_ticket=deal.min_ticket or 0,
            max_ticket=deal.max_ticket,
            hard_cap=deal.hard_cap or 0,
            raised=deal.raised,
            reserved=deal.reserved,
        ),
        amount,
        now,
    )
    deal.reserved += amount
    session.flush()


def unreserve(session: Session, *, deal_id: UUID, amount: int) -> None:
    """Give a reserved amount back, because it was neither paid nor will be."""
    deal = _held(session, deal_id)
    deal.reserved -= amount
    session.flush()


def book(session: Session, *, deal_id: UUID, amount: int, investor_id: UUID) -> None:
    """Turn a reserved amount into one that `investor_id` has in the deal."""
    deal = _held(session, deal_id)
    deal.reserved -= amount
    deal.raised += amount
    stake = session.get(DealInvestor, (deal.tenant_id, deal_id, investor_id))
    if stake is None:
        session.add(DealInvestor(deal_id=deal_id, user_id=investor_id, amount=amount))
        deal.investors_count += 1
    else:
        stake.amount += amount
    session.flush()


def unbook(session: Session, *, deal_id: UUID, amount: int, investor_id: UUID) -> None:
    """Take an amount of `investor_id` off, because it was refunded."""
    deal = _held(session, deal_id)
    deal.raised -= amount
    stake = session.get_one(DealInvestor, (deal.tenant_id, deal_id, investor_id))
    stake.amount -= amount
    if stake.amount == 0:
        session.delete(stake)
        deal.investors_count -= 1
    session.flush()


def count_again(session: Session, *, deal_id: UUID, amount: int, investor_id: UUID) -> None:
    """Count an amount of `investor_id` again: the chain lost the refund. Whether there is room isn't asked."""
    reserve_again(session, deal_id=deal_id, amount=amount)
    book(session, deal_id=deal_id, amount=amount, investor_id=investor_id)


def reserve_again(session: Session, *, deal_id: UUID, amount: int) -> None:
    """Keep an amount whose payment the chain lost. Whether there is room isn't asked: it had been counted."""
    _held(session, deal_id).reserved += amount
    session.flush()


def investors(session: Session, deal_id: UUID) -> dict[UUID, int]:
    """Return who has how much in the deal, in base units."""
    rows = session.execute(select(DealInvestor.user_id, DealInvestor.amount).where(DealInvestor.deal_id == deal_id))
    return {row.user_id: row.amount for row in rows}


def _held(session: Session, deal_id: UUID) -> Deal:
    statement = select(Deal).where(Deal.id == deal_id).with_for_update().execution_options(populate_existing=True)
    deal = session.execute(statement).scalar_one_or_none()
    if deal is None:
        raise DealNotFound
    if deal.hard_cap is None:
        raise NotOpen
    return deal
