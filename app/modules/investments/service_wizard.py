"""From the first question to the pledge: one transaction reserves room, numbers the investment and tells the world."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import idempotency, jobs, outbox
from app.core.permissions import Actor
from app.modules.accounts import service as accounts
from app.modules.audit import service as audit
from app.modules.compliance import service as compliance
from app.modules.deals import service as deals
from app.modules.deals.service import InvestableDeal
from app.modules.documents import service as documents
from app.modules.investments import queries, rules
from app.modules.investments import service_holders as holders
from app.modules.investments.errors import AmountRefused, NotEligible, OpenInvestment, Unanswered
from app.modules.investments.events import InvestmentPledged
from app.modules.investments.models import Investment, InvestmentCounter
from app.modules.investments.permissions import POLICY, Perm
from app.modules.investments.rules import Facts, Offer, Rule, Step, Verb
from tenants import context, ids
from tenants.settings import TenantSettings

PLEDGING = "investments.pledge"
INVESTING = "investments.invest"


def checks(
    session: Session, *, actor: Actor, deal: InvestableDeal, settings: TenantSettings, now: datetime
) -> list[Rule]:
    """Return every condition of taking part in the deal, with how this person meets it now."""
    user_id = actor.require_id()
    person = accounts.person(session, user_id)
    standing = compliance.status_of(session, user_id, now)
    facts = Facts(
        email_verified=person.email_verified,
        country=person.country,
        is_issuer=deal.issuer_id == user_id,
        deal_status=deal.status,
        opens_at=deal.opens_at,
        closes_at=deal.closes_at,
        headroom=deal.headroom,
        min_ticket=deal.min_ticket,
        level_reached=standing.level.at_least(settings.required_level),
        verification=standing.status.value,
        invest_while_pending=settings.invest_while_pending,
        blocked_countries={*settings.blocked_countries, *deal.blocked_countries},
        eligible_countries=set(deal.eligible_countries),
    )
    return rules.eligibility(facts, now=now)


def room(deal: InvestableDeal) -> Offer:
    """Return how much can be invested in the deal now."""
    grain = 10 ** max(0, deal.asset.decimals - deal.asset.display_decimals)
    return Offer(min_ticket=deal.min_ticket, max_ticket=deal.max_ticket, headroom=deal.headroom, grain=grain)


def begin(
    session: Session, *, actor: Actor, deal: InvestableDeal, settings: TenantSettings, now: datetime
) -> Investment:
    """Return the person's open order in this deal, or a new draft. Raises NotEligible, Forbidden."""
    POLICY.must(actor, Perm.PLEDGE)
    user_id = actor.require_id()
    known = queries.open_order(session, user_id=user_id, deal_id=deal.id)
    if known is not None:
        return known
    if not rules.is_eligible(checks(session, actor=actor, deal=deal, settings=settings, now=now)):
        raise NotEligible
    draft = _draft(deal, user_id=user_id, now=now)
    try:
        with session.begin_nested():
            session.add(draft)
    except IntegrityError:  # another tab was faster: the index allows one open order, which is the one to go on with
        winner = queries.open_order(session, user_id=user_id, deal_id=deal.id)
        if winner is None:
            raise
        return winner
    return draft


def _draft(deal: InvestableDeal, *, user_id: UUID, now: datetime) -> Investment:
    return Investment(
        deal_id=deal.id,
        deal_slug=deal.slug,
        deal_title=deal.title,
        deal_kind=deal.kind,
        user_id=user_id,
        key=ids.new().hex,
        asset_code=deal.asset.code,
        asset_decimals=deal.asset.decimals,
        asset_display=deal.asset.display_decimals,
        asset_chain_id=deal.asset.chain_id,
        asset_contract=deal.asset.contract,
        price=deal.unit_price,
        token_decimals=deal.token_decimals,
        started_at=now,
        changed_at=now,
    )


def set_amount(session: Session, *, actor: Actor, investment_id: UUID, amount: int, now: datetime) -> Investment:
    """Keep how much, in base units. Raises UnknownInvestment, NotPossibleNow, Forbidden or AmountRefused."""
    draft = _own_draft(session, actor, investment_id)
    deal = deals.for_investment(session, draft.deal_id)
    problem = rules.amount_problem(amount, room(deal))
    if problem:
        raise AmountRefused(problem)
    draft.amount, draft.tokens = amount, deal.tokens_for(amount)
    return _answered(session, draft, Step.AMOUNT, now)


