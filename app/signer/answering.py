"""What the signer does about everything that waits for it. Each answer is one transaction of its own.

It is never told what to sign: it is woken, and loads intent, nonce and fees itself.
"""

import logging
from collections.abc import Callable
from functools import partial
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core.failpoints import failpoint
from app.integrations.chain.port import Call, Fees
from app.integrations.keys import transactions
from app.modules.chain import rules
from app.modules.chain.models import (
    ChainAccount,
    ChainAttempt,
    ChainContract,
    ChainInstallation,
    ChainIntent,
    ChainLog,
    ChainTransaction,
)
from app.modules.chain.models_freezes import PayoutFreeze
from app.modules.chain.models_signer import SignerDecision, SignerKey
from app.modules.chain.service_freezes import PAYOUTS, STANDING_STILL
from app.signer import installing, limits
from app.signer.allowed import Asked, Held, Known, Refused, allowed
from app.signer.desk import SignerDesk
from tenants.session import signer_session

log = logging.getLogger("portico.signer")


def answer_all(desk: SignerDesk) -> int:
    """Answer everything that waits; return how much was signed or told."""
    with signer_session() as session:
        session.execute(text("UPDATE platform.signer_state SET seen_at = :now"), {"now": desk.now()})
        names = list(session.scalars(select(SignerKey.name).where(SignerKey.address == "")))
        creations = list(session.scalars(select(ChainInstallation.name).where(ChainInstallation.tx_hash == "")))
        waiting = select(ChainAttempt.tenant_id, ChainAttempt.id).where(ChainAttempt.state == "asked")
        attempts = session.execute(waiting.order_by(ChainAttempt.asked_at, ChainAttempt.id)).all()
    work: list[Callable[[], bool]] = [partial(_tell, desk, name) for name in names]
    work += [partial(installing.answer, desk, name) for name in creations]
    work += [partial(_answer, desk, tenant_id, attempt_id) for tenant_id, attempt_id in attempts]
    return sum(_safely(one) for one in work)


def _safely(work: Callable[[], bool]) -> bool:
    """Do one piece of work; one that fails doesn't hold the others up, and is tried again."""
    try:
        return work()
    except DBAPIError:
        raise
    except Exception:
        log.exception("an answer failed; trying again")
        return False


def _tell(desk: SignerDesk, name: str) -> bool:
    """Make a key where it is missing, and tell its address."""
    with signer_session() as session:
        row = session.get_one(SignerKey, name, with_for_update=True, populate_existing=True)
        try:
            row.address, row.made_at = desk.keys.key(name).address, desk.now()
        except ValueError:
            log.warning("there can be no key named %r", name)
            return False
    return True


def _answer(desk: SignerDesk, tenant_id: UUID, attempt_id: UUID) -> bool:
    """Sign one attempt, refuse it for good, or leave it for later and say why."""
    with signer_session() as session:
        attempt = session.get(ChainAttempt, (tenant_id, attempt_id), with_for_update=True, populate_existing=True)
        if attempt is None or attempt.state != "asked":
            return False
        transaction = session.get_one(ChainTransaction, (tenant_id, attempt.transaction_id))
        intent = session.get_one(ChainIntent, (tenant_id, transaction.intent_id))
        failpoint("signer.loaded")
        cost = _cost(session, attempt, intent)
        try:
            desk.must_run(session)
            call = _checked(session, desk, intent, transaction, attempt, cost)
        except Held as held:
            if attempt.reason != str(held):
                attempt.reason = str(held)
                _decide(session, desk, intent, "held", str(held), cost)
            return False
        except Refused as refused:
            attempt.state, attempt.reason = "refused", str(refused)
            _decide(session, desk, intent, "refused", str(refused), cost)
            log.warning("refused %s of tenant %s: %s", intent.kind, tenant_id, refused)
            return False
        signed = transactions.sign(
            desk.keys.key(intent.signer),
            call,
            chain_id=intent.chain_id,
            nonce=transaction.nonce,
            gas=attempt.gas,
            fees=Fees(attempt.max_fee, attempt.priority_fee),
        )
        failpoint("signer.signed")
        attempt.state, attempt.reason, attempt.signed_at = "signed", "", desk.now()
        attempt.raw, attempt.tx_hash = signed.raw, signed.tx_hash
        _decide(session, desk, intent, "signed", "", cost, signed.tx_hash)
    failpoint("signer.committed")
    return True


def _checked(
    session: Session,
    desk: SignerDesk,
    intent: ChainIntent,
    transaction: ChainTransaction,
    attempt: ChainAttempt,
    cost: int,
) -> Call:
    """Return what may be signed. Raises Refused, Held."""
    own = desk.address(session, intent.signer)
    if intent.chain_id != desk.chain_id or transaction.chain_id != desk.chain_id:
        raise Refused(f"it is for chain {intent.chain_id}, this signer signs for {desk.chain_id}")
    if transaction.sender != own:
        raise Refused("the sender isn't the address of the key")
    account = session.get(ChainAccount, (intent.tenant_id, intent.chain_id, own))
    if account is None or transaction.nonce >= account.next_nonce:
        raise Refused(f"nonce {transaction.nonce} was given to nobody")
    if attempt.max_fee > rules.fee_cap(intent.kind) or attempt.priority_fee > attempt.max_fee:
        raise Refused(f"a unit of gas would cost {attempt.max_fee} wei, more than {rules.fee_cap(intent.kind)}")
    if attempt.gas > rules.MOST_GAS:
        raise Refused(f"it may use {attempt.gas} units of gas, more than {rules.MOST_GAS}")
    if attempt.purpose == "filler":
        if intent.signer != f"operator-{intent.tenant_id}" and not intent.signer.startswith("demo-"):
            raise Refused("the key isn't this tenant's")
        return Call(to=own, data="0x", value=0)
    if intent.state in rules.ENDED:
        raise Refused(f"the intent has ended: {intent.state}")
    if intent.is_carried:
        raise Refused("another transaction carries it")
    _allowed(session, desk, intent, own, cost)
    return Call(to=intent.target, data=intent.data, value=intent.value)


