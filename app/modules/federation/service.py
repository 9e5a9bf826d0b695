"""Sign-in by others: whom a provider has let in, whose account that is here. The face of the module."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import outbox
from app.core.permissions import Actor, Role, system
from app.modules.accounts import events
from app.modules.accounts import service as accounts
from app.modules.accounts.service import Entered, Person
from app.modules.audit import service as audit
from app.modules.federation import queries, rules
from app.modules.federation.errors import IdentityTaken, JourneyOver, LastWayIn
from app.modules.federation.models import IdentityProvider, Journey, LinkedIdentity
from app.modules.federation.rules import Arrival
from app.modules.federation.service_admin import (
    add_issuer,
    add_provider,
    ask_look,
    change_issuer,
    change_provider,
    keep_issuer_keys,
    keep_look,
    remove_issuer,
    remove_provider,
    switch_issuer,
    switch_provider,
)
from app.modules.federation.service_bearers import recognise
from app.modules.federation.service_journeys import (
    Errand,
    Exchanged,
    arrive,
    begin,
    claim,
    exchange,
    give_up,
)
from app.modules.federation.service_leaving import Leaving, leaving, left, obey, part, part_from, remember_session
from tenants import context, ids

__all__ = [
    "Errand",
    "Exchanged",
    "Leaving",
    "add_issuer",
    "add_provider",
    "arrive",
    "ask_look",
    "begin",
    "change_issuer",
    "change_provider",
    "claim",
    "exchange",
    "give_up",
    "keep_issuer_keys",
    "keep_look",
    "leaving",
    "left",
    "obey",
    "part",
    "part_from",
    "recognise",
    "remove_issuer",
    "remove_provider",
    "switch_issuer",
    "switch_provider",
]

Next = Literal["enter", "confirm", "prove", "open", "stranger", "suspended"]


@dataclass(frozen=True)
class Here:
    """Somebody who came back from a provider, and what is next for them.

    `enter`: they are known. `confirm`: they are signed in and may connect this account. `prove`: an account has their
    address, and they show that it is theirs. `open`: they may open one. `stranger`: neither is possible.
    """

    journey: Journey
    provider: IdentityProvider
    arrival: Arrival
    next: Next
    user_id: UUID | None = None


def here(session: Session, *, actor: Actor, browser: str, now: datetime) -> Here:
    """Return who came back in this browser and what is next. Raises JourneyOver."""
    journey = queries.journey(session, browser, now, lock=True)
    provider = queries.provider(session, journey.provider_id)
    if journey.arrival is None or not provider.enabled:
        raise JourneyOver
    arrival = Arrival.of(journey.arrival)
    known = queries.identity(session, provider.id, arrival.subject)
    if known is not None:
        active = accounts.person(session, known.user_id).status == "active"
        return Here(journey, provider, arrival, "enter" if active else "suspended", known.user_id)
    if actor.is_person:
        return Here(journey, provider, arrival, "confirm", actor.user_id)
    if arrival.email and accounts.person_by_email(session, arrival.email) is not None:
        return Here(journey, provider, arrival, "prove")
    may = provider.opens_accounts and arrival.email and arrival.email_verified
    return Here(journey, provider, arrival, "open" if may else "stranger")


def enter(session: Session, *, came: Here, remote: str, agent: str, replaces: str | None, now: datetime) -> Entered:
    """Let somebody in whose identity is connected to an account. Raises AccountSuspended."""
    assert came.user_id is not None
    known = queries.identity(session, came.provider.id, came.arrival.subject)
    assert known is not None
    known.used_at, known.email = now, came.arrival.email
    known.hint = came.journey.hint
    _follow_roles(session, came, now=now)
    shown = {"mfa"} if came.arrival.factors else set()
    came.journey.ended_at = now
    entered = accounts.enter(
        session,
        user_id=came.user_id,
        how="oidc",
        shown=shown,
        remote=remote,
        agent=agent,
        replaces=replaces,
        now=now,
    )
    remember_session(session, journey=came.journey, arrival=came.arrival, token=entered.token)
    return entered


def connect(session: Session, *, actor: Actor, came: Here, now: datetime) -> None:
    """Connect the actor's own account to who came back. Raises IdentityTaken; StepUpNeeded without a recent proof."""
    accounts.demand_recent(actor, now=now)
    if came.next != "confirm":
        raise IdentityTaken
    _link(session, came, actor=actor, now=now)
    came.journey.ended_at = now