def answer(
    session: Session, *, actor: Actor, investment_id: UUID, step: Step, value: Mapping[str, Any] | str, now: datetime
) -> Investment:
    """Keep a step's answer. Raises UnknownInvestment, NotPossibleNow, Forbidden or Unanswered (a step was left out)."""
    draft = _own_draft(session, actor, investment_id)
    if step.number > Step(draft.step).number:
        raise Unanswered(draft.step)
    draft.answers = {**draft.answers, step.value: value}
    return _answered(session, draft, step, now)


def name_holder(
    session: Session,
    *,
    actor: Actor,
    investment_id: UUID,
    profile_id: UUID | None,
    settings: TenantSettings,
    now: datetime,
) -> Investment:
    """Keep in whose name it is made (None: the person's own). Raises what service_holders.chosen and answer raise."""
    deal = deals.for_investment(session, queries.get(session, investment_id).deal_id)
    value = holders.chosen(session, actor=actor, deal=deal, profile_id=profile_id, settings=settings)
    return answer(session, actor=actor, investment_id=investment_id, step=Step.INVESTOR, value=value, now=now)


def _own_draft(session: Session, actor: Actor, investment_id: UUID) -> Investment:
    draft = queries.get(session, investment_id, lock=True)
    POLICY.must(actor, Perm.ACT, draft)
    rules.after(draft.status, Verb.PLEDGE)
    return draft


def _answered(session: Session, draft: Investment, step: Step, now: datetime) -> Investment:
    draft.step, draft.changed_at = rules.farther(draft.step, step).value, now
    session.flush()
    return draft


def pledge(
    session: Session, *, actor: Actor, investment_id: UUID, key: str, settings: TenantSettings, now: datetime
) -> Investment:
    """Commit to a draft: reserve its room in the deal for half an hour and number it.

    Sending the same `key` again, from wherever and however often, returns the same investment. Raises
    UnknownInvestment, Forbidden, NotPossibleNow, Unanswered, NotEligible, and what deals.reserve raises.
    """
    user_id = actor.require_id()
    request = {"investment": str(investment_id)}
    earlier = idempotency.claim(session, actor_id=user_id, scope=PLEDGING, key=key, request=request)
    investment = queries.get(session, investment_id, lock=True)
    POLICY.must(actor, Perm.ACT, investment)
    if earlier is not None or (investment.key == key and investment.pledged_at is not None):
        return investment
    status = rules.after(investment.status, Verb.PLEDGE)
    if investment.key != key:
        raise OpenInvestment
    _must_be_complete(session, investment)
    holders.must_still_be(session, investment, actor)
    deal = deals.for_investment(session, investment.deal_id)
    _must_still_fit(session, investment, deal, actor=actor, settings=settings, now=now)
    deals.reserve(session, deal_id=deal.id, amount=investment.amount, now=now)
    investment.number = _next_number(session, now)
    investment.status, investment.step = status.value, Step.PAYMENT.value
    investment.pledged_at = investment.changed_at = now
    investment.pay_by = now + rules.RESERVED_FOR
    session.flush()
    _tell(session, investment, actor=actor, now=now)
    idempotency.answer(session, actor_id=user_id, scope=PLEDGING, key=key, value={"investment": str(investment.id)})
    return investment


def by_key(session: Session, *, actor: Actor, key: str, digest: str) -> Investment | None:
    """Return what this key of the JSON door made before. Raises KeyReused when it was sent with other values."""
    earlier = idempotency.claim(
        session, actor_id=actor.require_id(), scope=INVESTING, key=key, request={"digest": digest}
    )
    return queries.get(session, UUID(earlier["investment"])) if earlier else None


