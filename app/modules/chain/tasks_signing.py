"""Asking the signer: an attempt without bytes is a request, and its bytes or its reason are the answer.

What is asked is committed before the signer is woken, so an answer is never lost and never needed twice.
"""

import time
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.failpoints import failpoint
from app.core.tasks import TaskContext
from app.integrations.chain.keys import WAKE
from app.modules.chain import queries
from app.modules.chain.models import ChainAttempt, ChainTransaction
from app.modules.chain.models_signer import SignerState
from app.modules.chain.rules import Offer
from tenants import context as tenancy
from tenants.session import platform_session

PATIENCE = 5.0  # seconds that a push waits for the signer; later ones find the answer
_AWAY = timedelta(seconds=10)


def await_answer(context: TaskContext, attempt_id: UUID) -> ChainAttempt:
    """Wake the signer and return the attempt with its answer, or still `asked` where that takes too long."""
    failpoint("sign.asked")
    with platform_session() as session:
        session.execute(text(f"NOTIFY {WAKE}"))
        seen = session.get_one(SignerState, 1).seen_at
    running = seen is not None and context.now() - seen < _AWAY
    until = time.monotonic() + (PATIENCE if running else 0.5)
    while True:
        with context.session() as session:
            attempt = _attempt(session, attempt_id)
        if attempt.state != "asked" or attempt.reason or time.monotonic() > until:
            failpoint("sign.answered")
            return attempt
        time.sleep(0.01)


def live_attempts(session: Session, intent_id: UUID) -> list[ChainAttempt]:
    """Return the attempts at the nonce that the intent holds, newest first."""
    transaction = queries.transaction(session, intent_id)
    if transaction is None:
        return []
    return [one for one in queries.attempts(session, intent_id) if one.transaction_id == transaction.id]


def unanswered(session: Session, intent_id: UUID) -> ChainAttempt | None:
    """Return the attempt that waits for the signer, or None."""
    return next((one for one in live_attempts(session, intent_id) if one.state == "asked"), None)


def give_back(session: Session, transaction: ChainTransaction) -> None:
    """Take back a nonce for which nothing was ever signed; nobody took a later one, since this one was in progress."""
    from_account = queries.account(session, transaction.chain_id, transaction.sender, lock=True)
    for attempt in live_attempts(session, transaction.intent_id):
        session.delete(attempt)
    session.flush()
    if from_account.next_nonce == transaction.nonce + 1:
        from_account.next_nonce = transaction.nonce
    session.delete(transaction)
    session.flush()


def offer(attempt: ChainAttempt) -> Offer:
    """Return what an attempt offers."""
    return Offer(attempt.max_fee, attempt.priority_fee)


def _attempt(session: Session, attempt_id: UUID) -> ChainAttempt:
    return session.get_one(ChainAttempt, (tenancy.tenant_id(), attempt_id), populate_existing=True)
