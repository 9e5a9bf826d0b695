"""Reading deals: lists as plain columns, rooms as wholes. Row security decides whose, these decide what for whom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.core.money import Asset
from app.core.pagination import Page, Slice
from app.core.permissions import Actor
from app.modules.deals.errors import DealNotFound
from app.modules.deals.models import (
    Deal,
    DealComment,
    DealDocument,
    DealInvestor,
    DealQuestion,
    DealStep,
    DealUpdate,
    DealVersion,
)
from app.modules.deals.permissions import is_reviewer, owns
from app.modules.deals.rules import LISTED, MEMBERS_ONLY, Status

SORTS = ("newest", "closing", "raised")
GROUPS: dict[str, tuple[Status, ...]] = {
    "open": (Status.OPEN, Status.PAUSED),
    "soon": (Status.SCHEDULED,),
    "closed": (Status.FUNDED, Status.FAILED, Status.CLOSED),
}
_CARD = (
    Deal.id, Deal.slug, Deal.title, Deal.summary, Deal.kind, Deal.sector, Deal.location, Deal.issuer_name, Deal.regime,
    Deal.status, Deal.cover_kind, Deal.featured, Deal.terms, Deal.asset_code, Deal.asset_decimals,
    Deal.asset_display_decimals, Deal.chain_id, Deal.asset_contract, Deal.unit_price, Deal.min_ticket, Deal.soft_cap,
    Deal.hard_cap, Deal.raised, Deal.reserved, Deal.investors_count, Deal.opens_at, Deal.closes_at,
    Deal.eligible_countries,
)  # fmt: skip
_TABLE = Deal.__table__  # plain columns: a list needs no mapped objects
_NAMES = [column.key for column in _CARD]
# Text search needs a word or its beginning; similarity catches what is mistyped. Both are filters over one tenant's
# rows: they can't use an index under row security, and needn't with some thousand rows.
_SIMILAR = 0.45


@dataclass(frozen=True)
class Wanted:
    """What a list is asked for. `group` is one of GROUPS or empty for all."""

    kind: str = ""
    group: str = ""
    country: str = ""
    text: str = ""
    sort: str = "newest"

    @property
    def by_group_alone(self) -> bool:
        return not (self.kind or self.country or self.text)


@lru_cache(maxsize=256)
def asset_of(code: str, decimals: int, display_decimals: int, chain_id: int, contract: str | None) -> Asset:
    """Return the asset of a card; one object for all that share it."""
    return Asset(code, decimals, display_decimals, chain_id, contract)


class Card:
    """A deal in a list: the columns of `_CARD` and its asset."""

    __slots__ = (*_NAMES, "asset")

    def __init__(self, row: Sequence[Any]) -> None:
        for name, value in zip(_NAMES, row, strict=True):
            setattr(self, name, value)
        own: Any = self
        self.asset = asset_of(
            own.asset_code, own.asset_decimals, own.asset_display_decimals, own.chain_id, own.asset_contract
        )


class Head(NamedTuple):
    """A deal in a list before it is read: `version` changes whenever its row does."""

    id: UUID
    version: str
    status: str
    opens_at: datetime | None
    closes_at: datetime | None


def heads(session: Session, actor: Actor, wanted: Wanted, page: Page, known: int | None = None) -> Slice[Head]:
    """Return the deals that `actor` may know of and that match. `known`: how many match, if that is known."""
    rows = [Head(*row) for row in session.execute(_heads_of(_is_member(actor), wanted, page))]
    return _slice(session, rows, _is_member(actor), wanted, page, known)


@lru_cache(maxsize=512)
def _heads_of(member: bool, wanted: Wanted, page: Page) -> Select[Any]:
    columns: tuple[Any, ...] = (
        _TABLE.c.id,
        literal_column("xmin::text"),
        _TABLE.c.status,
        _TABLE.c.opens_at,
        _TABLE.c.closes_at,
    )
    return _page_of(select(*columns), member, wanted, page)


def cards_of(session: Session, deal_ids: Sequence[UUID]) -> dict[UUID, Any]:
    """Return Cards by id."""
    rows = session.execute(select(*_CARD).where(Deal.id.in_(deal_ids))) if deal_ids else ()
    return {row.id: Card(row) for row in rows}


def cards(session: Session, actor: Actor, wanted: Wanted, page: Page) -> Slice[Any]:
    """Return the deals that `actor` may know of and that match, as Cards."""
    statement = _page_of(select(*_CARD), _is_member(actor), wanted, page)
    return _slice(session, [Card(row) for row in session.execute(statement)], _is_member(actor), wanted, page, None)


def _page_of(statement: Select[Any], member: bool, wanted: Wanted, page: Page) -> Select[Any]:
    return _sorted(statement.where(_matching(member, wanted)), wanted).limit(page.limit).offset(page.offset)


def _slice(
    session: Session, items: list[Any], member: bool, wanted: Wanted, page: Page, known: int | None
) -> Slice[Any]:
    """Count what matches only where that doesn't follow from the items."""
    total = page.offset + len(items) if known is None else known
    if known is None and (len(items) == page.limit or (page.offset and not items)):
        counted = select(func.count()).select_from(Deal).where(_matching(member, wanted))
        total = session.execute(counted).scalar_one()
    return Slice(items, total, page)


