"""Deals as JSON. Amounts are decimal strings in whole units of `currency`, instants are UTC (A2)."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint, Response
from pydantic import Field

from app.core.errors import NotFound
from app.core.money import Asset
from app.core.scopes import Scope
from app.modules.deals import queries
from app.modules.deals.errors import DealNotFound
from app.modules.deals.models import Deal
from app.modules.deals.queries import Wanted
from app.modules.deals.rules import Status
from app.modules.deals.rules_terms import UNITS
from app.modules.deals.views_room import entitlements
from app.modules.documents import service as documents
from app.modules.documents.errors import NoSuchDocument
from app.web.access import public
from app.web.current import current
from app.web.downloads import attachment
from app.web.lists import Listed
from app.web.operations import Shape, operation

api = Blueprint("deals_api", __name__, url_prefix="/api/deals")


class ListQuery(Listed):
    """What a list is asked for."""

    status: Literal["", "open", "soon", "closed"] = ""
    asset_type: Literal["", "equity", "debt", "token", "fund", "real_estate", "revenue_share"] = ""
    search: str = Field("", max_length=100)
    country: str = Field("", pattern="^([A-Z]{2})?$")
    sort: Literal["newest", "closing", "raised"] = "newest"


class Payment(Shape):
    """What a deal is paid in: a token's contract, or nothing for the chain's own coin."""

    chain_id: int
    contract: str | None
    decimals: int


class DealShown(Shape):
    """A deal as it is listed. `terms` differ by `assetType`."""

    id: UUID
    slug: str
    title: str
    summary: str
    asset_type: str
    sector: str
    location: str
    issuer: str
    regime: str
    status: str
    featured: bool
    currency: str
    payment: Payment
    unit_price: str | None
    min_investment: str | None
    soft_cap: str | None
    target_amount: str | None
    raised_amount: str
    reserved_amount: str
    investors: int
    opens_at: datetime | None
    closes_at: datetime | None
    is_open: bool
    terms: dict[str, Any]


class Deals(Shape):
    """A part of the list of deals."""

    deals: list[DealShown]
    total: int
    has_more: bool


class Featured(Shape):
    """The deals of the front page."""

    deals: list[DealShown]


class UpdateShown(Shape):
    """News of the issuer."""

    id: UUID
    title: str
    body: str
    author_name: str
    at: datetime


class Updates(Shape):
    """A deal's news, newest first."""

    updates: list[UpdateShown]


class QuestionShown(Shape):
    """A question that is often asked."""

    id: UUID
    question: str
    answer: str
    at: datetime


class Questions(Shape):
    """A deal's questions with their answers."""

    questions: list[QuestionShown]


class DocumentShown(Shape):
    """A document of the data room; `open` tells whether you may have it, `sha256` what it is to the byte."""

    id: UUID
    title: str
    name: str
    media_type: str
    size: int
    sha256: str
    access: str
    required: bool
    open: bool


class Documents(Shape):
    """A deal's documents, required reading first."""

    documents: list[DocumentShown]


@api.get("")
@operation(summary="List deals", query=ListQuery, answer=Deals, scope=Scope.READ, etag=True)
@public
def index(asked: ListQuery) -> Deals:
    """Answer with deals that are shown to you."""
    wanted = Wanted(
        kind=asked.asset_type, group=asked.status, text=asked.search, country=asked.country, sort=asked.sort
    )
    found = queries.cards(current.session, current.actor, wanted, asked.page)
    return Deals(deals=[_shown(card) for card in found.items], total=found.total, has_more=found.has_more)


@api.get("/featured")
@operation(summary="List the deals of the front page", answer=Featured, scope=Scope.READ, etag=True)
@public
def featured() -> Featured:
    """Answer with what the front page shows."""
    return Featured(deals=[_shown(card) for card in queries.featured(current.session, current.actor)])


@api.get("/<uuid:deal_id>")
@operation(summary="Read one deal", answer=DealShown, scope=Scope.READ, etag=True, problems=[DealNotFound])
@public
def show(deal_id: UUID) -> DealShown:
    """Answer with one listed deal."""
    return _shown(queries.card(current.session, current.actor, deal_id))


