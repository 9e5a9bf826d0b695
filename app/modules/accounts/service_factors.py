"""What people do with their second factors: show, add, remove; counted, recorded and told. Offered by `service`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core import outbox
from app.core.permissions import Actor
from app.modules.accounts import errors, events, queries, rules
from app.modules.accounts.models import User, UserSession
from app.modules.accounts.permissions import POLICY, Perm
from app.modules.accounts.service_sessions import as_actor, log
from app.modules.accounts.service_staff import locked_user
from app.modules.accounts.service_tries import count_factor, tried_well
from app.modules.factors import service as factors
from app.modules.factors.service import Held, Relying


@dataclass(frozen=True)
class Ways:
    """How somebody can show who they are: with a password, an app's code, a passkey of this host (what to ask for)."""

    password: bool
    held: Held
    passkey: str

    @property
    def none(self) -> bool:
        """Whether nothing is left but to sign in anew."""
        return not (self.password or self.held.any)


def ways(session: Session, user_id: UUID, *, site: Relying, now: datetime) -> Ways:
    """Return how the person can show who they are."""
    password = bool(session.scalar(select(User.password_hash).where(User.id == user_id)))
    ask = factors.to_ask(session, user_id=user_id, site=site, now=now)
    return Ways(password, factors.held(session, user_id), ask)


def check_code(session: Session, *, user_id: UUID, code: str, secret_key: str, remote: str, now: datetime) -> str:
    """Use up a code of the person's app or a recovery code, and return which it was: `totp` or `recovery`.

    Raises TooManyAttempts, WrongCode.
    """
    counted = count_factor(user_id, remote, now)
    if rules.is_app_code(code):
        factors.check_totp(session, user_id=user_id, code=code, secret_key=secret_key, now=now)
        tried_well(session, counted)
        return "totp"
    factors.use_code(session, user_id=user_id, code=code, now=now)
    tried_well(session, counted)
    _changed(session, _self(session, user_id, remote), user_id, "recovery-used", now)
    return "recovery"


def check_key(session: Session, *, user_id: UUID | None, answer: str, site: Relying, now: datetime) -> UUID:
    """Check a passkey, of this person or of anybody, and return whose it is. Raises WrongPasskey."""
    return factors.check_passkey(session, user_id=user_id, answer=answer, site=site, now=now)


def add_app(session: Session, *, actor: Actor, code: str, secret_key: str, now: datetime) -> list[str]:
    """Take the actor's app into use, and return recovery codes if they had no second factor yet.

    Raises TooManyAttempts, WrongCode, NoSuchFactor, AlreadyThere.
    """
    user_id = actor.require_id()
    first = not factors.held(session, user_id).any
    counted = count_factor(user_id, actor.remote, now)
    factors.confirm_totp(session, user_id=user_id, code=code, secret_key=secret_key, now=now)
    tried_well(session, counted)
    _changed(session, actor, user_id, "app-added", now)
    return factors.new_codes(session, user_id=user_id, now=now) if first else []


def add_key(session: Session, *, actor: Actor, answer: str, name: str, site: Relying, now: datetime) -> list[str]:
    """Keep a new passkey of the actor; return recovery codes if it is their first factor. Raises WrongPasskey."""
    user_id = actor.require_id()
    first = not factors.held(session, user_id).any
    factors.add_passkey(session, user_id=user_id, answer=answer, name=name, site=site, now=now)
    _changed(session, actor, user_id, "passkey-added", now, after={"name": name})
    return factors.new_codes(session, user_id=user_id, now=now) if first else []


def remove_app(session: Session, *, actor: Actor, keep: str, now: datetime) -> None:
    """Forget the actor's app; every session ends but that of the token `keep`. Raises NoSuchFactor."""
    factors.remove_totp(session, user_id=actor.require_id())
    _removed(session, actor, "app-removed", keep, now)


def remove_key(session: Session, *, actor: Actor, passkey_id: UUID, keep: str, now: datetime) -> None:
    """Forget a passkey of the actor; every session ends but that of the token `keep`. Raises NoSuchFactor."""
    name = factors.remove_passkey(session, user_id=actor.require_id(), passkey_id=passkey_id)
    _removed(session, actor, "passkey-removed", keep, now, name)


def rename_key(session: Session, *, actor: Actor, passkey_id: UUID, name: str, now: datetime) -> None:
    """Call a passkey of the actor otherwise. How they sign in stays, so nobody is told. Raises NoSuchFactor."""
    user_id = actor.require_id()
    before = factors.rename_passkey(session, user_id=user_id, passkey_id=passkey_id, name=name)
    if before != name:
        changes = {"before": {"name": before}, "after": {"name": name}}
        log(session, actor, "security.passkey-renamed", user_id, now=now, **changes)


def renew_codes(session: Session, *, actor: Actor, now: datetime) -> list[str]:
    """Return fresh recovery codes, to be shown once; the old ones are void. Raises NoSuchFactor without a factor."""
    user_id = actor.require_id()
    if not factors.held(session, user_id).any:
        raise errors.NothingToRecover
    made = factors.new_codes(session, user_id=user_id, now=now)
    _changed(session, actor, user_id, "codes-renewed", now)
    return made


def reset_factors(session: Session, *, actor: Actor, user_id: UUID, now: datetime) -> None:
    """Forget every factor of somebody who lost them; their sessions end. Nobody does it for themselves.

    Raises UnknownPerson, RoleNotAllowed.
    """
    POLICY.must(actor, Perm.MANAGE_PEOPLE)
    if user_id == actor.user_id:
        raise errors.RoleNotAllowed
    locked_user(session, user_id)
    factors.forget_all(session, user_id=user_id)
    session.execute(delete(UserSession).where(UserSession.user_id == user_id))
    _changed(session, actor, user_id, "factors-reset", now)


def _removed(session: Session, actor: Actor, what: str, keep: str, now: datetime, name: str = "") -> None:
    user_id = actor.require_id()
    if not factors.held(session, user_id).any:
        factors.forget_codes(session, user_id=user_id)
    others = delete(UserSession).where(UserSession.user_id == user_id, UserSession.token_hash != rules.digest(keep))
    session.execute(others)
    _changed(session, actor, user_id, what, now, before={"name": name} if name else None)


def _changed(
    session: Session, actor: Actor, user_id: UUID, what: str, now: datetime, **changes: dict[str, str] | None
) -> None:
    log(session, actor, f"security.{what}", user_id, now=now, **changes)
    outbox.record(session, events.SecurityChanged(user_id, what))


def _self(session: Session, user_id: UUID, remote: str) -> Actor:
    who = queries.person(session, user_id)
    if who is None:
        raise errors.UnknownPerson
    return as_actor(who, remote)
