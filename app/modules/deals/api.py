"""Deals as JSON. Amounts are decimal strings in whole units of `currency`, instants are UTC (A2)."""

from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.core.errors import Invalid
from app.core.money import Asset
from app.core.pagination import Page
from app.modules.deals import queries
from app.modules.deals.queries import Wanted
from app.modules.deals.rules import Status
from app.modules.deals.rules_terms import UNITS
from app.web.access import public
from app.web.current import current
from app.web.problems import of_values

api = Blueprint("deals_api", __name__, url_prefix="/api/deals")


class ListQuery(BaseModel):
    """What a list is asked for."""

    model_config = ConfigDict(populate_by_name=True)

    status: Literal["", "open", "soon", "closed"] = ""
    kind: Literal["", "equity", "debt", "token", "fund", "real_estate", "revenue_share"] = Field("", alias="assetType")
    search: str = Field("", max_length=100)
    limit: int = Field(20, ge=1, le=100)
    offset: int = Field(0, ge=0, le=1_000_000)


@api.get("")
@public
def index() -> ResponseReturnValue:
    asked = _query()
    wanted = Wanted(kind=asked.kind, group=asked.status, text=asked.search.replace("\x00", ""))
    found = queries.cards(current.session, current.actor, wanted, Page(asked.limit, asked.offset))
    return jsonify(deals=[_shown(card) for card in found.items], total=found.total, hasMore=found.has_more)


@api.get("/featured")
@public
def featured() -> ResponseReturnValue:
    return jsonify(deals=[_shown(card) for card in queries.featured(current.session, current.actor)])


@api.get("/<uuid:deal_id>")
@public
def show(deal_id: UUID) -> ResponseReturnValue:
    return jsonify(_shown(queries.card(current.session, current.actor, deal_id)))


def _query() -> ListQuery:
    try:
        return ListQuery.model_validate(request.args.to_dict())
    except ValidationError as refused:
        raise Invalid(fields=of_values(refused)) from None


def _shown(card: Any) -> dict[str, Any]:
    asset: Asset = card.asset
    return {
        "id": str(card.id),
        "slug": card.slug,
        "title": card.title,
        "summary": card.summary,
        "assetType": card.kind,
        "sector": card.sector,
        "location": card.location,
        "issuer": card.issuer_name,
        "regime": card.regime,
        "status": card.status,
        "featured": card.featured,
        "currency": asset.code,
        "payment": {"chainId": card.chain_id, "contract": card.asset_contract, "decimals": asset.decimals},
        "unitPrice": _whole(card.unit_price, asset),
        "minInvestment": _whole(card.min_ticket, asset),
        "softCap": _whole(card.soft_cap, asset),
        "targetAmount": _whole(card.hard_cap, asset),
        "raisedAmount": _whole(card.raised, asset),
        "reservedAmount": _whole(card.reserved, asset),
        "investors": card.investors_count,
        "opensAt": card.opens_at.isoformat() if card.opens_at else None,
        "closesAt": card.closes_at.isoformat() if card.closes_at else None,
        "isOpen": card.status == Status.OPEN,
        "terms": {name: _term(name, value, asset) for name, value in card.terms.items()},
    }


def _term(name: str, value: Any, asset: Asset) -> Any:
    unit = UNITS.get(name)
    if unit == "amount":
        return _whole(int(value), asset)
    return f"{Decimal(value) / 100:f}" if unit in ("percent", "multiple") else value


def _whole(units: int | None, asset: Asset) -> str | None:
    """Return base units as a decimal string of whole units, without trailing zeros."""
    if units is None:
        return None
    text = f"{asset.whole(units):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
