"""Letting people in: after whatever they showed first, their second factor if they have or need one, and again later.

`enter` is for every way to sign in (password, mailed link, passkey, a provider, a wallet); `step_up` for a new proof
within a session. Both give a new token: the old one opens nothing any more. Offered to others by `service`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.core.errors import SignInNeeded, StepUpNeeded
from app.core.permissions import Actor
from app.modules.accounts import errors, queries, rules
from app.modules.accounts.models import User, UserSession
from app.modules.accounts.queries import Person
from app.modules.accounts.rules import Stage
from app.modules.accounts.service_sessions import as_actor, log, open_session, renew, sign_out
from app.modules.factors import service as factors
from tenants import context
from tenants import service as tenancy


@dataclass(frozen=True)
class Entered:
    """A session's new token, whose it is, and how far it is: it gives rights only at stage `full`."""

    token: str
    who: Person
    stage: Stage

    def way(self, goal: str) -> str:
        """Return the path to go to now, on the way to the local path `goal`."""
        return rules.way(self.stage, goal)


@dataclass(frozen=True)
class Waiting:
    """A session that waits for its person's second factor, or for one to be set up."""

    who: Person
    stage: Stage


def enter(
    session: Session,
    *,
    user_id: UUID,
    how: str,
    shown: Iterable[str] = (),
    remote: str,
    agent: str = "",
    kind: str = "web",
    replaces: str | None = None,
    now: datetime,
) -> Entered:
    """Open a session for somebody who has just shown who they are, by `how`: password, link, passkey, oidc, wallet.

    `shown` are the factors of rules.STRONG that were part of it; without one, a person who has a second factor is asked
    for it next, and one whose role needs it sets it up first. `replaces` is the token the browser came with; it is
    void. Raises UnknownPerson, AccountSuspended.
    """
    who = queries.person(session, user_id)
    if who is None:
        raise errors.UnknownPerson
    if who.status != "active":
        raise errors.AccountSuspended
    if replaces is not None:
        sign_out(session, actor=Actor(context.tenant_id()), token=replaces, now=now)
    shown = frozenset(shown)
    required = tenancy.site(context.tenant_id()).settings.second_factor_roles
    stage = rules.stage(who.roles, shown, required=required, enrolled=factors.held(session, user_id).any)
    token, who = open_session(
        session,
        user_id=user_id,
        remote=remote,
        agent=agent,
        kind=kind,
        how=how,
        shown=shown,
        stage=stage,
        now=now,
    )
    return Entered(token, who, stage)


def waiting(session: Session, token: str | None, *, now: datetime) -> Waiting:
    """Return who waits at the entrance with this token. Raises SignInNeeded: nobody, or for too long."""
    if token is None or rules.tenant_of(token) != context.tenant_id().hex:
        raise SignInNeeded
    statement = (
        select(UserSession.user_id, UserSession.stage)
        .join(User, and_(User.tenant_id == UserSession.tenant_id, User.id == UserSession.user_id))
        .where(UserSession.token_hash == rules.digest(token), User.status == "active")
        .where(UserSession.stage != Stage.FULL.value, UserSession.created_at > now - rules.WAITS_FOR)
    )
    row = session.execute(statement).one_or_none()
    who = queries.person(session, row.user_id) if row else None
    if row is None or who is None:
        raise SignInNeeded
    return Waiting(who, Stage(row.stage))


def let_through(session: Session, *, token: str, shown: str, remote: str, now: datetime) -> Entered:
    """Give a waiting session its rights, after its person's second factor `shown` was checked. Raises SignInNeeded."""
    who = waiting(session, token, now=now).who
    fresh = renew(session, token, shown=shown, full=True, now=now)
    log(session, as_actor(who, remote), "session.opened", who.id, now=now, after={"kind": "web", "how": shown})
    return Entered(fresh, who, Stage.FULL)


def step_up(session: Session, *, actor: Actor, token: str, shown: str, now: datetime) -> str:
    """Note that the actor has just shown `shown` again, and return the session's new token. Raises SignInNeeded."""
    fresh = renew(session, token, shown=shown, now=now)
    log(session, actor, "session.proved", actor.require_id(), now=now, after={"how": shown})
    return fresh


def demand_recent(actor: Actor, *, now: datetime) -> None:
    """Raise StepUpNeeded unless the actor has shown who they are within five minutes (permissions.RECENT)."""
    if not actor.has_proved(now):
        raise StepUpNeeded
