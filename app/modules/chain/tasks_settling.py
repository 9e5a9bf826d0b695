"""What became of a transaction: the hashes of all its attempts decide, whatever a node said about sending it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import outbox
from app.core.failpoints import failpoint
from app.core.tasks import TaskContext
from app.integrations.chain.port import Chain, Receipt
from app.modules.chain import queries, rules, service, service_carrying, tasks_signing
from app.modules.chain.events import TransactionFinal, TransactionStuck
from app.modules.chain.models import ChainIntent, ChainTransaction
from app.modules.chain.rules import Offer
from tenants import ids


def look(context: TaskContext, intent_id: UUID) -> str:
    """Ask whether an attempt is in a block and whether that block is final; a mined one may fall out again."""
    chain: Chain = context.ports.chain
    final = chain.block("finalized")
    receipt = _receipt(context, intent_id)
    head = chain.block("latest") if receipt else None
    failpoint("look.asked")
    with context.session() as session:
        intent = queries.intent(session, intent_id, lock=True)
        if intent.state not in ("signed", "broadcast", "mined", "confirmed"):
            return intent.state
        if receipt is None:
            if intent.state in ("mined", "confirmed"):
                _fell_out(session, intent, context.now())
                service_carrying.share(session, intent, context.now())
            return intent.state
        _note(session, intent, receipt, context.now())
        if final is not None and receipt.block_number <= final.number:
            _settle(session, intent, receipt, context.now())
        elif head is not None and head.number - receipt.block_number + 1 >= rules.CONFIRMED_AT:
            intent.state = "confirmed"
        service_carrying.share(session, intent, context.now())
        failpoint("look.uncommitted")
    failpoint("look.noted")
    return intent.state


def lost(context: TaskContext, intent_id: UUID) -> str:
    """The node knows a later nonce: an attempt of ours is in a block, or something else took the place for good."""
    if _receipt(context, intent_id) is not None:
        return "broadcast"
    with context.session() as session:
        transaction = queries.transaction(session, intent_id)
        state = queries.intent(session, intent_id).state
    if transaction is None or context.ports.chain.nonce(transaction.sender, at="finalized") <= transaction.nonce:
        return state
    if _receipt(context, intent_id) is not None:
        return "broadcast"
    with context.session() as session:
        intent = queries.intent(session, intent_id, lock=True)
        if intent.state not in ("signed", "broadcast"):
            return intent.state
        _replan(session, intent, context.now())
        return intent.state


def alert(session: Session, intent: ChainIntent, code: str, words: str) -> None:
    """Say that a transaction needs a person: `held`, `poor`, `fee-cap` or `nonce-taken`.

    People are told once until it goes on, also where its reasons take turns; its page says the newest.
    """
    was_told = bool(intent.alert)
    intent.error, intent.alert = words, code
    if was_told:
        return
    session.flush()
    stuck = TransactionStuck(intent_id=intent.id, kind=intent.kind, subject_id=intent.subject_id, why=code)
    outbox.record(session, stuck)


def fill_gap(context: TaskContext, intent_id: UUID) -> None:
    """Use up a nonce below ours that nobody holds: a reorganisation took the stranger's transaction that had it."""
    with context.session() as session:
        transaction = queries.transaction(session, intent_id)
        signer = queries.intent(session, intent_id).signer
    if transaction is None:
        return
    chain: Chain = context.ports.chain
    free = chain.nonce(transaction.sender, at="latest")
    if free >= transaction.nonce:
        return
    going = chain.fees()
    with context.session() as session:
        queries.account(session, transaction.chain_id, transaction.sender, lock=True)
        if queries.nonce_is_ours(session, transaction.chain_id, transaction.sender, free):
            return
        if queries.in_progress(session, transaction.chain_id, transaction.sender) is not None:
            return
        filler = _filler_intent(session, transaction, free, signer, context.now())
        offer = rules.capped(Offer(going.max_fee, going.priority_fee), "nonce.fill")
        service.ask_signature(session, filler, purpose="filler", gas=rules.FILLER_GAS, offer=offer, now=context.now())


