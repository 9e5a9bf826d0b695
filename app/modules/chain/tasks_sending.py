"""The life of a transaction: prepared → signed → broadcast → mined → final, one step further each time it is pushed.

Signed bytes are committed before they are first sent, so sending is repeatable; whatever a node answers, the hashes of
all attempts decide what happened (docs: the life of a transaction). Nothing here holds a session across a call.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import outbox
from app.core.tasks import TaskContext
from app.integrations.chain.port import Call, CallReverted, Chain, Fees, Receipt, SendRefused
from app.modules.chain import queries, service
from app.modules.chain.events import TransactionFinal
from app.modules.chain.models import ChainAccount, ChainAttempt, ChainIntent, ChainTransaction
from tenants import context as tenancy

BUMP_AFTER = timedelta(seconds=60)
BUMPS = 6
RESEND_AFTER = timedelta(seconds=10)
_MARGIN = 130  # per cent of the estimated gas that a transaction may use
_LOCAL_COIN = 10**18  # wei that local keys are kept supplied with


def push(context: TaskContext, intent_id: UUID) -> str:
    """Bring an intent as far as the chain allows now, and return its state. Raises ChainUnavailable."""
    with context.session() as session:
        state = queries.intent(session, intent_id).state
    if state == "prepared":
        state = _sign(context, intent_id)
    if state == "signed":
        state = _send(context, intent_id)
    if state in ("broadcast", "mined"):
        state = _look(context, intent_id)
    if state == "broadcast" and _is_silent(context, intent_id):
        state = _send(context, intent_id)
    return state


def _sign(context: TaskContext, intent_id: UUID) -> str:
    """Ask the chain whether the call would succeed, take a nonce and commit the signed bytes."""
    with context.session() as session:
        intent = queries.intent(session, intent_id)
        if intent.after_id is not None:
            earlier = queries.intent(session, intent.after_id)
            if earlier.state in ("refused", "reverted"):
                service.refuse(session, intent, state="refused", error=earlier.error, now=context.now())
                return "refused"
            if not (earlier.state in ("mined", "final") and earlier.succeeded):
                return "prepared"
    chain: Chain = context.ports.chain
    sender = context.ports.keys.address(intent.signer)
    if context.settings.is_local_chain:
        chain.grant_coin(sender, _LOCAL_COIN + intent.value)
    call = _call(intent)
    try:
        gas = chain.estimate(call, sender=sender) * _MARGIN // 100
    except CallReverted as refused:
        with context.session() as session:
            intent = queries.intent(session, intent_id, lock=True)
            if intent.state == "prepared":
                service.refuse(session, intent, state="refused", error=refused.words, now=context.now())
            return intent.state
    fees, used = chain.fees(), chain.nonce(sender, at="latest")
    with context.session() as session:
        intent = queries.intent(session, intent_id, lock=True)
        if intent.state == "prepared":
            nonce = _take_nonce(session, intent.chain_id, sender, used)
            transaction = ChainTransaction(
                intent_id=intent.id, chain_id=intent.chain_id, sender=sender, nonce=nonce, created_at=context.now()
            )
            session.add(transaction)
            session.flush()
            _attempt(context, session, intent, transaction, gas=gas, fees=fees)
            intent.state, intent.updated_at = "signed", context.now()
        return intent.state


def _take_nonce(session: Session, chain_id: int, sender: str, used: int) -> int:
    """Take the next nonce under the account's lock. `used`, the count of mined ones, only ever raises it."""
    key = {"tenant_id": tenancy.tenant_id(), "chain_id": chain_id, "address": sender}
    session.execute(insert(ChainAccount).values(**key, next_nonce=used).on_conflict_do_nothing())
    account = session.get_one(ChainAccount, tuple(key.values()), with_for_update=True, populate_existing=True)
    nonce = max(account.next_nonce, used)
    account.next_nonce = nonce + 1
    return nonce


def _attempt(
    context: TaskContext, session: Session, intent: ChainIntent, transaction: ChainTransaction, *, gas: int, fees: Fees
) -> None:
    signed = context.ports.keys.sign(
        intent.signer, _call(intent), chain_id=intent.chain_id, nonce=transaction.nonce, gas=gas, fees=fees
    )
    session.add(
        ChainAttempt(
            transaction_id=transaction.id,
            tx_hash=signed.tx_hash,
            raw=signed.raw,
            gas=gas,
            max_fee=fees.max_fee,
            priority_fee=fees.priority_fee,
            signed_at=context.now(),
        )
    )
    session.flush()


