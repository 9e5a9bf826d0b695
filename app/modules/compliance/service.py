"""Verification, as others and the doors use it: levels, a person's case, an officer's work."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import outbox
from app.core.errors import Invalid
from app.core.permissions import Actor
from app.modules.accounts import service as accounts
from app.modules.compliance import queries, rules
from app.modules.compliance import service_cases as cases
from app.modules.compliance.errors import AlreadyDecided, HitOpen, Incomplete, NoSuchCase, NotOpen, VerificationNeeded
from app.modules.compliance.events import (
    VerificationApproved,
    VerificationMoreRequested,
    VerificationRejected,
    VerificationSubmitted,
)
from app.modules.compliance.models import Case, CaseDocument, Check
from app.modules.compliance.permissions import POLICY, Perm
from app.modules.compliance.rules import Decision, Level, Standing, Status, Step
from app.modules.documents import service as documents

__all__ = ["Decision", "Level", "Standing", "Status", "Step"]

_EVENTS = {
    Decision.APPROVE: VerificationApproved,
    Decision.MORE: VerificationMoreRequested,
    Decision.REJECT: VerificationRejected,
}


def level_of(session: Session, user_id: UUID, now: datetime) -> Level:
    """Return the level a person holds now: the highest unexpired approval, else basic with a verified e-mail."""
    held = queries.approved_levels(session, user_id, now)
    if held:
        return max(held, key=list(Level).index)
    return Level.BASIC if accounts.person(session, user_id).email_verified else Level.NONE


def status_of(session: Session, user_id: UUID, now: datetime) -> Standing:
    """Return where a person's verification stands; `missing` names the steps of an open case that lack something."""
    level, case = level_of(session, user_id, now), queries.latest(session, user_id)
    if case is None:
        return Standing(Status.NOT_STARTED, level)
    status = Status(case.status)
    if status is Status.APPROVED and rules.has_expired(case.expires_at, now):
        status = Status.EXPIRED
    return Standing(
        status=status,
        level=level,
        case_id=case.id,
        requested=Level(case.level),
        missing=[str(step) for step in lacking(session, case)] if status in rules.EDITABLE else [],
        expires_at=case.expires_at,
        submitted_at=case.submitted_at,
    )


def require(session: Session, user_id: UUID, level: Level | str, now: datetime) -> None:
    """Raise VerificationNeeded unless the person holds `level` or a higher one now."""
    if not level_of(session, user_id, now).at_least(level):
        raise VerificationNeeded


def lacking(session: Session, case: Case) -> list[Step]:
    """Return the steps of a case that still lack something."""
    files = queries.usable_files(session, case.id)
    again = {name for name, asked in case.reopened.items() if not asked["done"]}
    return rules.missing(Level(case.level), declared=case.declared, files=files, reopened=again)


def begin(session: Session, *, actor: Actor, level: Level | str, now: datetime) -> Case:
    """Open a case for `level`, or return the person's open one (raised to `level` while it can still be edited)."""
    user_id, wanted = actor.require_id(), Level(level)
    if wanted not in rules.STEPS:
        raise Invalid("Choose the level standard, enhanced or accredited.")
    queries.take_turn(session)
    case = queries.open_case(session, user_id)
    if case is not None:
        if Status(case.status) is Status.COLLECTING:
            case.level = wanted.value
        return case
    case = cases.new(session, user_id=user_id, level=wanted, now=now)
    cases.trace(session, case, actor=actor, what="opened", shown=True, now=now)
    return case


def declare(session: Session, *, actor: Actor, case_id: UUID, step: Step | str, values: Mapping[str, str]) -> Case:
    """Keep the typed part of a step, already validated by its form. Raises NoSuchCase or NotOpen."""
    part = Step(step)
    case = _own_editable(session, actor, case_id, part)
    kept = {name: values[name] for name in rules.REQUIREMENTS[part].fields if name in values}
    case.declared = {**case.declared, part.value: kept}
    if not rules.REQUIREMENTS[part].files:
        _mark_sent_again(case, part)
    session.flush()
    return case


