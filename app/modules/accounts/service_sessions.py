"""Sessions: whose token this is, open and end them, and count tries to open one. Offered to others by `service`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from werkzeug.datastructures import Headers, MultiDict

from app.core.cookies import cookie_name
from app.core.errors import SignInNeeded
from app.core.permissions import Actor
from app.modules.accounts import errors, queries, rules
from app.modules.accounts.models import Attempt, UserSession
from app.modules.accounts.queries import Person
from app.modules.accounts.rules import Stage
from app.modules.audit import service as audit
from tenants import context
from tenants.session import tenant_session


def token_of(
    cookies: MultiDict[str, str], headers: Headers | None = None, *, secure: bool = False, api: bool = False
) -> str | None:
    """Return the session token a request carries: at the JSON door the bearer token alone, elsewhere the cookie alone.

    A cookie sent twice is none: one of them was planted by a neighbouring host.
    """
    if api:
        scheme, _, token = (headers or Headers()).get("Authorization", "").partition(" ")
        return token.strip() or None if scheme.lower() == "bearer" else None
    sent = cookies.getlist(cookie_name(secure=secure))
    return sent[0] if len(sent) == 1 and sent[0] else None


def identify(
    session: Session, token: str | None, *, now: datetime, remote: str, idle_minutes: int = 0, polled: bool = False
) -> Actor:
    """Return who holds the token: a person, else a visitor. One query with a token of this tenant, none without.

    A session that waits for a second factor is nobody's. `idle_minutes`: the site's limit, 0 for the role's own; a
    `polled` request, which a page made by itself, doesn't count as use.
    """
    tenant_id = context.tenant_id()
    visitor = Actor(tenant_id=tenant_id, remote=remote)
    if token is None:
        return visitor
    if rules.tenant_of(token) != tenant_id.hex:
        _note_foreign(token, visitor, now)
        return visitor
    holder = queries.holder(session, token)
    if holder is None or holder.stage != rules.Stage.FULL:
        return visitor
    if not rules.is_alive(holder.created_at, holder.last_seen_at, holder.roles, now, idle_minutes):
        return visitor
    if not polled and now - holder.last_seen_at >= rules.TOUCHED_EVERY:
        _touch(session, holder.session_id, now, remote)
    return Actor(
        tenant_id,
        holder.user_id,
        holder.roles,
        holder.name,
        holder.email,
        remote=remote,
        proved_at=holder.proved_at,
        session_id=holder.session_id,
    )


def _touch(session: Session, session_id: UUID, now: datetime, remote: str) -> None:
    free = select(UserSession.id).where(UserSession.id == session_id).with_for_update(skip_locked=True)
    session.execute(
        update(UserSession).where(UserSession.id.in_(free)).values(last_seen_at=now, remote=remote),
        execution_options={"synchronize_session": False},
    )


def _note_foreign(token: str, visitor: Actor, now: datetime) -> None:
    """Record that another tenant's session was shown here, once in a while, whatever becomes of the request."""
    claimed = rules.tenant_of(token)
    with tenant_session(visitor.tenant_id) as session:
        limit = rules.FOREIGN_NOTED
        if queries.failures(session, "foreign-session", limit, now, remote=visitor.remote) >= limit.most:
            return
        subject = rules.digest(claimed)
        session.add(Attempt(kind="foreign-session", subject=subject, remote=visitor.remote, succeeded=False, at=now))
        audit.record(
            session,
            actor=visitor,
            action="session.foreign",
            subject_kind="tenant",
            subject_id=claimed[:32],
            now=now,
        )


def open_session(
    session: Session,
    *,
    user_id: UUID,
    remote: str,
    agent: str = "",
    kind: str = "web",
    how: str = "password",
    shown: Iterable[str] = (),
    stage: Stage = Stage.FULL,
    now: datetime,
) -> tuple[str, Person]:
    """Return a fresh session token for somebody whose identity was just shown, and the person.

    Doors ask `enter`, which decides the stage. Raises UnknownPerson.
    """
    token, who = rules.new_session_token(context.tenant_id()), queries.person(session, user_id)
    if who is None:
        raise errors.UnknownPerson
    opened = UserSession(
        user_id=user_id, token_hash=rules.digest(token), kind=kind, created_at=now, last_seen_at=now, remote=remote
    )
    opened.agent, opened.how, opened.shown = agent[:300], how, " ".join(sorted(set(shown)))
    opened.stage, opened.proved_at = stage.value, now
    session.add(opened)
    session.flush()
    if stage is Stage.FULL:
        log(session, as_actor(who, remote), "session.opened", user_id, now=now, after={"kind": kind, "how": how})
    return token, who


def renew(session: Session, token: str, *, shown: str = "", full: bool = False, now: datetime) -> str:
    """Return a new token for the same session; the old one is void from now on. Raises SignInNeeded for an unknown one.

    With `shown` the person has just shown that factor: the proof is recent again. `full` gives the session its rights.
    """
    mine = select(UserSession).where(UserSession.token_hash == rules.digest(token)).with_for_update()
    opened = session.scalars(mine).one_or_none()
    if opened is None:
        raise SignInNeeded
    fresh = rules.new_session_token(context.tenant_id())
    opened.token_hash = rules.digest(fresh)
    if shown:
        opened.shown = " ".join(sorted({*opened.shown.split(), shown}))
        opened.proved_at = now
    if full:
        opened.stage, opened.created_at, opened.last_seen_at = Stage.FULL.value, now, now
    session.flush()
    return fresh


def sign_out(session: Session, *, actor: Actor, token: str | None, now: datetime) -> None:
    """End the session of this token, if it is one."""
    if token is not None:
        session.execute(delete(UserSession).where(UserSession.token_hash == rules.digest(token)))
    if actor.user_id is not None and token is not None:
        log(session, actor, "session.closed", actor.user_id, now=now)


def end_sessions(
    session: Session, *, actor: Actor, session_id: UUID | None = None, keep: str = "", now: datetime
) -> None:
    """End one of the actor's own sessions, or without `session_id` all but the one of the token `keep`."""
    user_id = actor.require_id()
    mine = delete(UserSession).where(UserSession.user_id == user_id, UserSession.token_hash != rules.digest(keep))
    session.execute(mine.where(UserSession.id == session_id) if session_id else mine)
    log(session, actor, "session.revoked", user_id, now=now, after={"session": session_id or "others"})


def as_actor(who: Person, remote: str) -> Actor:
    """Return the person as the one who acts, where nobody is signed in yet."""
    return Actor(context.tenant_id(), who.id, who.roles, who.name, who.email, remote=remote)


def log(session: Session, actor: Actor, action: str, user_id: UUID, *, now: datetime, **changes: Any) -> None:
    """Record something that was done to a person's account; `changes` are `before` and `after`."""
    audit.record(session, actor=actor, action=action, subject_kind="user", subject_id=user_id, now=now, **changes)
