"""Open a program's family of tokens, renew and end it; make and revoke API keys; tell who shows which."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from app.config import Settings
from app.core.permissions import Actor
from app.core.scopes import Bearer, Scope
from app.modules.accounts import service as accounts
from app.modules.accounts.errors import UnknownPerson
from app.modules.accounts.service import Person
from app.modules.audit import service as audit
from app.modules.tokens import queries, rules
from app.modules.tokens.errors import RefreshInvalid, TokenInvalid, TooManyKeys, UnknownKey
from app.modules.tokens.models import ApiKey, Family, RefreshToken
from app.modules.tokens.service_keys import ring, rotate
from tenants import context, ids
from tenants.session import tenant_session

__all__ = ["ApiKey", "Family", "Tokens", "ring", "rotate"]


@dataclass(frozen=True)
class Tokens:
    """What a program is given: `access` for `expires_in` seconds, `refresh` to get the next pair, once."""

    access: str
    refresh: str
    expires_in: int
    who: Person


def open_family(session: Session, *, who: Person, remote: str, agent: str, home: Path, now: datetime) -> Tokens:
    """Sign in a program for somebody whose identity was just shown."""
    family = Family(
        id=ids.new(),
        user_id=who.id,
        agent=agent[:300],
        remote=remote,
        created_at=now,
        refreshed_at=now,
        expires_at=now + rules.REFRESH_FOR,
    )
    session.add(family)
    session.flush()
    actor = Actor(context.tenant_id(), who.id, who.roles, who.name, who.email, remote=remote)
    _log(session, actor, "token.opened", family.id, now)
    return _pair(session, family, who, home, now)


def renew(session: Session, *, token: str, remote: str, home: Path, now: datetime) -> Tokens:
    """Return the next pair for a refresh token that wasn't used yet. Raises RefreshInvalid.

    A token that was used before is in the wrong hands, ours or theirs: its family ends, in a transaction of its own.
    """
    found = queries.refresh_token(session, rules.digest(token))
    if found is None:
        raise RefreshInvalid
    if found.used_at is not None:
        family_id = found.family_id
        session.expunge(found)
        _reused(family_id, remote, now)
        raise RefreshInvalid
    family = queries.family(session, found.family_id, now, lock=True)
    who = _active(session, family.user_id) if family is not None else None
    if family is None or who is None or now - family.created_at > rules.SIGNED_IN_FOR:
        raise RefreshInvalid
    found.used_at, family.refreshed_at, family.remote = now, now, remote
    family.expires_at = min(now + rules.REFRESH_FOR, family.created_at + rules.SIGNED_IN_FOR)
    return _pair(session, family, who, home, now)


def end(session: Session, *, actor: Actor, family_id: UUID, now: datetime, why: str = "signed out") -> None:
    """End one of the actor's own families. One that isn't there has ended."""
    ending = update(Family).where(
        Family.id == family_id, Family.user_id == actor.require_id(), Family.ended_at.is_(None)
    )
    if session.scalar(ending.values(ended_at=now, ended_why=why).returning(Family.id)) is not None:
        _log(session, actor, "token.ended", family_id, now, why=why)


def end_all(session: Session, *, user_id: UUID, now: datetime, why: str) -> None:
    """End every family of a person: their password was changed, or they were suspended."""
    ending = update(Family).where(Family.user_id == user_id, Family.ended_at.is_(None))
    session.execute(ending.values(ended_at=now, ended_why=why))


def recognise(session: Session, token: str, *, settings: Settings, remote: str, now: datetime) -> Bearer | None:
    """Return who came with an access token or API key of ours; None for a token of another kind.

    Raises TokenInvalid for one of ours that isn't valid here and now.
    """
    if token.startswith("pk_"):
        return _by_key(session, token, remote, now)
    if rules.kid_of(token):
        return _by_token(session, token, settings.home, remote, now)
    return None


def make_key(
    session: Session, *, actor: Actor, name: str, scopes: Iterable[Scope], expires_at: datetime | None, now: datetime
) -> tuple[ApiKey, str]:
    """Return a new key's record and the key itself, which is never shown again. Raises TooManyKeys.

    Only grantable scopes are given; it ends after KEY_FOR_AT_MOST at the latest.
    """
    user_id = actor.require_id()
    if queries.usable_keys(session, user_id, now) >= rules.MOST_KEYS:
        raise TooManyKeys
    prefix, whole = rules.new_key(context.tenant_id())
    latest = now + rules.KEY_FOR_AT_MOST
    record = ApiKey(
        id=ids.new(),
        user_id=user_id,
        name=name,
        prefix=prefix,
        secret_hash=rules.digest(whole),
        scopes=sorted(rules.grantable(scopes)),
        created_at=now,
        expires_at=min(expires_at or latest, latest),
    )
    session.add(record)
    session.flush()
    _log(session, actor, "key.made", record.id, now, name=name, prefix=prefix, scopes=record.scopes)
    return record, whole


def revoke_key(session: Session, *, actor: Actor, key_id: UUID, now: datetime) -> None:
    """Revoke one of the actor's own keys, at once. Raises UnknownKey."""
    mine = update(ApiKey).where(ApiKey.id == key_id, ApiKey.user_id == actor.require_id(), ApiKey.revoked_at.is_(None))
    prefix = session.scalar(mine.values(revoked_at=now).returning(ApiKey.prefix))
    if prefix is None:
        raise UnknownKey
    _log(session, actor, "key.revoked", key_id, now, prefix=prefix)