@api.get("/<uuid:deal_id>/updates")
@operation(summary="Read a deal's news", answer=Updates, scope=Scope.READ, problems=[DealNotFound])
@public
def updates(deal_id: UUID) -> Updates:
    """Answer with the issuer's news."""
    found = queries.updates(current.session, room(deal_id).id)
    return Updates(updates=[UpdateShown.model_validate(each) for each in found])


@api.get("/<uuid:deal_id>/questions")
@operation(summary="Read a deal's questions", answer=Questions, scope=Scope.READ, problems=[DealNotFound])
@public
def questions(deal_id: UUID) -> Questions:
    """Answer with what is often asked, and the answers."""
    found = queries.questions(current.session, room(deal_id).id)
    return Questions(questions=[QuestionShown.model_validate(each) for each in found])


@api.get("/<uuid:deal_id>/documents")
@operation(summary="List a deal's documents", answer=Documents, scope=Scope.READ, problems=[DealNotFound])
@public
def listed(deal_id: UUID) -> Documents:
    """Answer with the data room's documents, also those that are closed to you."""
    return data_room(room(deal_id))


@api.get("/<uuid:deal_id>/documents/<uuid:document_id>")
@operation(
    summary="Download a deal's document",
    media="application/octet-stream",
    scope=Scope.READ,
    problems=[DealNotFound, NoSuchDocument],
)
@public
def download(deal_id: UUID, document_id: UUID) -> Response:
    """Answer with the file, if it is open to you."""
    deal = room(deal_id)
    try:
        queries.link(current.session, deal.id, document_id)
    except NotFound:
        raise NoSuchDocument from None
    opened = documents.open(
        current.session,
        actor=current.actor,
        document_id=document_id,
        now=current.now,
        entitlements=entitlements(deal),
    )
    return attachment(opened.document.name, opened.document.media_type, opened.content)


def room(deal_id: UUID) -> Deal:
    """Return a deal whose room is open to the caller. Raises DealNotFound."""
    deal = current.session.get(Deal, (current.site.id, deal_id))
    if deal is None or not queries.may_see(current.actor, deal):
        raise DealNotFound
    return deal


def data_room(deal: Deal) -> Documents:
    """Return a deal's documents as the caller sees them."""
    links = queries.links(current.session, deal.id)
    records = documents.described(current.session, [link.document_id for link in links])
    held = entitlements(deal) if links else frozenset()
    return Documents(
        documents=[
            DocumentShown(
                id=link.document_id,
                title=link.title,
                name=records[link.document_id].name,
                media_type=records[link.document_id].media_type,
                size=records[link.document_id].size,
                sha256=records[link.document_id].sha256,
                access=link.access,
                required=link.required,
                open=documents.may_open(records[link.document_id], actor=current.actor, entitlements=held),
            )
            for link in links
        ]
    )


def _shown(card: Any) -> DealShown:
    asset: Asset = card.asset
    return DealShown(
        id=card.id,
        slug=card.slug,
        title=card.title,
        summary=card.summary,
        asset_type=card.kind,
        sector=card.sector,
        location=card.location,
        issuer=card.issuer_name,
        regime=card.regime,
        status=card.status,
        featured=card.featured,
        currency=asset.code,
        payment=Payment(chain_id=card.chain_id, contract=card.asset_contract, decimals=asset.decimals),
        unit_price=whole(card.unit_price, asset),
        min_investment=whole(card.min_ticket, asset),
        soft_cap=whole(card.soft_cap, asset),
        target_amount=whole(card.hard_cap, asset),
        raised_amount=whole(card.raised, asset) or "0",
        reserved_amount=whole(card.reserved, asset) or "0",
        investors=card.investors_count,
        opens_at=card.opens_at,
        closes_at=card.closes_at,
        is_open=card.status == Status.OPEN,
        terms={name: _term(name, value, asset) for name, value in card.terms.items()},
    )


def _term(name: str, value: Any, asset: Asset) -> Any:
    unit = UNITS.get(name)
    if unit == "amount":
        return whole(int(value), asset)
    return f"{Decimal(value) / 100:f}" if unit in ("percent", "multiple") else value


def whole(units: int | None, asset: Asset) -> str | None:
    """Return base units as a decimal string of whole units, without trailing zeros."""
    return None if units is None else asset.plain(units)
