"""Keep what people say about themselves, sealed, and in whose name they invest."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import sealed
from app.core.permissions import Actor
from app.modules.accounts import service as accounts
from app.modules.audit import service as audit
from app.modules.notifications import service as notifications
from app.modules.profiles import queries, rules
from app.modules.profiles.errors import BadValues, NoSuchProfile, TooManyProfiles
from app.modules.profiles.models import InvestorProfile, PersonalData
from app.modules.profiles.permissions import POLICY, Perm
from app.modules.profiles.rules import INDIVIDUAL, Holder
from tenants import context, ids

__all__ = ["INDIVIDUAL", "Holder"]

DATA, PROFILE = "profiles.personal", "profiles.details"
HIDDEN = "•••"  # what the record says of a value: that there is one


def personal(session: Session, *, user_id: UUID, secret_key: str) -> dict[str, Any]:
    """Return what a person said about themselves (see rules.PERSONAL, and `residences`); empty if nothing yet."""
    kept = queries.personal(session, user_id)
    return {} if kept is None else _opened(secret_key, kept.sealed, DATA, kept.id)


def describe(
    session: Session,
    *,
    actor: Actor,
    values: Mapping[str, Any],
    countries: Collection[str],
    secret_key: str,
    now: datetime,
) -> None:
    """Keep what the actor says about themselves; the record says which values changed, never what they are.

    `countries` are the known codes. Raises BadValues.
    """
    POLICY.must(actor, Perm.DESCRIBE)
    user_id, wanted = actor.require_id(), rules.clean_personal(values)
    found = rules.personal_problems(wanted, countries=countries, today=now.date())
    if found:
        raise BadValues(found)
    _take_turn(session, user_id)
    kept = queries.personal(session, user_id)
    before = {} if kept is None else _opened(secret_key, kept.sealed, DATA, kept.id)
    if kept is None:
        kept = PersonalData(id=ids.new(), user_id=user_id)
        session.add(kept)
    kept.sealed, kept.changed_at = _closed(secret_key, wanted, DATA, kept.id), now
    session.flush()
    _record(session, actor, "personal.updated", ("user", user_id), before, wanted, now)


def add(
    session: Session,
    *,
    actor: Actor,
    kind: str,
    values: Mapping[str, Any],
    countries: Collection[str],
    secret_key: str,
    now: datetime,
) -> InvestorProfile:
    """Keep a new profile of `kind` (rules.KINDS). Raises BadValues, TooManyProfiles, NoSuchProfile."""
    POLICY.must(actor, Perm.KEEP)
    wanted, user_id = _judged(kind, values, countries, now), actor.require_id()
    _take_turn(session, user_id)
    if len(queries.of_person(session, user_id)) >= rules.MOST_PROFILES:
        raise TooManyProfiles
    made = InvestorProfile(id=ids.new(), user_id=user_id, kind=kind, created_at=now)
    _write(made, wanted, secret_key, now)
    session.add(made)
    session.flush()
    _record(session, actor, "investor_profile.added", ("investor_profile", made.id), {}, {"kind": kind, **wanted}, now)
    _tell_joint_holder(session, actor, {}, wanted, now)
    return made


def change(
    session: Session,
    *,
    actor: Actor,
    profile_id: UUID,
    values: Mapping[str, Any],
    countries: Collection[str],
    secret_key: str,
    now: datetime,
) -> InvestorProfile:
    """Change the actor's profile; investments that were made in its name keep the name they had.

    Raises BadValues, NoSuchProfile.
    """
    known = _own(session, actor, profile_id)
    wanted = _judged(known.kind, values, countries, now)
    before = _opened(secret_key, known.sealed, PROFILE, known.id)
    _write(known, wanted, secret_key, now)
    session.flush()
    _record(session, actor, "investor_profile.changed", ("investor_profile", known.id), before, wanted, now)
    _tell_joint_holder(session, actor, before, wanted, now)
    return known


def remove(session: Session, *, actor: Actor, profile_id: UUID, now: datetime) -> None:
    """Remove the actor's profile; investments that were made in its name keep it. Raises NoSuchProfile."""
    known = _own(session, actor, profile_id)
    _record(session, actor, "investor_profile.removed", ("investor_profile", known.id), {"kind": known.kind}, {}, now)
    session.delete(known)
    session.flush()


