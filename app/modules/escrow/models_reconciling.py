"""What comparing the books with the contracts found."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.orm import Base, Identified


class Reconciliation(Identified, Base):
    """One result, for as long as it stayed the same: found `times` times from `first_at` to `last_at`.

    `differences` lists {code, values, booked, counted}, amounts as decimal strings of base units. `fingerprint` names
    them; empty where nothing differs.
    """

    __tablename__ = "reconciliations"

    chain_id: Mapped[int] = mapped_column(BigInteger)
    block_number: Mapped[int] = mapped_column(BigInteger)
    journals: Mapped[int]
    escrows: Mapped[int]
    differences: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    fingerprint: Mapped[str]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int] = mapped_column(default=1)
