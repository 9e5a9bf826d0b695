"""A deposit with one signature and one transaction: the payer signs an approval, the deposit carries it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.integrations.chain import contracts, permits
from app.integrations.chain.permits import Permit
from app.modules.chain import queries
from app.modules.chain.errors import NoFactory, PermitNotSigned
from app.modules.chain.rules import ZERO_ADDRESS, PreparedTransaction
from app.modules.chain.service_prices import Estimate, estimate, instant, permit_domain
from app.modules.chain.service_wallets import prepared

GOOD_FOR = timedelta(minutes=30)  # a signed permit; the deposit has to be in a block by then
MOST_NONCE = 2**256 - 1


@dataclass(frozen=True)
class PreparedPermit:
    """What a wallet is asked to sign. The nonce in it is 0: the wallet's own node answers `nonce_to`/`nonce_data`."""

    permit: Permit
    nonce_to: str
    nonce_data: str
    summary: str


def prepare_permit(
    session: Session, *, chain_id: int, payer: str, asset: str, amount: int, price: str, now: datetime
) -> PreparedPermit | None:
    """Return the permit by which the tenant's factory may take exactly `amount`; None where the asset takes none.

    `price` says the amount in words. Raises NoFactory.
    """
    domain = None if asset == ZERO_ADDRESS else permit_domain(chain_id, asset)
    if domain is None:
        return None
    deadline = int((instant(chain_id, now) + GOOD_FOR).timestamp())
    permit = Permit(domain, payer, _factory(session, chain_id), amount, 0, deadline)
    nonce = permits.nonce_call(asset, payer)
    summary = _("Allow this site’s contract to take exactly %(price)s: a signature that costs nothing", price=price)
    return PreparedPermit(permit, nonce.to or "", nonce.data, summary)


def prepare_deposit_with_permit(
    session: Session,
    *,
    chain_id: int,
    investment_id: UUID,
    deal_id: UUID,
    payer: str,
    asset: str,
    amount: int,
    price: str,
    nonce: int,
    deadline: int,
    signature: str,
    now: datetime,
) -> PreparedTransaction:
    """Return the deposit that carries a signed permit.

    Raises PermitNotSigned unless the payer signed exactly this permit and it is still good for a while; NoFactory.
    """
    domain, parts = permit_domain(chain_id, asset), permits.taken_apart(signature)
    left = deadline - int(instant(chain_id, now).timestamp())
    if domain is None or parts is None or not 0 < left <= GOOD_FOR.total_seconds() or not 0 <= nonce <= MOST_NONCE:
        raise PermitNotSigned
    factory = _factory(session, chain_id)
    if not permits.is_signed(Permit(domain, payer, factory, amount, nonce, deadline), parts):
        raise PermitNotSigned
    call = contracts.TenantFactory(factory).open_escrow_with_permit(
        investment_id, deal_id, amount, payer=payer, deadline=deadline, v=parts.v, r=parts.r, s=parts.s
    )
    return prepared(chain_id, call, _("Move %(price)s into your own escrow contract", price=price))


def payment_estimate(chain_id: int, asset: str, *, now: datetime) -> Estimate | None:
    """Return what paying with this asset costs the payer's wallet at most, about; None where no price is known."""
    if asset == ZERO_ADDRESS:
        return estimate(chain_id, "coin-deposit", now=now)
    uses = ("permit-deposit",) if permit_domain(chain_id, asset) else ("approve", "deposit")
    return estimate(chain_id, *uses, now=now)


def _factory(session: Session, chain_id: int) -> str:
    row = queries.factory(session, chain_id)
    if row is None:
        raise NoFactory
    return row.address
