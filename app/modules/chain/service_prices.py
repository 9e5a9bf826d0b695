"""What a person's transaction is likely to cost the person, and what a payment token understands: from the database."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.money import Asset
from app.integrations.chain.permits import Domain
from app.modules.chain.models import ChainNetwork
from app.modules.chain.models_prices import ChainPrice, ChainToken
from app.modules.chain.service_fees import coin_asset
from tenants.session import platform_session

OLD_AFTER = timedelta(minutes=10)  # then a price says nothing any more
# Units of gas, generously, by what a wallet is asked to do; docs/contracts.md has the measured ones.
GAS = {"approve": 55_000, "deposit": 190_000, "permit-deposit": 230_000, "coin-deposit": 150_000, "refund": 75_000}
GAS["claim"] = 110_000


@dataclass(frozen=True)
class Estimate:
    """What something costs at most, about: base units of the chain's coin."""

    asset: Asset
    amount: int


def estimate(chain_id: int, *uses: str, now: datetime) -> Estimate | None:
    """Return what these uses of a wallet (keys of GAS) cost together at most, about; None where no price is known."""
    price = gas_price(chain_id, now=now)
    return None if price is None else Estimate(coin_asset(chain_id), price * sum(GAS[use] for use in uses))


def gas_price(chain_id: int, *, now: datetime) -> int | None:
    """Return what a unit of gas costs at most now, in wei, or None where nobody looked lately."""
    with platform_session() as session:
        price = session.get(ChainPrice, chain_id)
    return None if price is None or now - price.seen_at > OLD_AFTER else price.gas_price


def instant(chain_id: int, now: datetime) -> datetime:
    """Return now by the chain's clock where that is ahead, as on a local chain that days were let pass on."""
    with platform_session() as session:
        followed = session.get(ChainNetwork, chain_id)
    return now if followed is None else max(now, followed.head_time)


def permit_domain(chain_id: int, token: str) -> Domain | None:
    """Return the domain of a payment token that takes permits, or None for one that doesn't, as far as is known."""
    with platform_session() as session:
        known = session.get(ChainToken, (chain_id, token))
    return Domain(known.name, known.version, chain_id, token) if known is not None and known.permits else None