def attach(
    session: Session,
    *,
    actor: Actor,
    case_id: UUID,
    step: Step | str,
    kind: str,
    name: str,
    content: bytes,
    now: datetime,
) -> CaseDocument:
    """Take a file for a step of the person's own case. Raises UploadRefused, Invalid, NoSuchCase or NotOpen."""
    part = Step(step)
    case = _own_editable(session, actor, case_id, part)
    if kind not in rules.REQUIREMENTS[part].kinds:
        raise Invalid("Choose the kind of document first.", fields={"kind": "Choose the kind of document first."})
    document = documents.store(
        session,
        actor=actor,
        name=name,
        content=content,
        purpose="kyc",
        access="private",
        subject_kind="verification_case",
        subject_id=case.id,
        now=now,
    )
    sent = CaseDocument(
        case_id=case.id, document_id=document.id, step=part.value, kind=kind, status="received", added_at=now
    )
    session.add(sent)
    _mark_sent_again(case, part)
    session.flush()
    return sent


def detach(session: Session, *, actor: Actor, case_id: UUID, sent_id: UUID, now: datetime) -> CaseDocument:
    """Take back a file that hasn't been reviewed, and return what it was. Raises NoSuchCase or NotOpen."""
    case = _own_editable(session, actor, case_id)
    sent = session.get(CaseDocument, (actor.tenant_id, sent_id))
    if sent is None or sent.case_id != case.id or sent.status != "received":
        raise NoSuchCase
    documents.withdraw(session, actor=actor, document_id=sent.document_id, now=now)
    session.delete(sent)
    session.flush()
    return sent


def submit(session: Session, *, actor: Actor, case_id: UUID, now: datetime) -> Case:
    """Send a complete case for review. Raises Incomplete naming the steps, NoSuchCase or NotOpen."""
    case = _own_editable(session, actor, case_id)
    lacks = lacking(session, case)
    if lacks:
        raise Incomplete(fields={step.value: rules.REQUIREMENTS[step].label for step in lacks})
    case.status, case.submitted_at, case.message = Status.SUBMITTED.value, now, ""
    cases.trace(session, case, actor=actor, what="submitted", shown=True, now=now)
    cases.log(session, case, actor=actor, action="submitted", now=now)
    outbox.record(session, VerificationSubmitted(user_id=case.user_id, case_id=case.id, level=case.level))
    return case


def decide(
    session: Session,
    *,
    actor: Actor,
    case_id: UUID,
    decision: Decision | str,
    now: datetime,
    reason: str = "",
    message: str = "",
    reasons: Sequence[str] = (),
    steps: Mapping[str, str] | None = None,
) -> Case:
    """Decide a submitted case.

    `reason` is kept in the file, `message` and the codes `reasons` are shown to the person, `steps` maps the steps
    asked for again to codes of MORE_REASONS. Raises NoSuchCase, AlreadyDecided, HitOpen, Forbidden or Invalid.
    """
    case, choice = cases.locked(session, actor, case_id), Decision(decision)
    POLICY.must(actor, Perm.DECIDE, case)
    if case.status != Status.SUBMITTED:
        raise AlreadyDecided
    if choice is Decision.APPROVE:
        _approve(session, case, now)
    elif choice is Decision.MORE:
        _ask_again(session, case, steps or {})
    elif not set(reasons) or not set(reasons) <= set(rules.REJECT_REASONS):
        raise Invalid("Choose why the case is refused.", fields={"reasons": "Choose at least one reason."})
    case.status = rules.decided_status(choice).value
    case.reason, case.message, case.reasons = reason, message, list(reasons)
    case.decided_by, case.decided_at = actor.user_id, now
    cases.trace(session, case, actor=actor, what=case.status, text=reason, shown=False, now=now)
    cases.trace(session, case, actor=actor, what=case.status, text=message, shown=True, now=now)
    cases.log(session, case, actor=actor, action=case.status, now=now)
    outbox.record(session, _EVENTS[choice](user_id=case.user_id, case_id=case.id, level=case.level))
    return case


def vouch(session: Session, *, actor: Actor, user_id: UUID, level: Level | str, now: datetime) -> Case:
    """Give a person a level without a case of documents: the system's own act, for demonstration data and imports."""
    POLICY.must(actor, Perm.REVIEW)
    case = cases.new(session, user_id=user_id, level=Level(level), now=now)
    case.status, case.submitted_at, case.decided_at = Status.APPROVED.value, now, now
    case.decided_by, case.expires_at = actor.user_id, now + rules.VALID_FOR
    cases.trace(session, case, actor=actor, what="approved", shown=True, now=now)
    cases.log(session, case, actor=actor, action="vouched", now=now)
    outbox.record(session, VerificationApproved(user_id=user_id, case_id=case.id, level=case.level))
    return case


