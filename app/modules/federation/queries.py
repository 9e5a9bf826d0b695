"""What is read about sign-in by others."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.modules.federation import rules
from app.modules.federation.errors import JourneyOver, UnknownIdentity, UnknownIssuer, UnknownProvider
from app.modules.federation.models import IdentityProvider, Journey, JwtIssuer, LinkedIdentity


def providers(session: Session, *, enabled: bool = False) -> Sequence[IdentityProvider]:
    """Return the tenant's providers by name, or only those that are switched on."""
    statement = select(IdentityProvider).order_by(IdentityProvider.name, IdentityProvider.id)
    return session.scalars(statement.where(IdentityProvider.enabled) if enabled else statement).all()


def provider(session: Session, provider_id: UUID, *, lock: bool = False) -> IdentityProvider:
    """Return one provider. Raises UnknownProvider."""
    statement = select(IdentityProvider).where(IdentityProvider.id == provider_id)
    found = session.scalars(statement.with_for_update() if lock else statement).one_or_none()
    if found is None:
        raise UnknownProvider
    return found


def provider_by_slug(session: Session, slug: str) -> IdentityProvider:
    """Return a provider that is switched on. Raises UnknownProvider."""
    statement = select(IdentityProvider).where(IdentityProvider.slug == slug, IdentityProvider.enabled)
    found = session.scalars(statement).one_or_none()
    if found is None:
        raise UnknownProvider
    return found


def slugs(session: Session) -> set[str]:
    """Return the names in addresses that are taken."""
    return set(session.scalars(select(IdentityProvider.slug)))


def connected_people(session: Session) -> dict[UUID, int]:
    """Return provider → how many people are connected."""
    counted = select(LinkedIdentity.provider_id, func.count()).group_by(LinkedIdentity.provider_id)
    return {provider_id: number for provider_id, number in session.execute(counted)}  # noqa: C416  # rows aren't pairs


def journey(session: Session, browser: str, now: datetime, *, lock: bool = False) -> Journey:
    """Return the journey from which this browser has come back. Raises JourneyOver."""
    statement = select(Journey).where(
        Journey.browser_hash == rules.digest(browser),
        Journey.returned_at.is_not(None),
        Journey.ended_at.is_(None),
        Journey.expires_at > now,
    )
    found = session.scalars(statement.with_for_update() if lock else statement).one_or_none()
    if found is None:
        raise JourneyOver
    return found


def identity(session: Session, provider_id: UUID, subject: str) -> LinkedIdentity | None:
    """Return whose account somebody at a provider is connected to, or None."""
    wanted = (LinkedIdentity.provider_id == provider_id, LinkedIdentity.subject == subject)
    return session.scalars(select(LinkedIdentity).where(*wanted)).one_or_none()


def own_identity(session: Session, user_id: UUID, identity_id: UUID) -> LinkedIdentity:
    """Return one of a person's connections. Raises UnknownIdentity."""
    wanted = (LinkedIdentity.user_id == user_id, LinkedIdentity.id == identity_id)
    found = session.scalars(select(LinkedIdentity).where(*wanted).with_for_update()).one_or_none()
    if found is None:
        raise UnknownIdentity
    return found


def identities_of(session: Session, user_id: UUID) -> Sequence[LinkedIdentity]:
    """Return a person's connections, oldest first."""
    statement = select(LinkedIdentity).where(LinkedIdentity.user_id == user_id)
    return session.scalars(statement.order_by(LinkedIdentity.linked_at, LinkedIdentity.id)).all()


def issuers(session: Session) -> Sequence[JwtIssuer]:
    """Return the tenant's issuers of tokens by name."""
    return session.scalars(select(JwtIssuer).order_by(JwtIssuer.name, JwtIssuer.id)).all()


def issuer(session: Session, issuer_id: UUID, *, lock: bool = False) -> JwtIssuer:
    """Return one issuer. Raises UnknownIssuer."""
    statement = select(JwtIssuer).where(JwtIssuer.id == issuer_id)
    found = session.scalars(statement.with_for_update() if lock else statement).one_or_none()
    if found is None:
        raise UnknownIssuer
    return found


def issuer_named(session: Session, name: str) -> JwtIssuer | None:
    """Return the switched-on issuer that calls itself so, or None."""
    return session.scalars(select(JwtIssuer).where(JwtIssuer.issuer == name, JwtIssuer.enabled)).one_or_none()


def stale(session: Session, now: datetime) -> tuple[list[UUID], list[UUID]]:
    """Return the providers and issuers whose keys are to be fetched again."""
    old = now - rules.KEYS_LAST
    own = select(IdentityProvider.id).where(
        IdentityProvider.enabled, or_(IdentityProvider.keys_at.is_(None), IdentityProvider.keys_at < old)
    )
    others = select(JwtIssuer.id).where(
        JwtIssuer.enabled, JwtIssuer.keys_url != "", or_(JwtIssuer.keys_at.is_(None), JwtIssuer.keys_at < old)
    )
    return list(session.scalars(own)), list(session.scalars(others))
