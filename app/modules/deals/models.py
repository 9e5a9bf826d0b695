"""Tables of deals."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.money import Asset
from tenants.orm import Base, BaseUnits, Identified, TenantScoped


class Deal(Identified, Base):
    """An offer. `form` is what its issuer typed, word for word; other columns are read from it where it is valid."""

    __tablename__ = "deals"

    issuer_id: Mapped[UUID]
    kind: Mapped[str]
    slug: Mapped[str]
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    issuer_name: Mapped[str] = mapped_column(default="")
    location: Mapped[str] = mapped_column(default="")
    sector: Mapped[str] = mapped_column(default="")
    regime: Mapped[str] = mapped_column(default="none")
    form: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    form_version: Mapped[int] = mapped_column(Integer, default=1)
    story: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    eligible_countries: Mapped[list[str]] = mapped_column(JSONB, default=list)
    blocked_countries: Mapped[list[str]] = mapped_column(JSONB, default=list)
    asset_code: Mapped[str]
    asset_decimals: Mapped[int] = mapped_column(Integer)
    asset_display_decimals: Mapped[int] = mapped_column(Integer)
    chain_id: Mapped[int] = mapped_column(Integer)
    asset_contract: Mapped[str | None]
    proceeds_address: Mapped[str] = mapped_column(default="")
    token_symbol: Mapped[str] = mapped_column(default="")
    unit_price: Mapped[int | None] = mapped_column(BaseUnits)
    min_ticket: Mapped[int | None] = mapped_column(BaseUnits)
    max_ticket: Mapped[int | None] = mapped_column(BaseUnits)
    soft_cap: Mapped[int | None] = mapped_column(BaseUnits)
    hard_cap: Mapped[int | None] = mapped_column(BaseUnits)
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    cover_kind: Mapped[str]
    cover_document_id: Mapped[UUID | None]
    featured: Mapped[bool] = mapped_column(Boolean, default=False)
    status: Mapped[str] = mapped_column(default="draft")
    raised: Mapped[int] = mapped_column(BaseUnits, default=0)
    reserved: Mapped[int] = mapped_column(BaseUnits, default=0)
    investors_count: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    status_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]

    @property
    def asset(self) -> Asset:
        """What the deal is paid in."""
        return Asset(
            self.asset_code, self.asset_decimals, self.asset_display_decimals, self.chain_id, self.asset_contract
        )

    @property
    def headroom(self) -> int:
        """What can still be reserved, in base units."""
        return (self.hard_cap or 0) - self.raised - self.reserved


class DealStep(Identified, Base):
    """One step in a deal's life, append-only: who took it, from where to where, and why."""

    __tablename__ = "deal_steps"

    deal_id: Mapped[UUID]
    verb: Mapped[str]
    from_status: Mapped[str]
    to_status: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]


class DealSale(TenantScoped, Base):
    """A deal's sale on the chain, from the moment it stands there.

    `wish` is what the deal's life asks of it, `asked` the step that is on its way, `outcome` what a final block says.
    `paused` is wanted, `stopped` is so. `proceeds` and `fee` are base units of the deal's asset, as paid out.
    """

    __tablename__ = "deal_sales"
    __table_args__ = (
        CheckConstraint("wish in ('', 'finalise', 'fail')", name="wish"),
        CheckConstraint("asked in ('', 'finalise', 'fail', 'pause', 'unpause')", name="asked"),
        CheckConstraint("outcome in ('', 'finalised', 'failed')", name="outcome"),
    )

    deal_id: Mapped[UUID] = mapped_column(primary_key=True)
    chain_id: Mapped[int] = mapped_column(BigInteger)
    address: Mapped[str]
    wish: Mapped[str] = mapped_column(default="")
    asked: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str] = mapped_column(default="")
    problem: Mapped[str] = mapped_column(default="")
    tx: Mapped[str] = mapped_column(default="")
    paused: Mapped[bool] = mapped_column(Boolean, default=False)
    stopped: Mapped[bool] = mapped_column(Boolean, default=False)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    proceeds: Mapped[int] = mapped_column(BaseUnits, default=0)
    fee: Mapped[int] = mapped_column(BaseUnits, default=0)
    ended_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class DealVersion(Identified, Base):
    """What was submitted, word for word, and what a reviewer said to it."""

    __tablename__ = "deal_versions"

    deal_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(Integer)
    form: Mapped[dict[str, Any]] = mapped_column(JSONB)
    submitted_by: Mapped[str]
    submitted_at: Mapped[datetime]
    decision: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    checks: Mapped[list[str]] = mapped_column(JSONB, default=list)
    decided_by: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]


class DealComment(Identified, Base):
    """A line of the conversation between issuer and reviewer."""

    __tablename__ = "deal_comments"

    deal_id: Mapped[UUID]
    author_id: Mapped[UUID | None]
    author_name: Mapped[str]
    is_reviewer: Mapped[bool] = mapped_column(Boolean)
    body: Mapped[str]
    at: Mapped[datetime]


class DealUpdate(Identified, Base):
    """News of the issuer on a deal."""

    __tablename__ = "deal_updates"

    deal_id: Mapped[UUID]
    author_name: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    at: Mapped[datetime]


class DealQuestion(Identified, Base):
    """A question that is often asked, with its answer."""

    __tablename__ = "deal_questions"

    deal_id: Mapped[UUID]
    question: Mapped[str]
    answer: Mapped[str]
    at: Mapped[datetime]


class DealDocument(TenantScoped, Base):
    """A document of a deal; `required` ones are accepted before investing."""

    __tablename__ = "deal_documents"

    deal_id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    access: Mapped[str]
    required: Mapped[bool] = mapped_column(Boolean)
    at: Mapped[datetime]


class DealInvestor(TenantScoped, Base):
    """What one person has in a deal; a row only while that is more than nothing."""

    __tablename__ = "deal_investors"

    deal_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    amount: Mapped[int] = mapped_column(BaseUnits)
