"""Tell people what happened: a notice in the application and, if they wish, an e-mail."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import jobs
from app.core.permissions import Actor
from app.modules.accounts import service as accounts
from app.modules.notifications import queries, rules
from app.modules.notifications.errors import NoSuchNotice
from app.modules.notifications.models import Mail, Notice, Wish
from tenants import context


def tell(session: Session, *, user_id: UUID, kind: str, url: str, now: datetime, **words: str | int) -> None:
    """Tell a person something of a kind of rules.KINDS, leading to the path `url` of this site.

    `words` fill the kind's sentences (`deal="…"`); never an amount, since the same words go by e-mail. The mail goes
    out after this transaction, unless the person wants none about the kind's topic. Raises KeyError: unknown kind.
    """
    told = rules.KINDS[kind]
    if told.in_app:
        session.add(Notice(user_id=user_id, kind=kind, words=words, url=url, created_at=now))
    if told.always or queries.wants_mail(session, user_id, told.topic):
        _write(session, user_id=user_id, kind=kind, url=url, now=now, words=words)
    session.flush()


def send_link(
    session: Session, *, user_id: UUID, kind: str, link: str, token_id: UUID, address: str = "", now: datetime
) -> None:
    """E-mail a person a link with a secret (`link`: verify, reset, invite, email, keep-email); nothing appears inside.

    `address` is where it goes when that isn't the person's own address.
    """
    _write(
        session,
        user_id=user_id,
        kind=kind,
        url="",
        now=now,
        words={},
        link=link,
        token_id=token_id,
        address=address,
    )


def tell_abroad(session: Session, *, user_id: UUID, address: str, kind: str, now: datetime, **words: str | int) -> None:
    """E-mail something of a kind to an `address` that this person gave, in their language. Raises KeyError."""
    _write(session, user_id=user_id, kind=kind, url="/", now=now, words=words, address=address)


def unread(session: Session, actor: Actor) -> int:
    """Return how many notices the person hasn't read."""
    return queries.unread(session, actor.require_id())


def mark_read(session: Session, *, actor: Actor, notice_id: UUID, now: datetime) -> Notice:
    """Mark one of the person's notices as read and return it. Raises NoSuchNotice."""
    notice = session.get(Notice, (actor.tenant_id, notice_id))
    if notice is None or notice.user_id != actor.require_id():
        raise NoSuchNotice
    notice.read_at = notice.read_at or now
    session.flush()
    return notice


def mark_all_read(session: Session, *, actor: Actor, now: datetime) -> None:
    """Mark every notice of the person as read."""
    queries.mark_all_read(session, actor.require_id(), now)


def wish(session: Session, *, actor: Actor, topics: frozenset[str]) -> None:
    """Set the topics about which the person wants e-mail; the topics that can't be muted stay."""
    for topic in rules.TOPICS:
        row = Wish(tenant_id=context.tenant_id(), user_id=actor.require_id(), topic=topic, by_mail=topic in topics)
        session.merge(row)
    session.flush()


def _write(
    session: Session,
    *,
    user_id: UUID,
    kind: str,
    url: str,
    now: datetime,
    words: dict[str, str | int],
    link: str | None = None,
    token_id: UUID | None = None,
    address: str = "",
) -> None:
    person = accounts.person(session, user_id)
    mail = Mail(
        user_id=user_id,
        address=address or person.email,
        locale=person.locale,
        kind=kind,
        words=words,
        url=url,
        token_kind=link,
        token_id=token_id,
        created_at=now,
    )
    session.add(mail)
    session.flush()
    jobs.later(session, "notifications.send_mail", message_id=str(mail.id))
