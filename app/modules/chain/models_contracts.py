"""What a tenant's contracts were when the worker last looked at them, so that pages needn't ask a node."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from tenants.orm import Base, TenantScoped


class ChainSnapshot(TenantScoped, Base):
    """A tenant's contracts at one final block.

    `body` is a rules_contracts.Picture; `announced` what the factory had said up to a block, so that only later blocks
    are asked for. `asked_at`: somebody waits for a new one since then. `trouble`: why the last look told nothing.
    """

    __tablename__ = "chain_snapshots"

    chain_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    block_number: Mapped[int] = mapped_column(BigInteger, default=0)
    block_time: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(default="")
    announced: Mapped[dict[str, Any]] = mapped_column(default=dict)
    body: Mapped[dict[str, Any]] = mapped_column(default=dict)
