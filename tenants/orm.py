"""The declarative base and the two kinds of tables: a tenant's own, and the installation's."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Dialect, MetaData, Numeric, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, UserDefinedType

from tenants import context, ids

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class _Domain(UserDefinedType[Decimal]):
    """A PostgreSQL domain of schema `app`, by name."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_options: Any) -> str:
        return f"app.{self.name}"


class BaseUnits(TypeDecorator[int]):
    """A whole, non-negative amount of an asset in its smallest unit; `int` in Python, `app.base_units` in SQL."""

    impl = Numeric
    cache_ok = True
    domain = "base_units"

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(_Domain(self.domain))

    def process_bind_param(self, value: int | None, _dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(int(value))

    def process_result_value(self, value: Any, _dialect: Dialect) -> int | None:
        return None if value is None else int(value)

    def coerce_compared_value(self, _op: Any, _value: Any) -> "BaseUnits":
        return self


class SignedUnits(BaseUnits):
    """A whole, non-zero amount with a sign: one posting of a journal; `app.signed_units` in SQL."""

    cache_ok = True
    domain = "signed_units"


class Base(DeclarativeBase):
    """Every mapped class. Tables stand in schema `app` unless they are `Platform`."""

    metadata = MetaData(schema="app", naming_convention=NAMING)
    type_annotation_map = {UUID: Uuid(), datetime: DateTime(timezone=True), str: Text(), dict[str, Any]: JSONB()}


class TenantScoped:
    """A row that belongs to one tenant. The database refuses it without that tenant's context.

    `tenant_id` is always the first column of the primary key: `session.get(Model, (tenant_id, …))`.
    """

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, default=context.tenant_id, sort_order=-2)


class Identified(TenantScoped):
    """A tenant's row with an identifier of its own."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new, sort_order=-1)


class Platform:
    """A row of the installation: schema `platform`, out of reach for the tenants' role."""

    __table_args__: Any = {"schema": "platform"}
