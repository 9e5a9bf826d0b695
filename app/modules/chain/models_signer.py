"""What the installation and its signer keep together: keys by name, the halt switch, limits, and every decision."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from tenants import ids
from tenants.orm import Base, BaseUnits, Platform


class SignerKey(Platform, Base):
    """A key by name. The address is empty until the signer has answered."""

    __tablename__ = "signer_keys"

    name: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime]
    made_at: Mapped[datetime | None]


class SignerState(Platform, Base):
    """The one row with the halt switch; `seen_at` is when the signer last said that it runs."""

    __tablename__ = "signer_state"

    one: Mapped[int] = mapped_column(primary_key=True, default=1)
    halted: Mapped[bool]
    reason: Mapped[str]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]


class SignerLimit(Platform, Base):
    """What signing may cost, in wei. `scope`: a tenant's id, `tenant` for each tenant without one, or `whole`."""

    __tablename__ = "signer_limits"

    scope: Mapped[str] = mapped_column(primary_key=True)
    each_one: Mapped[int] = mapped_column(BaseUnits)
    an_hour: Mapped[int] = mapped_column(BaseUnits)
    a_day: Mapped[int] = mapped_column(BaseUnits)


class SignerRecipient(Platform, Base):
    """An address that a tenant's money may go to: a day after it was first seen, or once an operator allowed it."""

    __tablename__ = "signer_recipients"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]
    allowed_at: Mapped[datetime | None]


class SignerDecision(Platform, Base):
    """What the signer did about one request, and why. It can't change or remove a line of it."""

    __tablename__ = "signer_decisions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    at: Mapped[datetime]
    tenant_id: Mapped[UUID | None]
    chain_id: Mapped[int] = mapped_column(BigInteger)
    key_name: Mapped[str]
    kind: Mapped[str]
    subject: Mapped[str]
    verdict: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    cost: Mapped[int] = mapped_column(BaseUnits)
    tx_hash: Mapped[str] = mapped_column(default="")