def counts(session: Session, actor: Actor) -> dict[str, int]:
    """Return how many deals there are in each of GROUPS."""
    by_status = {row[0]: row[1] for row in session.execute(_counts_of(_is_member(actor)))}
    return {name: sum(by_status.get(status, 0) for status in statuses) for name, statuses in GROUPS.items()}


@lru_cache(maxsize=2)
def _counts_of(member: bool) -> Select[Any]:
    status = _TABLE.c.status
    return select(status, func.count()).where(_matching(member, Wanted())).group_by(status)


def featured(session: Session, actor: Actor, limit: int = 4) -> list[Any]:
    """Return what a front page shows: featured deals first, then those that close first, of what is open or soon."""
    running = Deal.status.in_([Status.OPEN, Status.SCHEDULED])
    statement = select(*_CARD).where(_matching(_is_member(actor), Wanted()), running)
    order = (Deal.featured.desc(), (Deal.status == Status.OPEN).desc(), Deal.closes_at, Deal.id)
    return [Card(row) for row in session.execute(statement.order_by(*order).limit(limit))]


def visible(session: Session, actor: Actor, slug: str) -> Deal:
    """Return a deal that is shown to `actor`: listed ones, one's own, and all to reviewers. Raises DealNotFound."""
    deal = session.execute(select(Deal).where(Deal.slug == slug)).scalar_one_or_none()
    if deal is None or not may_see(actor, deal):
        raise DealNotFound
    return deal


def may_see(actor: Actor, deal: Deal) -> bool:
    """Whether the deal's room is open to `actor`."""
    if owns(actor, deal) or is_reviewer(actor, deal):
        return True
    return deal.status in LISTED and (actor.is_person or deal.regime not in MEMBERS_ONLY)


def card(session: Session, actor: Actor, deal_id: UUID) -> Any:
    """Return one listed deal as a Card. Raises DealNotFound."""
    row = session.execute(
        select(*_CARD).where(_matching(_is_member(actor), Wanted()), Deal.id == deal_id)
    ).one_or_none()
    if row is None:
        raise DealNotFound
    return Card(row)


def of_issuer(session: Session, issuer_id: UUID) -> list[Deal]:
    """Return an issuer's deals, the last changed first."""
    statement = select(Deal).where(Deal.issuer_id == issuer_id).order_by(Deal.changed_at.desc(), Deal.id)
    return list(session.scalars(statement))


def figures(session: Session) -> tuple[list[tuple[Asset, int, int]], int]:
    """Return what was raised in each asset over how many deals, the most deals first, and how many took part."""
    columns = (Deal.asset_code, Deal.asset_decimals, Deal.asset_display_decimals, Deal.chain_id, Deal.asset_contract)
    statement = (
        select(*columns, func.sum(Deal.raised), func.count(), func.sum(Deal.investors_count))
        .where(Deal.status.in_(LISTED), Deal.raised > 0)
        .group_by(*columns)
        .order_by(func.count().desc(), Deal.asset_code)
    )
    rows = session.execute(statement).all()
    return [(asset_of(*row[:5]), int(row[5]), row[6]) for row in rows], sum(int(row[7]) for row in rows)


def waiting(session: Session) -> list[tuple[Deal, DealVersion]]:
    """Return submitted deals with the version to review, oldest first."""
    newest = select(DealVersion.deal_id, func.max(DealVersion.number).label("number")).group_by(DealVersion.deal_id)
    last = newest.subquery()
    statement = (
        select(Deal, DealVersion)
        .join(last, last.c.deal_id == Deal.id)
        .join(DealVersion, and_(DealVersion.deal_id == Deal.id, DealVersion.number == last.c.number))
        .where(Deal.status == Status.SUBMITTED)
        .order_by(DealVersion.submitted_at)
    )
    return [(deal, version) for deal, version in session.execute(statement)]


