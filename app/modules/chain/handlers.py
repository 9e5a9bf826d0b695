"""What the chain module does about the end of its own transactions."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.modules.chain import service
from app.modules.chain.events import TransactionFailed, TransactionFinal


def on_settled(session: Session, event: TransactionFinal | TransactionFailed, *, now: datetime) -> None:
    """Book what the transaction cost; one that never was in a block cost nothing."""
    service.book_fee(session, intent_id=event.intent_id, now=now)