def record_check(
    session: Session, *, actor: Actor, case_id: UUID, kind: str, outcome: str, finding: str, note: str, now: datetime
) -> Check:
    """Record a search an officer made. Raises NoSuchCase, Forbidden or Invalid."""
    POLICY.must(actor, Perm.REVIEW)
    case = cases.locked(session, actor, case_id)
    if kind not in rules.CHECK_KINDS or outcome not in rules.CHECK_OUTCOMES:
        raise Invalid("Choose what was checked and with which outcome.")
    check = Check(
        case_id=case.id,
        kind=kind,
        outcome=outcome,
        finding=finding,
        note=note,
        checked_by=actor.user_id,
        checked_at=now,
    )
    session.add(check)
    session.flush()
    cases.log(session, case, actor=actor, action="checked", now=now, kind=kind, outcome=outcome)
    return check


def settle_check(
    session: Session, *, actor: Actor, case_id: UUID, check_id: UUID, outcome: str, note: str, now: datetime
) -> Check:
    """Settle an open hit as `cleared` or `confirmed`. Raises NoSuchCase, Forbidden or Invalid."""
    POLICY.must(actor, Perm.REVIEW)
    case = cases.locked(session, actor, case_id)
    check = session.get(Check, (actor.tenant_id, check_id))
    if check is None or check.case_id != case.id or check.outcome != "open":
        raise NoSuchCase
    if outcome not in ("cleared", "confirmed") or not note.strip():
        raise Invalid("Say in a note why the hit is cleared or confirmed.")
    check.outcome, check.note, check.checked_by, check.checked_at = outcome, note.strip(), actor.user_id, now
    cases.log(session, case, actor=actor, action="check_settled", now=now, kind=check.kind, outcome=outcome)
    return check


def add_note(session: Session, *, actor: Actor, case_id: UUID, text: str, now: datetime) -> None:
    """Keep a note in the case's file, for officers only. Raises NoSuchCase, Forbidden or Invalid."""
    POLICY.must(actor, Perm.REVIEW)
    if not text.strip():
        raise Invalid("Write a note first.", fields={"text": "Write a note first."})
    case = cases.locked(session, actor, case_id)
    cases.trace(session, case, actor=actor, what="note", text=text.strip(), shown=False, now=now)


def case_for_review(session: Session, *, actor: Actor, case_id: UUID) -> Case:
    """Return a case for an officer. Raises NoSuchCase or Forbidden."""
    POLICY.must(actor, Perm.REVIEW)
    return cases.found(session, actor, case_id)


def waiting(session: Session) -> int:
    """Return how many cases wait for an officer."""
    return queries.sizes(session)["waiting"]


def _approve(session: Session, case: Case, now: datetime) -> None:
    if rules.blocks_approval([check.outcome for check in queries.checks(session, case.id)]):
        raise HitOpen
    case.expires_at = now + rules.VALID_FOR
    for sent in queries.documents(session, case.id):
        sent.status = "accepted" if sent.status == "received" else sent.status


def _ask_again(session: Session, case: Case, steps: Mapping[str, str]) -> None:
    """Reopen the steps: their files count as refused, those of the other steps as accepted."""
    if (
        not steps
        or not set(steps) <= set(rules.STEPS[Level(case.level)])
        or not set(steps.values()) <= set(rules.MORE_REASONS)
    ):
        raise Invalid("Choose which parts you need again, and why.", fields={"steps": "Choose at least one part."})
    case.reopened = {step: {"why": why, "done": False} for step, why in steps.items()}
    for sent in queries.documents(session, case.id):
        if sent.status == "received":
            sent.status = "refused" if sent.step in steps else "accepted"
            sent.reason = steps.get(sent.step, "")


def _mark_sent_again(case: Case, step: Step) -> None:
    if step in case.reopened:
        case.reopened = {**case.reopened, step.value: {**case.reopened[step.value], "done": True}}


def _own_editable(session: Session, actor: Actor, case_id: UUID, step: Step | None = None) -> Case:
    case = cases.locked(session, actor, case_id)
    if case.user_id != actor.user_id:
        raise NoSuchCase
    editable = rules.editable_steps(Status(case.status), Level(case.level), case.reopened)
    if not editable or (step is not None and step not in editable):
        raise NotOpen
    return case