def waiting_count(session: Session, _actor: Actor) -> int:
    """Return how many deals wait for review."""
    statement = select(func.count()).select_from(Deal).where(Deal.status == Status.SUBMITTED)
    return session.execute(statement).scalar_one()


def in_hand(session: Session) -> list[Deal]:
    """Return every deal that was submitted once, the last changed first: what administrators run."""
    hidden = (Status.DRAFT, Status.SUBMITTED)
    return list(
        session.scalars(select(Deal).where(Deal.status.not_in(hidden)).order_by(Deal.status_at.desc(), Deal.id))
    )


def versions(session: Session, deal_id: UUID) -> list[DealVersion]:
    """Return what was submitted, newest first."""
    return _of(session, DealVersion, deal_id, DealVersion.number.desc())


def comments(session: Session, deal_id: UUID) -> list[DealComment]:
    """Return the conversation about a draft, oldest first."""
    return _of(session, DealComment, deal_id, DealComment.id)


def steps(session: Session, deal_id: UUID) -> list[DealStep]:
    """Return the deal's life, oldest step first."""
    return _of(session, DealStep, deal_id, DealStep.id)


def updates(session: Session, deal_id: UUID) -> list[DealUpdate]:
    """Return the issuer's news, newest first."""
    return _of(session, DealUpdate, deal_id, DealUpdate.id.desc())


def questions(session: Session, deal_id: UUID) -> list[DealQuestion]:
    """Return questions with answers, in the order in which they were answered."""
    return _of(session, DealQuestion, deal_id, DealQuestion.id)


def links(session: Session, deal_id: UUID) -> list[DealDocument]:
    """Return the data room's documents: required reading first."""
    return _of(session, DealDocument, deal_id, DealDocument.required.desc(), DealDocument.at)


def link(session: Session, deal_id: UUID, document_id: UUID) -> DealDocument:
    """Return one document of a deal. Raises NotFound."""
    found = session.get(DealDocument, (session.info["tenant_id"], deal_id, document_id))
    if found is None:
        raise NotFound
    return found


def has_invested(session: Session, deal_id: UUID, user_id: UUID | None) -> bool:
    """Whether the person has money in the deal."""
    return user_id is not None and session.get(DealInvestor, (session.info["tenant_id"], deal_id, user_id)) is not None


def _of(session: Session, kind: Any, deal_id: UUID, *order: Any) -> list[Any]:
    return list(session.scalars(select(kind).where(kind.deal_id == deal_id).order_by(*order)))


def _constants(values: Iterable[str]) -> list[ColumnElement[str]]:
    """Return values of ours as SQL constants: the planner needs to see them to use the index of listed deals."""
    return [literal_column(f"'{value}'") for value in values]


def _is_member(actor: Actor) -> bool:
    """Whether the actor may know of offers that aren't made to the public."""
    return actor.is_person or actor.is_system


def _matching(member: bool, wanted: Wanted) -> ColumnElement[bool]:
    rules: list[ColumnElement[bool]] = [Deal.status.in_(_constants(GROUPS.get(wanted.group, LISTED)))]
    if not member:
        rules.append(Deal.regime.not_in(_constants(MEMBERS_ONLY)))
    if wanted.kind:
        rules.append(Deal.kind == wanted.kind)
    if wanted.country:
        code = wanted.country
        rules.append(or_(Deal.eligible_countries == [], Deal.eligible_countries.contains([code])))
        rules.append(~Deal.blocked_countries.contains([code]))
    if text := wanted.text.strip()[:100]:
        rules.append(_like(text))
    return and_(*rules)


def _like(text: str) -> ColumnElement[bool]:
    words = Deal.title + " " + Deal.summary + " " + Deal.issuer_name + " " + Deal.location + " " + Deal.sector
    prefixes = " & ".join(f"{word}:*" for word in "".join(c if c.isalnum() else " " for c in text).split())
    mistyped = func.strict_word_similarity(text.lower(), func.lower(words)) > _SIMILAR
    if not prefixes:
        return mistyped
    return or_(literal_column("search").op("@@")(func.to_tsquery("simple", prefixes)), mistyped)


def _sorted(statement: Select[Any], wanted: Wanted) -> Select[Any]:
    if wanted.sort == "closing":
        return statement.order_by((Deal.status == Status.OPEN).desc(), Deal.closes_at, Deal.id)
    if wanted.sort == "raised":
        return statement.order_by((Deal.raised / func.nullif(Deal.hard_cap, 0)).desc().nulls_last(), Deal.id)
    return statement.order_by(Deal.opened_at.desc().nulls_first(), Deal.id)