def prove(
    session: Session, *, came: Here, password: str, remote: str, agent: str, replaces: str | None, now: datetime
) -> Entered:
    """Connect the account that has the same address, whose password was shown once, and let the person in.

    Who has a second factor shows it first: the account is connected afterwards, from within. Raises as accounts.prove.
    """
    if came.next != "prove":
        raise JourneyOver
    who = accounts.prove(session, email=came.arrival.email, password=password, remote=remote, now=now)
    entered = accounts.enter(
        session, user_id=who.id, how="password", remote=remote, agent=agent, replaces=replaces, now=now
    )
    remember_session(session, journey=came.journey, arrival=came.arrival, token=entered.token)
    if entered.way("/") == "/":
        _link(session, came, actor=_as_actor(who, remote), now=now)
        came.journey.ended_at = now
    return entered


def open_account(
    session: Session, *, came: Here, name: str, country: str, locale: str, remote: str, agent: str, now: datetime
) -> Entered:
    """Open an investor's account for somebody whom a provider vouches for, with their address, and let them in."""
    if came.next != "open":
        raise JourneyOver
    who = accounts.open_account(
        session, email=came.arrival.email, name=name, country=country, locale=locale, remote=remote, now=now
    )
    _link(session, came, actor=_as_actor(who, remote), now=now)
    return enter(
        session,
        came=Here(came.journey, came.provider, came.arrival, "enter", who.id),
        remote=remote,
        agent=agent,
        replaces=None,
        now=now,
    )


def disconnect(session: Session, *, actor: Actor, identity_id: UUID, now: datetime) -> None:
    """Remove one of the actor's connections. Raises UnknownIdentity, LastWayIn; StepUpNeeded without a recent proof."""
    user_id = actor.require_id()
    accounts.demand_recent(actor, now=now)
    known = queries.own_identity(session, user_id, identity_id)
    others = len(queries.identities_of(session, user_id)) - 1
    if not others and not accounts.has_password(session, user_id):
        raise LastWayIn
    provider = queries.provider(session, known.provider_id)
    before = {"provider": provider.name, "subject": known.subject}
    _log(session, actor, "identity.unlinked", user_id, before=before, now=now)
    outbox.record(session, events.SecurityChanged(user_id, "connection-removed"))
    session.delete(known)
    session.flush()


def _link(session: Session, came: Here, *, actor: Actor, now: datetime) -> None:
    user_id, provider = actor.require_id(), came.provider
    lock = func.pg_advisory_xact_lock(func.hashtextextended(f"{provider.id}{came.arrival.subject}", 3))
    session.execute(select(lock))
    if queries.identity(session, provider.id, came.arrival.subject) is not None:
        raise IdentityTaken
    known = LinkedIdentity(
        id=ids.new(),
        provider_id=provider.id,
        subject=came.arrival.subject,
        user_id=user_id,
        email=came.arrival.email,
        hint=came.journey.hint,
        linked_at=now,
        used_at=now,
    )
    session.add(known)
    after = {"provider": provider.name, "subject": came.arrival.subject}
    _log(session, actor, "identity.linked", user_id, after=after, now=now)
    outbox.record(session, events.SecurityChanged(user_id, "connection-added"))
    session.flush()


def _follow_roles(session: Session, came: Here, *, now: datetime) -> None:
    """Give and take the roles about which the provider decides, and no others."""
    assert came.user_id is not None
    provider = came.provider
    governed = rules.governed_roles(provider.role_map, admins=provider.makes_admins)
    held, given = accounts.person(session, came.user_id).roles, {Role(name) for name in came.arrival.roles}
    actor = system(context.tenant_id(), provider.name)
    for role in sorted(governed & given - held):
        accounts.grant(session, actor=actor, user_id=came.user_id, role=role, now=now)
    for role in sorted(governed & held - given):
        accounts.revoke(session, actor=actor, user_id=came.user_id, role=role, now=now)


def _as_actor(who: Person, remote: str) -> Actor:
    return Actor(context.tenant_id(), who.id, who.roles, who.name, who.email, remote=remote)


def _log(session: Session, actor: Actor, action: str, user_id: UUID, *, now: datetime, **changes: Any) -> None:
    audit.record(session, actor=actor, action=action, subject_kind="user", subject_id=user_id, now=now, **changes)
