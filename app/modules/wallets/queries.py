"""What is read about wallets."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.modules.wallets.errors import ChallengeOver, UnknownWallet
from app.modules.wallets.models import Challenge, Wallet


def wallets_of(session: Session, user_id: UUID) -> Sequence[Wallet]:
    """Return a person's wallets, the default one first."""
    statement = select(Wallet).where(Wallet.user_id == user_id)
    return session.scalars(statement.order_by(Wallet.is_default.desc(), Wallet.linked_at, Wallet.id)).all()


def own_wallet(session: Session, user_id: UUID, wallet_id: UUID) -> Wallet:
    """Return one of a person's wallets, locked. Raises UnknownWallet."""
    statement = select(Wallet).where(Wallet.user_id == user_id, Wallet.id == wallet_id).with_for_update()
    found = session.scalars(statement).one_or_none()
    if found is None:
        raise UnknownWallet
    return found


def by_address(session: Session, address: str) -> Wallet | None:
    """Return the wallet with this address, whosever it is, or None."""
    return session.scalars(select(Wallet).where(Wallet.address == address)).one_or_none()


def any_linked(session: Session) -> bool:
    """Tell whether anybody here could sign in by a wallet."""
    return session.scalar(select(select(Wallet.id).exists())) or False


def challenge(
    session: Session, challenge_id: UUID, browser_hash: bytes, now: datetime, *, lock: bool = False
) -> Challenge:
    """Return a message that was written for this browser and isn't over. Raises ChallengeOver."""
    statement = select(Challenge).where(
        Challenge.id == challenge_id,
        Challenge.browser_hash == browser_hash,
        Challenge.state != "used",
        Challenge.expires_at > now,
    )
    found = session.scalars(statement.with_for_update() if lock else statement).one_or_none()
    if found is None:
        raise ChallengeOver
    return found
