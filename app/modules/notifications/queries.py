"""Questions about notices and mails."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.core.pagination import Page, Slice
from app.modules.notifications.models import Mail, Notice, Wish


def unread(session: Session, user_id: UUID) -> int:
    """Return how many notices the person hasn't read."""
    query = select(func.count()).select_from(Notice).where(Notice.user_id == user_id, Notice.read_at.is_(None))
    return session.scalar(query) or 0


def notices(session: Session, user_id: UUID, page: Page, *, unread_only: bool) -> Slice[Notice]:
    """Return a person's notices, newest first."""
    query = select(Notice).where(Notice.user_id == user_id)
    if unread_only:
        query = query.where(Notice.read_at.is_(None))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    newest = query.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(page.limit).offset(page.offset)
    return Slice(session.scalars(newest).all(), total, page)


def mark_all_read(session: Session, user_id: UUID, now: datetime) -> None:
    """Mark every notice of the person as read."""
    session.execute(update(Notice).where(Notice.user_id == user_id, Notice.read_at.is_(None)).values(read_at=now))


def wants_mail(session: Session, user_id: UUID, topic: str) -> bool:
    """Tell whether the person wants e-mail about a topic; without a wish, yes."""
    wish = session.scalars(select(Wish).where(Wish.user_id == user_id, Wish.topic == topic)).one_or_none()
    return wish is None or wish.by_mail


def muted(session: Session, user_id: UUID) -> set[str]:
    """Return the topics about which the person wants no e-mail."""
    return set(session.scalars(select(Wish.topic).where(Wish.user_id == user_id, ~Wish.by_mail)))


def mails(session: Session, page: Page) -> Slice[Mail]:
    """Return the tenant's mails, newest first."""
    total = session.scalar(select(func.count()).select_from(Mail)) or 0
    newest = select(Mail).order_by(Mail.created_at.desc(), Mail.id.desc()).limit(page.limit).offset(page.offset)
    return Slice(session.scalars(newest).all(), total, page)
