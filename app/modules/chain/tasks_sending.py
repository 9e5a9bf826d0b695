"""The life of a transaction: prepared → signed → broadcast → mined → confirmed → final, one step a push.

Signed bytes are committed before they are first sent, so sending is repeatable; whatever a node answers, the hashes of
all attempts decide what happened (docs/transactions.md). Nothing here holds a session across a call.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.failpoints import failpoint
from app.core.tasks import TaskContext
from app.integrations.chain.port import Call, CallReverted, Chain, SendRefused
from app.modules.chain import (
    queries,
    rules,
    service,
    service_carrying,
    service_freezes,
    tasks_carrying,
    tasks_settling,
    tasks_signing,
)
from app.modules.chain.models import ChainAccount, ChainAttempt, ChainIntent, ChainTransaction
from app.modules.chain.rules import Offer
from tenants import context as tenancy

BUMP_AFTER = timedelta(seconds=60)
RESEND_AFTER = timedelta(seconds=10)
_MARGIN = 130  # per cent of the estimated gas that a transaction may use
_LOCAL_COIN = 10**18  # wei that local keys are kept supplied with


def push(context: TaskContext, intent_id: UUID) -> str:
    """Bring an intent as far as the chain allows now, and return its state. Raises ChainUnavailable.

    One that goes together with others is brought on by pushing the intent that carries it.
    """
    carrier_id = tasks_carrying.carrier(context, intent_id)
    if carrier_id is not None:
        push(context, carrier_id)
    with context.session() as session:
        state = queries.intent(session, intent_id).state
    if carrier_id is not None:
        return state
    if state == "prepared":
        state = _sign(context, intent_id)
    if state == "signed":
        state = _send(context, intent_id)
    if state in ("broadcast", "mined", "confirmed"):
        state = tasks_settling.look(context, intent_id)
    if state == "broadcast" and _is_late(context, intent_id):
        _bump(context, intent_id)
    if state == "broadcast" and _is_silent(context, intent_id):
        state = _send(context, intent_id)
    return state


def _sign(context: TaskContext, intent_id: UUID) -> str:
    """Ask the chain whether the call would succeed, take a nonce, and ask the signer for bytes."""
    with context.session() as session:
        intent = queries.intent(session, intent_id)
        asked = next(iter(tasks_signing.live_attempts(session, intent_id)), None)
        if asked is None and intent.after_id is not None:
            earlier = queries.intent(session, intent.after_id)
            if earlier.state in rules.WITHOUT_EFFECT:
                service.refuse(session, intent, state="refused", error=earlier.error, now=context.now())
                return "refused"
            if not (earlier.state in rules.IN_A_BLOCK and earlier.succeeded):
                return "prepared"
        if asked is None and service_freezes.payout_must_wait(session, intent.kind):
            return "prepared"
    if asked is None:
        state, asked = _ask(context, intent)
        if asked is None:
            return state
    answered = tasks_signing.await_answer(context, asked.id)
    with context.session() as session:
        intent = queries.intent(session, intent_id, lock=True)
        if intent.state == "prepared":
            _take_answer(session, intent, answered, context.now())
        return intent.state


def _ask(context: TaskContext, intent: ChainIntent) -> tuple[str, ChainAttempt | None]:
    """Commit a nonce and the request to sign for it; return the intent's state, and None where nothing was asked."""
    chain: Chain = context.ports.chain
    sender = context.ports.keys.address(intent.signer)
    if context.settings.is_local_chain:
        chain.grant_coin(sender, _LOCAL_COIN + intent.value)
    call = Call(to=intent.target or None, data=intent.data, value=intent.value)
    try:
        gas = chain.estimate(call, sender=sender) * _MARGIN // 100
    except CallReverted as refused:
        with context.session() as session:
            intent = queries.intent(session, intent.id, lock=True)
            if intent.state == "prepared" and not intent.is_carried:
                service.refuse(session, intent, state="refused", error=refused.words, now=context.now())
            return intent.state, None
    going, used = chain.fees(), chain.nonce(sender, at="latest")
    offer = rules.capped(Offer(going.max_fee, going.priority_fee), intent.kind)
    too_much = intent.kind == rules.RELEASES and tasks_carrying.exceeds_limits(context, gas * offer.max_fee)
    with context.session() as session:
        intent = queries.intent(session, intent.id, lock=True)
        if intent.state != "prepared" or intent.is_carried or queries.transaction(session, intent.id) is not None:
            return intent.state, next(iter(tasks_signing.live_attempts(session, intent.id)), None)
        if too_much:
            service.refuse(session, intent, state="refused", error="TooMuchTogether", now=context.now())
            return "refused", None
        transaction = _take_place(session, intent, sender, used, context.now())
        if transaction is None:
            return "prepared", None
        asked = service.ask_signature(session, transaction, purpose="effect", gas=gas, offer=offer, now=context.now())
        failpoint("sign.uncommitted")
    return "prepared", asked


