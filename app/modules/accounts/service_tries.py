"""Tries that are counted before they are judged: passwords and second factors. Offered to others by `service`.

Nobody can lock somebody else out: what strangers try hinders their own place, and a place or a browser that did it
right before goes on. Rows are few: refused tries aren't counted, and `forget_expired` removes old ones.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.modules.accounts import errors, queries, rules
from app.modules.accounts.models import Attempt
from app.modules.accounts.rules import Limit
from tenants import context, ids
from tenants.session import tenant_session


@dataclass(frozen=True)
class Try:
    """A counted attempt to sign in, and how many more are allowed from the same place."""

    id: UUID
    kind: str
    subject: bytes
    place: str
    left: int


def count_sign_in(email: str, remote: str, now: datetime, *, device: str = "") -> Try:
    """Count a try to sign in to an address, before it is judged. Raises TooManyAttempts; that isn't counted.

    `device` names a browser that signed in to this address before: its tries are counted apart from its place's, so
    that nobody in the same office hinders it.
    """
    subject = rules.digest(rules.normal_email(email))
    return _count("sign-in", subject, rules.place(remote), rules.FROM_ANY_PLACE, now, device=device)


def count_factor(user_id: UUID, remote: str, now: datetime) -> Try:
    """Count a try of a second factor, before it is judged. Raises TooManyAttempts; that isn't counted."""
    return _count("factor", rules.digest(user_id.hex), rules.place(remote), rules.FACTORS_FROM_ANY_PLACE, now)


def tried_well(session: Session, counted: Try) -> None:
    """Take a counted try for a good one: the failures before it, from the same place, are forgiven."""
    failed = delete(Attempt).where(Attempt.kind == counted.kind, Attempt.subject == counted.subject)
    session.execute(failed.where(Attempt.remote == counted.place, ~Attempt.succeeded, Attempt.id != counted.id))
    session.execute(update(Attempt).where(Attempt.id == counted.id).values(succeeded=True))


def _count(kind: str, subject: bytes, place: str, anywhere: Limit, now: datetime, *, device: str = "") -> Try:
    """Count in a transaction of its own, so that guesses made at once are all seen.

    Tries from a place that did it right before aren't hindered by what strangers do elsewhere to the same person.
    """
    with tenant_session(context.tenant_id()) as session:
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(subject.hex(), 1))))
        where = f"device:{device}" if device else place
        here = queries.failures(session, kind, rules.FROM_ONE_PLACE, now, subject=subject, remote=where)
        refused = here >= rules.FROM_ONE_PLACE.most
        if not device and not refused:
            by_place = queries.failures(session, kind, rules.BY_ONE_PLACE, now, remote=place)
            everywhere = queries.failures(session, kind, anywhere, now, subject=subject)
            known = everywhere < anywhere.most or queries.done_before(session, kind, subject, place, now)
            refused = by_place >= rules.BY_ONE_PLACE.most or not known
        if refused:
            raise errors.TooManyAttempts(retry_after=int(rules.FROM_ONE_PLACE.within.total_seconds()))
        attempt = Attempt(id=ids.new(), kind=kind, subject=subject, remote=where, succeeded=False, at=now)
        session.add(attempt)
    return Try(attempt.id, kind, subject, where, left=rules.FROM_ONE_PLACE.most - here - 1)


def known_device(shown: str, email: str, secret_key: str) -> str:
    """Return the name of a browser that shows a genuine pass for this address, else nothing."""
    return rules.known_device(shown, secret_key, context.tenant_id(), email)


def device_pass(email: str, secret_key: str, *, name: str | None = None) -> str:
    """Return the pass by which a browser shows later that it signed in to this address."""
    return rules.device_pass(secret_key, context.tenant_id(), email, name or secrets.token_urlsafe(12))