def forget_expired(session: Session, *, now: datetime) -> None:
    """Remove families that ended or expired long enough ago that nobody asks why."""
    old = now - rules.REFRESH_FOR
    session.execute(delete(Family).where(or_(Family.expires_at < old, Family.ended_at < old)))


def _by_key(session: Session, token: str, remote: str, now: datetime) -> Bearer:
    found = queries.key(session, rules.prefix_of(token), now)
    if found is None or not rules.same(found.secret_hash, rules.digest(token)):
        if rules.mark_named(token) != rules.mark_of(context.tenant_id()):
            _note_foreign(rules.mark_named(token), remote, now)
        raise TokenInvalid
    who = _active(session, found.user_id)
    if who is None:
        raise TokenInvalid
    if found.last_used_at is None or now - found.last_used_at >= rules.USED_EVERY:
        with tenant_session(found.tenant_id) as apart:  # a use counts whatever becomes of the request
            apart.execute(update(ApiKey).where(ApiKey.id == found.id).values(last_used_at=now))
    return Bearer(_actor(who, remote), rules.grantable(rules.scopes_of(found.scopes)))


def _by_token(session: Session, token: str, home: Path, remote: str, now: datetime) -> Bearer:
    key = ring(home).verifying(rules.kid_of(token), now)
    claims = rules.read(token, key, tenant_id=context.tenant_id(), now=now) if key is not None else None
    if claims is None and key is not None:
        _note_foreign(rules.tenant_named(token, key), remote, now)
    family = queries.family(session, claims.family_id, now) if claims is not None else None
    if claims is None or family is None or family.user_id != claims.user_id:
        raise TokenInvalid
    who = _active(session, claims.user_id)
    if who is None:
        raise TokenInvalid
    return Bearer(_actor(who, remote, proved_at=family.created_at), claims.scopes)


def family_of(token: str, *, home: Path, now: datetime) -> UUID | None:
    """Return the family of a valid access token of the current tenant, or None."""
    key = ring(home).verifying(rules.kid_of(token), now)
    claims = rules.read(token, key, tenant_id=context.tenant_id(), now=now) if key is not None else None
    return claims.family_id if claims is not None else None


def _pair(session: Session, family: Family, who: Person, home: Path, now: datetime) -> Tokens:
    keys, refresh = ring(home), rules.new_refresh_token()
    session.add(RefreshToken(token_hash=rules.digest(refresh), family_id=family.id, issued_at=now))
    session.flush()
    access = rules.issue(
        keys.keys[keys.current],
        keys.current,
        tenant_id=context.tenant_id(),
        user_id=who.id,
        family_id=family.id,
        token_id=ids.new(),
        now=now,
    )
    return Tokens(access, refresh, int(rules.ACCESS_FOR.total_seconds()), who)


def _reused(family_id: UUID, remote: str, now: datetime) -> None:
    with tenant_session(context.tenant_id()) as apart:
        ending = update(Family).where(Family.id == family_id, Family.ended_at.is_(None))
        ended = apart.scalar(ending.values(ended_at=now, ended_why="refresh token used twice").returning(Family.id))
        if ended is not None:
            _log(apart, Actor(context.tenant_id(), remote=remote), "token.reused", family_id, now)


def _note_foreign(named: str, remote: str, now: datetime) -> None:
    """Record that another tenant's token or key was shown here, at most once a minute from one place."""
    tenant_id = context.tenant_id()
    if named in ("", str(tenant_id)):
        return
    with tenant_session(tenant_id) as apart:
        if audit.was_noted(apart, "token.foreign", remote=remote, since=now - timedelta(minutes=1)):
            return
        audit.record(
            apart,
            actor=Actor(tenant_id, remote=remote),
            action="token.foreign",
            subject_kind="tenant",
            subject_id=named,
            now=now,
        )


def _active(session: Session, user_id: UUID) -> Person | None:
    try:
        who = accounts.person(session, user_id)
    except UnknownPerson:
        return None
    return who if who.status == "active" else None


def _actor(who: Person, remote: str, *, proved_at: datetime | None = None) -> Actor:
    """Return a person as an actor. Logging in at the JSON door was a proof; a key proves nothing."""
    return Actor(context.tenant_id(), who.id, who.roles, who.name, who.email, remote=remote, proved_at=proved_at)


def _log(session: Session, actor: Actor, action: str, thing: UUID, now: datetime, **after: object) -> None:
    kind = action.partition(".")[0]
    audit.record(session, actor=actor, action=action, subject_kind=kind, subject_id=thing, after=after or None, now=now)