def details(session: Session, *, actor: Actor, profile_id: UUID, secret_key: str) -> dict[str, Any]:
    """Return everything the actor's profile says. Raises NoSuchProfile."""
    known = _own(session, actor, profile_id)
    return _opened(secret_key, known.sealed, PROFILE, known.id)


def listed(session: Session, *, actor: Actor) -> list[InvestorProfile]:
    """Return the actor's profiles, the oldest first."""
    return list(queries.of_person(session, actor.require_id()))


def holders(session: Session, *, actor: Actor) -> list[Holder]:
    """Return in whose name the actor can invest: their own first."""
    return [Holder(INDIVIDUAL, actor.name), *(_holder(each, actor) for each in listed(session, actor=actor))]


def holder(session: Session, *, actor: Actor, profile_id: UUID | None) -> Holder:
    """Return in whose name the actor invests by this profile (None: their own). Raises NoSuchProfile."""
    return Holder(INDIVIDUAL, actor.name) if profile_id is None else _holder(_own(session, actor, profile_id), actor)


def _holder(known: InvestorProfile, actor: Actor) -> Holder:
    return Holder(known.kind, rules.named(known.kind, known.name, actor.name), known.id, known.country)


def _own(session: Session, actor: Actor, profile_id: UUID) -> InvestorProfile:
    POLICY.must(actor, Perm.KEEP)
    known = queries.profile(session, profile_id)
    if known is None:
        raise NoSuchProfile
    POLICY.must(actor, Perm.KEEP, known)
    return known


def _judged(kind: str, values: Mapping[str, Any], countries: Collection[str], now: datetime) -> dict[str, Any]:
    if kind not in rules.KINDS:
        raise NoSuchProfile
    wanted = rules.clean(kind, values)
    found = rules.problems(kind, wanted, countries=countries, today=now.date())
    if found:
        raise BadValues(found)
    return wanted


def _write(into: InvestorProfile, wanted: Mapping[str, Any], secret_key: str, now: datetime) -> None:
    into.name, into.country, into.changed_at = wanted["name"], wanted.get("country", ""), now
    into.sealed = _closed(secret_key, wanted, PROFILE, into.id)


def _tell_joint_holder(
    session: Session, actor: Actor, before: Mapping[str, Any], wanted: Mapping[str, Any], now: datetime
) -> None:
    """Mail the second person of a joint profile that they were named, at each new address; not more than anybody else.

    Raises TooManyAttempts for a place from which too many mails are asked for.
    """
    address = wanted.get("email", "")
    if not address or address == before.get("email") or address == actor.email:
        return
    if accounts.count_mail(address, actor.remote, now):
        name, user_id = rules.plain_name(actor.name), actor.require_id()
        notifications.tell_abroad(
            session, user_id=user_id, address=address, kind="joint-holder-named", now=now, name=name
        )


def _closed(secret_key: str, values: Mapping[str, Any], purpose: str, row_id: UUID) -> bytes:
    plain = json.dumps(values, ensure_ascii=False).encode()
    return sealed.seal(secret_key, plain, tenant_id=context.tenant_id(), purpose=purpose, row_id=row_id)


def _opened(secret_key: str, kept: bytes, purpose: str, row_id: UUID) -> dict[str, Any]:
    plain = sealed.unseal(secret_key, kept, tenant_id=context.tenant_id(), purpose=purpose, row_id=row_id)
    values: dict[str, Any] = json.loads(plain)
    return values


def _take_turn(session: Session, user_id: UUID) -> None:
    """Let one request of a person write profiles at a time, until the transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"profiles:{user_id}", 0))))


def _record(
    session: Session,
    actor: Actor,
    action: str,
    subject: tuple[str, UUID],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    now: datetime,
) -> None:
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]

    def veiled(values: Mapping[str, Any]) -> dict[str, Any]:
        shown = {name: values[name] if name == "kind" else HIDDEN for name in changed if values.get(name)}
        return {name: shown.get(name, "") for name in changed}

    audit.record(
        session,
        actor=actor,
        action=action,
        subject_kind=subject[0],
        subject_id=subject[1],
        before=veiled(before),
        after=veiled(after),
        now=now,
    )
