"""What the worker has learned of a chain for the pages: what gas costs now, and what payment tokens understand."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from tenants.orm import Base, BaseUnits, Platform


class ChainPrice(Platform, Base):
    """What a unit of gas is likely to cost at most in the next blocks, in wei."""

    __tablename__ = "chain_prices"

    chain_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    gas_price: Mapped[int] = mapped_column(BaseUnits)
    seen_at: Mapped[datetime]


class ChainToken(Platform, Base):
    """A payment token. `name` and `version` are those of its EIP-712 domain, which was compared with its own word."""

    __tablename__ = "chain_tokens"

    chain_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    permits: Mapped[bool]
    name: Mapped[str]
    version: Mapped[str]
    asked_at: Mapped[datetime]
