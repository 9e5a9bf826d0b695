"""Transactions that people's wallets sign, and the local chain's demo wallets."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.config import Settings
from app.integrations.chain import contracts, keys
from app.integrations.chain.port import Call
from app.modules.chain import queries
from app.modules.chain.errors import NoFactory, OnlyLocally
from app.modules.chain.models import ChainIntent
from app.modules.chain.rules import WITHOUT_EFFECT, ZERO_ADDRESS, PreparedTransaction
from app.modules.chain.service_intents import intend


def prepare_payment(
    session: Session,
    *,
    chain_id: int,
    investment_id: UUID,
    deal_id: UUID,
    payer: str,
    asset: str,
    amount: int,
    price: str,
) -> list[PreparedTransaction]:
    """Return what a payer's wallet signs to fund an escrow: an approval if the asset is a token, and the deposit.

    `price` says the amount in words. Raises NoFactory.
    """
    row = queries.factory(session, chain_id)
    if row is None:
        raise NoFactory
    native = asset == ZERO_ADDRESS
    factory = contracts.TenantFactory(row.address)
    deposit = factory.open_escrow(investment_id, deal_id, amount, payer=payer, value=amount if native else 0)
    calls = [(deposit, _("Move %(price)s into your own escrow contract", price=price))]
    if not native:
        approval = contracts.Token(asset).approve(row.address, amount)
        calls.insert(0, (approval, _("Allow this site’s contract to take exactly %(price)s", price=price)))
    return [prepared(chain_id, call, summary) for call, summary in calls]


def prepare_refund(*, chain_id: int, escrow_address: str, price: str) -> PreparedTransaction:
    """Return the call by which a payer takes money out of an escrow without the platform. `price` in words."""
    summary = _("Take %(price)s out of your escrow contract", price=price)
    return prepared(chain_id, contracts.Escrow(escrow_address).refund(), summary)


def demo_address(user_id: UUID, settings: Settings) -> str:
    """Return the address of a person's demo wallet. Raises OnlyLocally anywhere but on the local chain."""
    if not settings.is_local_chain:
        raise OnlyLocally
    return keys.demo_address(settings.secret_key, str(user_id))


def ask_demo_payment(
    session: Session,
    *,
    settings: Settings,
    user_id: UUID,
    investment_id: UUID,
    payer: str,
    asset: str,
    amount: int,
    transactions: Sequence[PreparedTransaction],
    now: datetime,
) -> list[ChainIntent]:
    """Let a person's demo wallet fund itself and sign `transactions` in order; a second request pays no second time.

    Raises OnlyLocally on other chains and for a payer that isn't the person's demo wallet.
    """
    if payer != demo_address(user_id, settings):
        raise OnlyLocally
    calls = [("demo.pay", Call(to=one.to, data=one.data, value=one.value)) for one in transactions]
    if asset != ZERO_ADDRESS:
        calls.insert(0, ("demo.mint", contracts.Token(asset).mint(payer, amount)))
    chain_id = transactions[0].chain_id
    return ask_demo(
        session,
        settings=settings,
        user_id=user_id,
        subject_id=investment_id,
        chain_id=chain_id,
        calls=calls,
        now=now,
    )


def ask_demo_refund(
    session: Session,
    *,
    settings: Settings,
    user_id: UUID,
    investment_id: UUID,
    transaction: PreparedTransaction,
    now: datetime,
) -> list[ChainIntent]:
    """Let a person's demo wallet take an escrow's money back. Raises OnlyLocally on other chains."""
    call = Call(to=transaction.to, data=transaction.data, value=transaction.value)
    return ask_demo(
        session,
        settings=settings,
        user_id=user_id,
        subject_id=investment_id,
        chain_id=transaction.chain_id,
        calls=[("demo.refund", call)],
        now=now,
    )


def ask_demo(
    session: Session,
    *,
    settings: Settings,
    user_id: UUID,
    subject_id: UUID,
    chain_id: int,
    calls: Sequence[tuple[str, Call]],
    now: datetime,
) -> list[ChainIntent]:
    """Ask for a demo wallet's calls in order. Another round begins only after the last one failed.

    Raises OnlyLocally on other chains.
    """
    if not settings.is_local_chain:
        raise OnlyLocally
    prefix, last = f"demo:{subject_id}:{calls[-1][0]}", f":{len(calls) - 1}"
    rounds = [one for one in queries.intents_about(session, subject_id) if one.key.startswith(prefix)]
    failed = sum(one.state in WITHOUT_EFFECT for one in rounds if one.key.endswith(last))
    asked: list[ChainIntent] = []
    for number, (kind, call) in enumerate(calls):
        asked.append(
            intend(
                session,
                key=f"{prefix}:{failed}:{number}",
                kind=kind,
                subject_id=subject_id,
                chain_id=chain_id,
                signer=f"{keys.DEMO}{user_id}",
                call=call,
                now=now,
                after_id=asked[-1].id if asked else None,
            )
        )
    return asked


def prepared(chain_id: int, call: Call, summary: str) -> PreparedTransaction:
    """Return a call as a wallet is asked to sign it."""
    assert call.to is not None
    return PreparedTransaction(chain_id=chain_id, to=call.to, data=call.data, value=call.value, summary=summary)
