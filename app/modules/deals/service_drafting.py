"""Writing a deal: its draft, the conversation about it, and what is added while it runs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core import outbox
from app.core.errors import Invalid
from app.core.permissions import Actor
from app.modules.audit import service as audit
from app.modules.deals import events, rules, rules_slugs, rules_terms
from app.modules.deals.errors import DealNotFound, EditedElsewhere, WrongStatus
from app.modules.deals.models import Deal, DealComment, DealDocument, DealQuestion, DealUpdate
from app.modules.deals.permissions import POLICY, Perm
from app.modules.deals.rules_terms import Ground, Reading
from app.modules.deals.service_life import load
from app.modules.documents import service as documents
from tenants import ids

LONGEST_FIELD = 8000  # characters kept of any one field of a draft
PLAIN_COLUMNS = ("title", "summary", "issuer_name", "location", "sector", "regime", "token_symbol", "proceeds_address")
TYPED_COLUMNS = ("soft_cap", "hard_cap", "min_ticket", "max_ticket", "unit_price", "opens_at", "closes_at")


def draft(session: Session, *, actor: Actor, kind: str, form: Mapping[str, str], ground: Ground, now: datetime) -> Deal:
    """Begin a deal of one of `rules.KINDS`. Raises Invalid for another kind or without a title, Forbidden."""
    POLICY.must(actor, Perm.DRAFT)
    title = form.get("title", "").strip()[:80]
    if kind not in rules.KINDS or not title:
        raise Invalid(fields={"kind": "choice"} if title else {"title": "needed"})
    asset, deal_id = ground.assets[0], ids.new()
    deal = Deal(
        id=deal_id,
        issuer_id=actor.require_id(),
        kind=kind,
        slug=_free_slug(session, title),
        title=title,
        form={"asset": asset.key, "regime": "none"},
        asset_code=asset.code,
        asset_decimals=asset.decimals,
        asset_display_decimals=asset.display_decimals,
        chain_id=asset.chain_id or 0,
        asset_contract=asset.contract,
        cover_kind="",
        created_at=now,
        changed_at=now,
        status_at=now,
    )
    _write(deal, form, ground)
    session.add(deal)
    session.flush()
    audit.record(session, actor=actor, action="deal.drafted", subject_kind="deal", subject_id=deal_id, now=now)
    return deal


def revise(
    session: Session,
    *,
    actor: Actor,
    deal_id: UUID,
    form: Mapping[str, str],
    ground: Ground,
    now: datetime,
    version: int | None = None,
) -> tuple[Deal, Reading]:
    """Keep what was typed, right or wrong, and return what it says with its problems.

    Fields that `form` doesn't name stay. `version` is the draft's one that was edited: raises EditedElsewhere when
    another window has saved something else since (the same: this window's own autosave was faster). Raises
    WrongStatus once it was submitted, DealNotFound, Forbidden.
    """
    deal = load(session, deal_id, lock=True)
    POLICY.must(actor, Perm.EDIT, deal)
    if deal.status not in rules.EDITABLE:
        raise WrongStatus
    before = dict(deal.form)
    if version not in (None, deal.form_version) and before != {**before, **_typed(deal, form)}:
        raise EditedElsewhere
    reading = _write(deal, form, ground)
    if deal.form != before:
        deal.form_version += 1
        deal.changed_at = now
        session.flush()
    return deal, reading


def comment(session: Session, *, actor: Actor, deal_id: UUID, body: str, now: datetime) -> DealComment:
    """Add a line to the conversation of issuer and reviewer. Raises Invalid when empty or over 2,000 characters."""
    deal = load(session, deal_id)
    POLICY.must(actor, Perm.COMMENT, deal)
    line = DealComment(
        deal_id=deal.id,
        author_id=actor.user_id,
        author_name=actor.name,
        is_reviewer=actor.user_id != deal.issuer_id,
        body=_text(body, 2000, "body"),
        at=now,
    )
    session.add(line)
    session.flush()
    return line


def publish_update(
    session: Session, *, actor: Actor, deal_id: UUID, title: str, body: str, now: datetime
) -> DealUpdate:
    """Tell investors something new about a deal that was opened. Raises Invalid, WrongStatus, Forbidden."""
    deal = load(session, deal_id)
    POLICY.must(actor, Perm.PUBLISH, deal)
    if deal.status not in rules.LISTED:
        raise WrongStatus
    update = DealUpdate(
        deal_id=deal.id,
        author_name=actor.name,
        title=_text(title, 120, "title"),
        body=_text(body, 6000, "body"),
        at=now,
    )
    session.add(update)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="deal.update_published",
        subject_kind="deal",
        subject_id=deal.id,
        after={"title": update.title},
        now=now,
    )
    outbox.record(session, events.DealUpdatePublished(deal.id, update.id))
    return update


def add_question(
    session: Session, *, actor: Actor, deal_id: UUID, question: str, answer: str, now: datetime
) -> DealQuestion:
    """Answer what is often asked, on the deal's page. Raises Invalid, Forbidden."""
    deal = load(session, deal_id)
    POLICY.must(actor, Perm.PUBLISH, deal)
    entry = DealQuestion(
        deal_id=deal.id, question=_text(question, 300, "question"), answer=_text(answer, 3000, "answer"), at=now
    )
    session.add(entry)
    session.flush()
    return entry


def remove_question(session: Session, *, actor: Actor, deal_id: UUID, question_id: UUID) -> None:
    """Take a question off the page."""
    deal = load(session, deal_id)
    POLICY.must(actor, Perm.PUBLISH, deal)
    session.execute(delete(DealQuestion).where(DealQuestion.id == question_id, DealQuestion.deal_id == deal.id))


def attach(
    session: Session,
    *,
    actor: Actor,
    deal_id: UUID,
    name: str,
    content: bytes,
    title: str,
    access: str,
    required: bool,
    now: datetime,
) -> DealDocument:
    """Store a file in the deal's data room; `access` is one of rules.DOCUMENT_ACCESS.

    Investors accept `required` ones first; such can be added only to a draft. Raises UploadRefused, WrongStatus.
    """
    deal = load(session, deal_id)
    POLICY.must(actor, Perm.PUBLISH, deal)
    if required and deal.status not in rules.EDITABLE:
        raise WrongStatus
    if access not in rules.DOCUMENT_ACCESS:
        raise Invalid(fields={"access": "choice"})
    document = documents.store(
        session,
        actor=actor,
        name=name,
        content=content,
        purpose="deal",
        access=access,
        subject_kind="deal",
        subject_id=deal.id,
        now=now,
    )
    shown = _text(title or document.name, 120, "title")
    link = DealDocument(deal_id=deal.id, document_id=document.id, title=shown, access=access, required=required, at=now)
    session.add(link)
    session.flush()
    return link


def detach(session: Session, *, actor: Actor, deal_id: UUID, document_id: UUID, now: datetime) -> None:
    """Take a document out of the data room, while the deal is a draft. Raises WrongStatus, DealNotFound, Forbidden."""
    deal = load(session, deal_id)
    POLICY.must(actor, Perm.EDIT, deal)
    if deal.status not in rules.EDITABLE:
        raise WrongStatus
    link = session.get(DealDocument, (actor.tenant_id, deal_id, document_id))
    if link is None:
        raise DealNotFound
    session.delete(link)
    documents.withdraw(session, actor=actor, document_id=document_id, now=now)


def feature(session: Session, *, actor: Actor, deal_id: UUID, on: bool, now: datetime) -> Deal:
    """Put a deal on the front page, or take it off. Raises Forbidden."""
    deal = load(session, deal_id, lock=True)
    POLICY.must(actor, Perm.RUN, deal)
    deal.featured = on
    audit.record(
        session, actor=actor, action="deal.featured", subject_kind="deal", subject_id=deal.id, after={"on": on}, now=now
    )
    return deal


def _typed(deal: Deal, form: Mapping[str, str]) -> dict[str, str]:
    known = rules_terms.fields_of(deal.kind)
    return {name: str(form[name]).replace("\x00", "")[:LONGEST_FIELD] for name in known if name in form}


def _write(deal: Deal, form: Mapping[str, str], ground: Ground) -> Reading:
    """Merge `form` into the draft and read the columns from it anew."""
    deal.form = {**deal.form, **_typed(deal, form)}
    reading = rules_terms.read(deal.kind, deal.form, ground)
    said = reading.values
    for column in PLAIN_COLUMNS:
        setattr(deal, column, said.get(column, deal.title if column == "title" else ""))
    for column in TYPED_COLUMNS:
        setattr(deal, column, None if column in reading.problems else said.get(column))
    deal.regime = said.get("regime", "none")
    deal.eligible_countries = said.get("eligible_countries", [])
    deal.blocked_countries = said.get("blocked_countries", [])
    deal.story, deal.terms = said["story"], reading.terms
    deal.cover_kind = said.get("cover_kind", "")
    _pay_in(deal, said["asset"])
    return reading


def _pay_in(deal: Deal, asset: Any) -> None:
    if asset is None:
        return
    deal.asset_code, deal.asset_decimals = asset.code, asset.decimals
    deal.asset_display_decimals = asset.display_decimals
    deal.chain_id, deal.asset_contract = asset.chain_id or 0, asset.contract


def _free_slug(session: Session, title: str) -> str:
    stem = rules_slugs.stem(title)
    taken = set(session.scalars(select(Deal.slug).where(Deal.slug.startswith(stem, autoescape=True))))
    return next(slug for slug in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)


def _text(value: str, longest: int, name: str) -> str:
    text = value.replace("\x00", "").strip()
    if not text:
        raise Invalid(fields={name: "needed"})
    if len(text) > longest:
        raise Invalid(fields={name: "too_long"})
    return text
