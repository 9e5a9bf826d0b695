"""Investing as JSON: whether one can, what has to be accepted, the pledge. Amounts are decimal strings."""

import hashlib
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint
from flask_babel import gettext as _
from pydantic import Field

from app.core import idempotency, money
from app.core.errors import Invalid
from app.core.scopes import Scope
from app.modules.deals import errors as deal_errors
from app.modules.deals import service as deals
from app.modules.deals.service import InvestableDeal
from app.modules.investments import errors, rules, service
from app.modules.investments.forms import ADDRESS, amount_sentence, risk_labels, wire
from app.modules.investments.models import Investment
from app.modules.investments.permissions import POLICY, Perm
from app.modules.investments.rules import Status
from app.modules.profiles.errors import NoSuchProfile
from app.web.access import requires
from app.web.current import current
from app.web.operations import Body, Shape, key_sent, operation

api = Blueprint("investing_api", __name__, url_prefix="/api/deals")


class InvestRequest(Body):
    """What has to be said to invest. `acceptTerms` stands for each risk and document that the pages ask one by one.

    Name them too, as `risks` and `documents` of the eligibility do, and it is checked that they are still all.
    """

    amount: str = Field(max_length=100)
    payment_method: Literal["wallet"] = "wallet"
    wallet_address: str = Field(max_length=100)
    accept_terms: bool = False
    profile_id: UUID | None = Field(default=None, description="In whose name: an id of GET /api/profile/profiles.")
    risks: list[str] | None = Field(default=None, max_length=50, description="Names of the risks that you understood.")
    documents: dict[UUID, str] | None = Field(
        default=None, max_length=50, description="Id and SHA-256 of each document that you accept."
    )


class Invested(Shape):
    """What was made; `transactionHash` is what a wallet said it sent."""

    id: UUID
    number: str | None
    status: str
    transaction_hash: str | None


class Pledged(Shape):
    """An investment, and the transactions that its payer's wallet signs, in their order."""

    success: bool = True
    investment: Invested
    transactions: list[dict[str, Any]]


class Condition(Shape):
    """One condition of taking part: passed, pending (no obstacle yet) or failed, and why."""

    name: str
    outcome: str
    reason: str


class Risk(Shape):
    """Something that has to be understood, in words."""

    name: str
    text: str


class Accepted(Shape):
    """A document that has to be accepted: this version of it, by its SHA-256."""

    id: UUID
    title: str
    sha256: str


class Eligibility(Shape):
    """Whether one can invest in a deal now, how much (decimal strings), and what one has to accept."""

    eligible: bool
    rules: list[Condition]
    currency: str
    min_investment: str
    max_investment: str | None
    available: str
    risks: list[Risk]
    documents: list[Accepted]


@api.get("/<uuid:deal_id>/eligibility")
@operation(summary="Whether you can invest", answer=Eligibility, scope=Scope.READ, problems=[deal_errors.DealNotFound])
@requires(Perm.PLEDGE, POLICY)
def eligibility(deal_id: UUID) -> Eligibility:
    """Answer with every condition of taking part and how you meet it now, and with what has to be accepted."""
    deal = deals.offered(current.session, actor=current.actor, deal_id=deal_id)
    asked = service.checks(
        current.session, actor=current.actor, deal=deal, settings=current.site.settings, now=current.now
    )
    offer, labels = service.room(deal), risk_labels()
    hashes = service.required_hashes(current.session, deal.id)
    return Eligibility(
        eligible=rules.is_eligible(asked),
        rules=[Condition(name=rule.name, outcome=rule.outcome.value, reason=rule.reason) for rule in asked],
        currency=deal.asset.code,
        min_investment=deal.asset.plain(offer.min_ticket),
        max_investment=None if offer.max_ticket is None else deal.asset.plain(offer.max_ticket),
        available=deal.asset.plain(max(0, offer.headroom)),
        risks=[Risk(name=name, text=labels[name]) for name in rules.risks_of(deal.kind)],
        documents=[
            Accepted(id=each.document_id, title=each.title, sha256=hashes[each.document_id])
            for each in deal.required_documents
        ],
    )


@api.post("/<uuid:deal_id>/invest")
@operation(
    summary="Invest",
    body=InvestRequest,
    answer=Pledged,
    status=201,
    scope=Scope.INVEST,
    key="own",
    problems=[
        deal_errors.DealNotFound, deal_errors.NotOpen, deal_errors.NoRoom, errors.NotEligible, errors.OpenInvestment,
        errors.AmountRefused, errors.HolderRefused, errors.PayerFixed, idempotency.KeyReused, NoSuchProfile,
    ],
    example={
        "amount": "10000",
        "paymentMethod": "wallet",
        "walletAddress": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        "acceptTerms": True,
    },
)  # fmt: skip
@requires(Perm.PLEDGE, POLICY)
def invest(deal_id: UUID, sent: InvestRequest) -> Pledged:
    """Pledge and prepare the payment. The transactions are for the caller's wallet; the key is kept for ever."""
    key = key_sent(required=True)
    _check(sent)
    deal = deals.offered(current.session, actor=current.actor, deal_id=deal_id)
    amount, offer = money.parse(sent.amount, deal.asset), service.room(deal)
    holder = f"|{sent.profile_id}" if sent.profile_id else ""  # keys of before profiles keep their digests
    digest = hashlib.sha256(f"{deal.id}|{amount}|{sent.wallet_address.lower()}{holder}".encode()).hexdigest()
    known = service.by_key(current.session, actor=current.actor, key=key, digest=digest)
    if known is None:
        problem = rules.amount_problem(amount, offer)
        if problem:
            raise Invalid(amount_sentence(problem, offer, deal.asset), fields={"amount": problem})
        hashes = service.required_hashes(current.session, deal.id)
        _check_accepted(sent, deal, hashes)
        known = service.invest(
            current.session,
            actor=current.actor,
            deal=deal,
            amount=amount,
            key=key,
            hashes=hashes,
            profile_id=sent.profile_id,
            settings=current.site.settings,
            now=current.now,
        )
    return _pledged(known, sent.wallet_address)


def _check(sent: InvestRequest) -> None:
    problems = {
        "walletAddress": _("Not an address.") if not ADDRESS.match(sent.wallet_address) else "",
        "acceptTerms": "" if sent.accept_terms else _("Accept the risks and documents of the deal: true."),
    }
    _refuse(problems)


def _check_accepted(sent: InvestRequest, deal: InvestableDeal, hashes: dict[UUID, str]) -> None:
    """Refuse what was accepted one by one unless it is what the deal asks for now."""
    risks = sent.risks is None or set(sent.risks) == set(rules.risks_of(deal.kind))
    documents = sent.documents is None or sent.documents == hashes
    problems = {
        "risks": "" if risks else _("Name each risk that the deal has now, and no other."),
        "documents": "" if documents else _("Name each document that has to be accepted now, with its SHA-256."),
    }
    _refuse(problems)


def _refuse(problems: dict[str, str]) -> None:
    wrong = {name: text for name, text in problems.items() if text}
    if wrong:
        raise Invalid(_("Some values are missing or wrong."), fields=wrong)


def _pledged(known: Investment, address: str) -> Pledged:
    prepared = (
        service.set_payer(
            current.session, actor=current.actor, investment_id=known.id, address=address, now=current.now
        )
        if known.status == Status.PLEDGED
        else []
    )
    made = Invested(id=known.id, number=known.number, status=known.status, transaction_hash=known.sent_hash)
    return Pledged(investment=made, transactions=[wire(each) for each in prepared])