def _take_place(
    session: Session, intent: ChainIntent, sender: str, used: int, now: datetime
) -> ChainTransaction | None:
    """Take the next nonce under the account's lock; None while another of the sender's isn't with a node yet.

    `used`, the count of mined ones, only ever raises it; what a node has waiting is never asked.
    """
    key = {"tenant_id": tenancy.tenant_id(), "chain_id": intent.chain_id, "address": sender}
    session.execute(insert(ChainAccount).values(**key, next_nonce=used).on_conflict_do_nothing())
    account = queries.account(session, intent.chain_id, sender, lock=True)
    if queries.in_progress(session, intent.chain_id, sender) is not None:
        return None
    nonce = max(account.next_nonce, used)
    account.next_nonce = nonce + 1
    transaction = ChainTransaction(
        intent_id=intent.id, chain_id=intent.chain_id, sender=sender, nonce=nonce, state="in_progress", created_at=now
    )
    session.add(transaction)
    session.flush()
    return transaction


def _take_answer(session: Session, intent: ChainIntent, answered: ChainAttempt, now: datetime) -> None:
    """Go on with what the signer said. A refusal gives the nonce back: nothing was ever signed for it."""
    if answered.state == "signed":
        intent.state, intent.error, intent.alert, intent.updated_at = "signed", "", "", now
        service_carrying.share(session, intent, now)
    elif answered.state == "refused":
        transaction = queries.transaction(session, intent.id)
        assert transaction is not None
        tasks_signing.give_back(session, transaction)
        state = "cancelled" if intent.cancel_asked_at else "refused"
        service.refuse(session, intent, state=state, error=answered.reason, now=now)
    elif answered.reason:
        tasks_settling.alert(session, intent, "held", answered.reason)


def _send(context: TaskContext, intent_id: UUID) -> str:
    """Broadcast the newest signed attempt. What a node says against it is a question that the hashes answer."""
    with context.session() as session:
        newest = _newest(session, intent_id)
        if newest is None:
            return queries.intent(session, intent_id).state
    assert newest.raw is not None
    doubt = ""
    failpoint("send.before")
    try:
        context.ports.chain.send(newest.raw)
    except SendRefused as refused:
        doubt = refused.why
        if doubt in ("poor", "other"):
            with context.session() as session:
                intent = queries.intent(session, intent_id, lock=True)
                intent.error = str(refused)
                if doubt == "poor":
                    tasks_settling.alert(session, intent, "poor", str(refused))
            return "broadcast" if intent.state == "broadcast" else tasks_settling.lost(context, intent_id)
    failpoint("send.after")
    with context.session() as session:
        intent = queries.intent(session, intent_id, lock=True)
        if intent.state in ("signed", "broadcast"):
            _note_sent(session, intent, newest, context.now())
    failpoint("send.noted")
    return tasks_settling.lost(context, intent_id) if doubt == "nonce-too-low" else intent.state


def _note_sent(session: Session, intent: ChainIntent, sent: ChainAttempt, now: datetime) -> None:
    transaction = queries.transaction(session, intent.id)
    assert transaction is not None
    if intent.state == "signed":
        intent.state, intent.error, intent.updated_at = "broadcast", "", now
    if transaction.state == "in_progress":
        transaction.state = "unconfirmed"
    attempt = session.get_one(ChainAttempt, (sent.tenant_id, sent.id), populate_existing=True)
    attempt.sent_at = now
    if attempt.state == "signed":
        attempt.state = "sent"
    service_carrying.share(session, intent, now)


def _newest(session: Session, intent_id: UUID) -> ChainAttempt | None:
    return next((one for one in tasks_signing.live_attempts(session, intent_id) if one.raw is not None), None)


def _is_silent(context: TaskContext, intent_id: UUID) -> bool:
    with context.session() as session:
        newest = _newest(session, intent_id)
    return newest is not None and (newest.sent_at is None or context.now() - newest.sent_at > RESEND_AFTER)


def _is_late(context: TaskContext, intent_id: UUID) -> bool:
    with context.session() as session:
        newest = next(iter(tasks_signing.live_attempts(session, intent_id)), None)
    return newest is not None and context.now() - newest.asked_at > BUMP_AFTER


def _bump(context: TaskContext, intent_id: UUID) -> None:
    """Ask for more at the same nonce, up to the cap; at most one of the attempts can be mined."""
    tasks_settling.fill_gap(context, intent_id)
    going = context.ports.chain.fees()
    with context.session() as session:
        intent = queries.intent(session, intent_id, lock=True)
        attempts = tasks_signing.live_attempts(session, intent_id)
        signed = [one for one in attempts if one.raw is not None]
        transaction = queries.transaction(session, intent_id)
        if intent.state != "broadcast" or transaction is None or not signed:
            return
        asked = next((one for one in attempts if one.state == "asked"), None)
        if asked is None:
            last, first = tasks_signing.offer(signed[0]), tasks_signing.offer(signed[-1])
            offer = rules.raised(last, first=first, going=Offer(going.max_fee, going.priority_fee), kind=intent.kind)
            if offer is None:
                tasks_settling.alert(session, intent, "fee-cap", "the highest fee is offered, and no block took it yet")
                return
            gas, purpose = signed[0].gas, signed[0].purpose
            asked = service.ask_signature(
                session, transaction, purpose=purpose, gas=gas, offer=offer, now=context.now()
            )
    answered = tasks_signing.await_answer(context, asked.id)
    if answered.reason:
        with context.session() as session:
            intent = queries.intent(session, intent_id, lock=True)
            tasks_settling.alert(session, intent, "held", answered.reason)