def _send(context: TaskContext, intent_id: UUID) -> str:
    """Broadcast the newest attempt. What a node says against it is a question that `_look` answers."""
    with context.session() as session:
        newest = queries.attempts(session, intent_id)[0]
    doubt = ""
    try:
        context.ports.chain.send(newest.raw)
    except SendRefused as refused:
        doubt = refused.why
        if doubt in ("poor", "other"):
            with context.session() as session:
                intent = queries.intent(session, intent_id, lock=True)
                intent.error = str(refused)
            return "broadcast" if intent.state == "broadcast" else _lost(context, intent_id)
    with context.session() as session:
        intent = queries.intent(session, intent_id, lock=True)
        if intent.state == "signed":
            intent.state, intent.error, intent.updated_at = "broadcast", "", context.now()
        attempt = queries.attempts(session, intent_id)[0]
        attempt.sent_at = context.now()
    return _lost(context, intent_id) if doubt == "nonce-too-low" else intent.state


def _lost(context: TaskContext, intent_id: UUID) -> str:
    """The node knows a later nonce: an attempt of ours is in a block, or something else took the place for good."""
    if _receipt(context, intent_id) is not None:
        return "broadcast"
    with context.session() as session:
        transaction = queries.transaction(session, intent_id)
        state = queries.intent(session, intent_id).state
    assert transaction is not None
    if context.ports.chain.nonce(transaction.sender, at="finalized") <= transaction.nonce:
        return state
    if _receipt(context, intent_id) is not None:
        return "broadcast"
    with context.session() as session:
        intent = queries.intent(session, intent_id, lock=True)
        words = f"another transaction took the place of nonce {transaction.nonce}"
        service.refuse(session, intent, state="refused", error=words, now=context.now())
    return "refused"


def _look(context: TaskContext, intent_id: UUID) -> str:
    """Ask whether an attempt is in a block and whether that block is final; a mined one may fall out again."""
    final = context.ports.chain.block("finalized")
    receipt = _receipt(context, intent_id)
    with context.session() as session:
        intent = queries.intent(session, intent_id, lock=True)
        if intent.state not in ("signed", "broadcast", "mined"):
            return intent.state
        if receipt is None:
            if intent.state == "mined":
                intent.state, intent.block_number, intent.succeeded = "signed", None, None
            elif _is_late(session, intent, context.now()):
                _bump(context, session, intent)
            return intent.state
        _note(intent, receipt, context.now())
        if final is not None and receipt.block_number <= final.number:
            _settle(session, intent, context.now())
        return intent.state


def _note(intent: ChainIntent, receipt: Receipt, now: datetime) -> None:
    if intent.state != "mined" or intent.block_hash != receipt.block_hash:
        intent.state, intent.error, intent.updated_at = "mined", "", now
    intent.tx_hash, intent.block_number, intent.block_hash = receipt.tx_hash, receipt.block_number, receipt.block_hash
    intent.succeeded, intent.gas_used, intent.gas_price = receipt.succeeded, receipt.gas_used, receipt.gas_price


def _settle(session: Session, intent: ChainIntent, now: datetime) -> None:
    if not intent.succeeded:
        service.refuse(session, intent, state="reverted", error="the contract refused in the block", now=now)
        return
    intent.state, intent.updated_at = "final", now
    session.flush()
    done = TransactionFinal(intent_id=intent.id, kind=intent.kind, subject_id=intent.subject_id, tx_hash=intent.tx_hash)
    outbox.record(session, done)


def _is_silent(context: TaskContext, intent_id: UUID) -> bool:
    with context.session() as session:
        sent_at = queries.attempts(session, intent_id)[0].sent_at
    return sent_at is None or context.now() - sent_at > RESEND_AFTER


def _is_late(session: Session, intent: ChainIntent, now: datetime) -> bool:
    attempts = queries.attempts(session, intent.id)
    return len(attempts) <= BUMPS and now - attempts[0].signed_at > BUMP_AFTER


def _bump(context: TaskContext, session: Session, intent: ChainIntent) -> None:
    """Sign again at the same nonce for an eighth more; at most one of the attempts can be mined."""
    transaction, last = queries.transaction(session, intent.id), queries.attempts(session, intent.id)[0]
    assert transaction is not None
    fees = Fees(max_fee=last.max_fee * 9 // 8 + 1, priority_fee=last.priority_fee * 9 // 8 + 1)
    _attempt(context, session, intent, transaction, gas=last.gas, fees=fees)
    intent.state, intent.updated_at = "signed", context.now()


def _receipt(context: TaskContext, intent_id: UUID) -> Receipt | None:
    with context.session() as session:
        hashes = [attempt.tx_hash for attempt in queries.attempts(session, intent_id)]
    found = (context.ports.chain.receipt(tx_hash) for tx_hash in hashes)
    return next((receipt for receipt in found if receipt is not None), None)


def _call(intent: ChainIntent) -> Call:
    return Call(to=intent.target or None, data=intent.data, value=intent.value)