def _allowed(session: Session, desk: SignerDesk, intent: ChainIntent, own: str, cost: int) -> None:
    if intent.signer.startswith("demo-") and not desk.is_local:
        raise Refused("demo wallets exist on the local chain only")
    _must_flow(session, intent)
    recipient = allowed(_asked(intent), _known(session, intent, own))
    now = desk.now()
    if recipient:
        limits.must_be_known(session, desk, tenant_id=intent.tenant_id, address=recipient, now=now)
    if not intent.signer.startswith("demo-"):
        limits.must_fit(session, desk, tenant_id=intent.tenant_id, cost=cost, now=now)


def _asked(intent: ChainIntent) -> Asked:
    return Asked(
        tenant_id=intent.tenant_id,
        kind=intent.kind,
        subject_id=intent.subject_id,
        signer=intent.signer,
        target=intent.target,
        data=intent.data,
        value=intent.value,
        key=intent.key,
    )


def _carried(session: Session, intent: ChainIntent) -> list[Asked]:
    """Return what the intent carries. Raises Refused where one of that isn't wanted any more, or went by itself."""
    found = select(ChainIntent).where(
        ChainIntent.tenant_id == intent.tenant_id, ChainIntent.carried_by == intent.id, ~ChainIntent.alone
    )
    members = session.scalars(found.order_by(ChainIntent.id)).all()
    placed = select(ChainTransaction.id).where(
        ChainTransaction.tenant_id == intent.tenant_id,
        ChainTransaction.intent_id.in_([one.id for one in members]),
    )
    if session.scalars(placed).first() is not None:
        raise Refused("one that it carries went by itself")
    for one in members:
        if one.state in rules.ENDED or one.cancel_asked_at is not None:
            raise Refused("one that it carries isn't wanted any more")
        if one.chain_id != intent.chain_id:
            raise Refused("one that it carries is for another chain")
    return [_asked(one) for one in members]


def _must_flow(session: Session, intent: ChainIntent) -> None:
    """Raise Held for a payout of a tenant whose payouts stand still: nobody who can write intents gets around it."""
    still = select(PayoutFreeze.id).where(PayoutFreeze.tenant_id == intent.tenant_id, PayoutFreeze.lifted_at.is_(None))
    if intent.kind in PAYOUTS and session.scalars(still).first() is not None:
        raise Held(STANDING_STILL)


def _known(session: Session, intent: ChainIntent, own: str) -> Known:
    """Load what the tenant's own rows say about the contract that the intent names."""
    rows = session.scalars(
        select(ChainContract).where(
            ChainContract.tenant_id == intent.tenant_id, ChainContract.chain_id == intent.chain_id
        )
    ).all()
    opened = session.scalars(
        select(ChainLog.subject_id).where(
            ChainLog.tenant_id == intent.tenant_id,
            ChainLog.chain_id == intent.chain_id,
            ChainLog.subject_id == intent.subject_id,
            ChainLog.name == "EscrowOpened",
            ChainLog.state != "undone",
            ChainLog.args["escrow"].astext == intent.target,
        )
    ).all()
    money = select(ChainInstallation.address).where(
        ChainInstallation.chain_id == intent.chain_id, ChainInstallation.name.startswith("Demo")
    )
    forwarder = session.get(ChainInstallation, (intent.chain_id, "Forwarder"))
    return Known(
        factory=next((row.address for row in rows if row.kind == "factory"), ""),
        sales={row.address: row.deal_id for row in rows if row.kind == "sale" and row.deal_id is not None},
        escrows=dict.fromkeys([intent.target] if opened else [], intent.subject_id),
        money=frozenset(session.scalars(money)),
        own_address=own,
        chain_id=intent.chain_id,
        forwarder=forwarder.address if forwarder is not None else "",
        carried=_carried(session, intent) if intent.kind == rules.RELEASES else (),
    )


def _cost(session: Session, attempt: ChainAttempt, intent: ChainIntent) -> int:
    """Return what signing adds to the most this nonce can cost: a bump replaces what was signed before."""
    most = attempt.gas * attempt.max_fee + (intent.value if attempt.purpose == "effect" else 0)
    before = session.scalars(
        select(ChainAttempt).where(
            ChainAttempt.tenant_id == attempt.tenant_id,
            ChainAttempt.transaction_id == attempt.transaction_id,
            ChainAttempt.tx_hash.is_not(None),
        )
    )
    spent = max((one.gas * one.max_fee + (intent.value if one.purpose == "effect" else 0) for one in before), default=0)
    return max(most - spent, 0)


def _decide(
    session: Session, desk: SignerDesk, intent: ChainIntent, verdict: str, reason: str, cost: int, tx_hash: str = ""
) -> None:
    session.add(
        SignerDecision(
            at=desk.now(),
            tenant_id=intent.tenant_id,
            chain_id=intent.chain_id,
            key_name=intent.signer,
            kind=intent.kind,
            subject=str(intent.id),
            verdict=verdict,
            reason=reason,
            cost=0 if intent.signer.startswith("demo-") else cost,
            tx_hash=tx_hash,
        )
    )
