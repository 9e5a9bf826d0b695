"""Sessions that began at a provider, and how they end on both sides. Offered to others by `service`.

Sources: OpenID Connect RP-Initiated Logout 1.0; OpenID Connect Back-Channel Logout 1.0.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import jobs
from app.core.permissions import system
from app.modules.accounts import service as accounts
from app.modules.federation import queries, rules, rules_tokens
from app.modules.federation.errors import KeyUnknown, LogoutRefused, TokenRefused
from app.modules.federation.models import IdentityProvider, Journey, LogoutToken, Parting, ProviderSession
from app.modules.federation.rules import Arrival
from app.modules.federation.rules_tokens import Logout
from app.modules.federation.service_journeys import hint_of
from tenants import context, ids
from tenants.session import tenant_session

log = logging.getLogger("portico.federation")
REMEMBERED = timedelta(minutes=20)  # longer than any logout token holds: rules_tokens.OLDEST and twice the skew


@dataclass(frozen=True)
class Leaving:
    """At which provider a browser that has signed out here may be signed in still, and where that ends if it can."""

    name: str
    url: str | None


def remember_session(session: Session, *, journey: Journey, arrival: Arrival, token: str) -> None:
    """Note that the session of `token` began at the provider of this journey, so that it can end with the other."""
    session_id = accounts.session_of(session, token)
    assert session_id is not None  # it was just opened
    kept = insert(ProviderSession).values(
        tenant_id=context.tenant_id(),
        id=ids.new(),
        session_id=session_id,
        provider_id=journey.provider_id,
        subject=arrival.subject,
        sid=arrival.sid,
        hint=journey.hint,
    )
    session.execute(kept.on_conflict_do_nothing())


def part(session: Session, *, token: str, browser: str, now: datetime) -> bool:
    """Prepare to sign out at the provider too; False if the token's session didn't begin at one with a page for it.

    `browser` is its secret, by which `leaving` knows it again once its session is gone.
    """
    wanted = ProviderSession.session_id == accounts.session_of(session, token)
    began = session.scalars(select(ProviderSession).where(wanted)).one_or_none()
    if began is None:
        return False
    provider = queries.provider(session, began.provider_id)
    if not rules.can_sign_out(provider.document, preset=provider.preset):
        return False
    _part(session, provider.id, subject=began.subject, hint=began.hint, browser=browser, now=now)
    return True


def part_from(session: Session, *, user_id: UUID, identity_id: UUID, browser: str, now: datetime) -> None:
    """Prepare to sign this browser out where one of the person's connections leads to. Raises UnknownIdentity."""
    known = queries.own_identity(session, user_id, identity_id)
    _part(session, known.provider_id, subject=known.subject, hint=known.hint, browser=browser, now=now)


def leaving(session: Session, *, browser: str, back: str, secret_key: str, now: datetime) -> Leaving | None:
    """Return from where this browser has just signed out, or None. It is led back to `back` with its `{slug}`."""
    found = _parting(session, browser, now)
    if found is None:
        return None
    provider = queries.provider(session, found.provider_id)
    url = rules.sign_out_url(
        provider.document,
        preset=provider.preset,
        issuer=provider.issuer,
        client_id=provider.client_id,
        hint=hint_of(found.hint, secret_key, provider.id),
        subject=found.subject,
        back=back.format(slug=provider.slug),
        state=found.state,
    )
    return Leaving(provider.name, url)


def left(session: Session, *, slug: str, state: str, browser: str, now: datetime) -> str:
    """Return the name of the provider at which this browser has signed out; empty if it isn't known to."""
    found = _parting(session, browser, now)
    if found is None or found.state != state:
        return ""
    provider = queries.provider(session, found.provider_id)
    if provider.slug != slug:
        return ""
    session.delete(found)
    session.flush()
    return provider.name


def obey(session: Session, *, slug: str, token: str, now: datetime) -> int:
    """End the sessions that a provider's logout token names, and return how many. Raises LogoutRefused.

    A token is obeyed once. Sessions that have no name at the provider end with all of their subject's.
    """
    provider = queries.provider_by_slug(session, slug)
    try:
        claims = rules_tokens.read(token, provider.keys, algorithms=rules.algorithms(provider.document))
        wanted = rules_tokens.check_logout(token, claims, issuer=provider.issuer, client_id=provider.client_id, now=now)
        _once(session, provider.id, wanted.jti, now)
    except TokenRefused as refused:
        log.warning("a logout token of %s was refused: %s", provider.name, refused.why)
        if isinstance(refused, KeyUnknown):
            _look_again(provider, now)
        raise LogoutRefused from refused
    ended = [row.session_id for row in _named(session, provider.id, wanted)]
    actor = system(context.tenant_id(), provider.name)
    return accounts.end_sessions_of_provider(session, actor=actor, session_ids=ended, now=now)


def _part(session: Session, provider_id: UUID, *, subject: str, hint: bytes, browser: str, now: datetime) -> None:
    browser_hash = rules.digest(browser)
    session.execute(delete(Parting).where((Parting.expires_at < now) | (Parting.browser_hash == browser_hash)))
    parting = Parting(provider_id=provider_id, browser_hash=browser_hash, subject=subject, hint=hint)
    parting.state, parting.expires_at = rules.new_secret(), now + rules.PARTING
    session.add(parting)
    session.flush()


def _parting(session: Session, browser: str, now: datetime) -> Parting | None:
    wanted = (Parting.browser_hash == rules.digest(browser), Parting.expires_at > now)
    return session.scalars(select(Parting).where(*wanted)).one_or_none()


def _named(session: Session, provider_id: UUID, wanted: Logout) -> list[ProviderSession]:
    """Return the sessions that a token means: its `sid` where both sides know one, else all of the subject."""
    listed = session.scalars(
        select(ProviderSession).where(
            ProviderSession.provider_id == provider_id,
            (ProviderSession.subject == wanted.subject) if wanted.subject else (ProviderSession.sid == wanted.sid),
        )
    )
    return [one for one in listed if not wanted.sid or one.sid in ("", wanted.sid)]


def _once(session: Session, provider_id: UUID, jti: str, now: datetime) -> None:
    session.execute(delete(LogoutToken).where(LogoutToken.expires_at < now))
    values = {"tenant_id": context.tenant_id(), "id": ids.new(), "provider_id": provider_id}
    seen = insert(LogoutToken).values(**values, jti_hash=rules.digest(jti), expires_at=now + REMEMBERED)
    if session.execute(seen.on_conflict_do_nothing().returning(LogoutToken.id)).first() is None:
        raise TokenRefused("used")


def _look_again(provider: IdentityProvider, now: datetime) -> None:
    """Have the provider's keys fetched again, once in a while, whatever becomes of the request."""
    if provider.keys_at is not None and now - provider.keys_at < rules.KEYS_AGAIN:
        return
    with tenant_session(context.tenant_id()) as apart:
        fresh = queries.provider(apart, provider.id, lock=True)
        if fresh.keys_at == provider.keys_at:
            fresh.keys_at = now
            jobs.later(apart, "federation.look", provider_id=str(provider.id))