def invest(
    session: Session,
    *,
    actor: Actor,
    deal: InvestableDeal,
    amount: int,
    key: str,
    hashes: Mapping[UUID, str],
    profile_id: UUID | None = None,
    settings: TenantSettings,
    now: datetime,
) -> Investment:
    """Answer every step and pledge in one go, for a key claimed by `by_key`. Raises OpenInvestment, and as pledge."""
    user_id = actor.require_id()
    if queries.open_order(session, user_id=user_id, deal_id=deal.id) is not None:
        raise OpenInvestment
    draft = begin(session, actor=actor, deal=deal, settings=settings, now=now)
    at = {"at": now.isoformat(), "via": "api"}
    values: dict[Step, Mapping[str, Any] | str] = {
        Step.RISKS: dict.fromkeys(rules.risks_of(deal.kind), at),
        Step.DOCUMENTS: {str(document_id): {**at, "sha256": sha256} for document_id, sha256 in hashes.items()},
    }
    set_amount(session, actor=actor, investment_id=draft.id, amount=amount, now=now)
    name_holder(session, actor=actor, investment_id=draft.id, profile_id=profile_id, settings=settings, now=now)
    for step, value in values.items():
        answer(session, actor=actor, investment_id=draft.id, step=step, value=value, now=now)
    pledged = pledge(session, actor=actor, investment_id=draft.id, key=draft.key, settings=settings, now=now)
    made = {"investment": str(pledged.id)}
    idempotency.answer(session, actor_id=user_id, scope=INVESTING, key=key, value=made)
    return pledged


def _must_be_complete(session: Session, draft: Investment) -> None:
    if not draft.amount:
        raise Unanswered(Step.AMOUNT)
    if not draft.answers.get(Step.INVESTOR):
        raise Unanswered(Step.INVESTOR)
    if set(rules.risks_of(draft.deal_kind)) - set(draft.answers.get(Step.RISKS) or {}):
        raise Unanswered(Step.RISKS)
    accepted = draft.answers.get(Step.DOCUMENTS)
    if accepted is None:
        raise Unanswered(Step.DOCUMENTS)
    for document_id, sha256 in required_hashes(session, draft.deal_id).items():
        if accepted.get(str(document_id), {}).get("sha256") != sha256:
            raise Unanswered(Step.DOCUMENTS)


def required_hashes(session: Session, deal_id: UUID) -> dict[UUID, str]:
    """Return document id → SHA-256 (hexadecimal) of what has to be accepted before investing in the deal."""
    required = deals.for_investment(session, deal_id).required_documents
    records = documents.described(session, [each.document_id for each in required])
    return {each.document_id: str(records[each.document_id].sha256) for each in required}


def _must_still_fit(
    session: Session,
    draft: Investment,
    deal: InvestableDeal,
    *,
    actor: Actor,
    settings: TenantSettings,
    now: datetime,
) -> None:
    asked = checks(session, actor=actor, deal=deal, settings=settings, now=now)
    draft.answers = {
        **draft.answers,
        Step.ELIGIBILITY.value: {rule.name: rule.outcome.value for rule in asked},
    }
    # What is left is decided under the deal's lock by deals.reserve, which says how much it is.
    if not rules.is_eligible(rule for rule in asked if rule.name != "room"):
        raise NotEligible
    if draft.price != deal.unit_price or draft.asset != deal.asset:
        raise Unanswered(Step.AMOUNT)


def _next_number(session: Session, now: datetime) -> str:
    mine = {"tenant_id": context.tenant_id(), "year": now.year}
    first = insert(InvestmentCounter).values(**mine, last=1)
    counted = first.on_conflict_do_update(
        index_elements=[InvestmentCounter.tenant_id, InvestmentCounter.year],
        set_={"last": InvestmentCounter.last + 1},
    )
    return rules.number(now.year, session.execute(counted.returning(InvestmentCounter.last)).scalar_one())


def _tell(session: Session, investment: Investment, *, actor: Actor, now: datetime) -> None:
    jobs.later(session, "investments.expire", run_at=investment.pay_by, investment_id=str(investment.id))
    audit.record(
        session,
        actor=actor,
        action="investment.pledged",
        subject_kind="investment",
        subject_id=investment.id,
        after={"number": investment.number, "amount": str(investment.amount), "asset": investment.asset.key},
        now=now,
    )
    outbox.record(
        session,
        InvestmentPledged(
            investment_id=investment.id,
            deal_id=investment.deal_id,
            user_id=investment.user_id,
            amount=investment.amount,
        ),
    )