def _filler_intent(
    session: Session, beside: ChainTransaction, nonce: int, signer: str, now: datetime
) -> ChainTransaction:
    intent = ChainIntent(
        key=f"fill:{beside.chain_id}:{beside.sender}:{nonce}",
        kind="nonce.fill",
        subject_id=ids.new(),
        chain_id=beside.chain_id,
        signer=signer,
        target=beside.sender,
        data="0x",
        value=0,
        created_at=now,
        updated_at=now,
    )
    session.add(intent)
    session.flush()
    filler = ChainTransaction(
        intent_id=intent.id, chain_id=beside.chain_id, sender=beside.sender, nonce=nonce, created_at=now
    )
    session.add(filler)
    session.flush()
    return filler


def _note(session: Session, intent: ChainIntent, receipt: Receipt, now: datetime) -> None:
    if intent.state not in ("mined", "confirmed") or intent.block_hash != receipt.block_hash:
        intent.state, intent.error, intent.alert, intent.updated_at = "mined", "", "", now
    intent.tx_hash, intent.block_number, intent.block_hash = receipt.tx_hash, receipt.block_number, receipt.block_hash
    intent.gas_used, intent.gas_price = receipt.gas_used, receipt.gas_price
    mined = next(one for one in tasks_signing.live_attempts(session, intent.id) if one.tx_hash == receipt.tx_hash)
    intent.succeeded = receipt.succeeded and (mined.purpose == "effect" or intent.kind == "nonce.fill")
    mined.state = "mined"
    transaction = queries.transaction(session, intent.id)
    assert transaction is not None
    if transaction.state == "in_progress":
        transaction.state = "unconfirmed"


def _fell_out(session: Session, intent: ChainIntent, now: datetime) -> None:
    """A reorganisation took the block: the same bytes go out again, at once."""
    intent.state, intent.updated_at = "broadcast", now
    intent.block_number, intent.block_hash, intent.succeeded = None, "", None
    intent.gas_used, intent.gas_price = None, None
    for attempt in tasks_signing.live_attempts(session, intent.id):
        if attempt.state == "mined":
            attempt.state = "sent"
        attempt.sent_at = None


def _settle(session: Session, intent: ChainIntent, receipt: Receipt, now: datetime) -> None:
    """The block is final: what the mined attempt was decides how the intent ends."""
    transaction = queries.transaction(session, intent.id)
    assert transaction is not None
    transaction.state = "done"
    purpose = "effect"
    for attempt in tasks_signing.live_attempts(session, intent.id):
        if attempt.tx_hash == receipt.tx_hash:
            attempt.state, purpose = "final", attempt.purpose
        elif attempt.state != "refused":
            attempt.state = "replaced" if attempt.raw is not None else "refused"
    if purpose == "filler" and intent.kind != "nonce.fill":
        service.refuse(session, intent, state="cancelled", error="cancelled", now=now)
    elif not intent.succeeded:
        service.refuse(session, intent, state="reverted", error="the contract refused in the block", now=now)
    else:
        intent.state, intent.updated_at = "final", now
        session.flush()
        done = TransactionFinal(
            intent_id=intent.id, kind=intent.kind, subject_id=intent.subject_id, tx_hash=intent.tx_hash
        )
        outbox.record(session, done)


def _replan(session: Session, intent: ChainIntent, now: datetime) -> None:
    """None of our attempts can ever be mined: take another place, unless that happened too often or isn't wanted."""
    transaction = queries.transaction(session, intent.id)
    assert transaction is not None
    words = f"another transaction took the place of nonce {transaction.nonce}"
    for attempt in tasks_signing.live_attempts(session, intent.id):
        attempt.state = "dropped" if attempt.raw is not None else "refused"
    transaction.state = "lost"
    session.flush()
    if intent.cancel_asked_at is not None:
        service.refuse(session, intent, state="cancelled", error="cancelled", now=now)
    elif intent.replans >= rules.REPLANS or intent.kind == "nonce.fill":
        service.refuse(session, intent, state="replaced", error=words, now=now)
    else:
        intent.state, intent.replans, intent.updated_at = "prepared", intent.replans + 1, now
        service_carrying.share(session, intent, now)
        alert(session, intent, "nonce-taken", words)


def _receipt(context: TaskContext, intent_id: UUID) -> Receipt | None:
    with context.session() as session:
        attempts = tasks_signing.live_attempts(session, intent_id)
    hashes = [attempt.tx_hash for attempt in attempts if attempt.tx_hash is not None]
    found = (context.ports.chain.receipt(tx_hash) for tx_hash in hashes)
    return next((receipt for receipt in found if receipt is not None), None)
