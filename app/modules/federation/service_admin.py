"""Providers and issuers as administrators keep them. Offered to others by `service`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import jobs, sealed
from app.core.permissions import Actor
from app.modules.audit import service as audit
from app.modules.federation import queries, rules
from app.modules.federation.errors import BadProvider, NotReady
from app.modules.federation.models import IdentityProvider, JwtIssuer
from app.modules.federation.permissions import POLICY, Perm
from app.modules.federation.service_journeys import SECRET
from tenants import context, ids


@dataclass(frozen=True, kw_only=True)
class ProviderTerms:
    """What an administrator says of a provider. An empty `secret` keeps the one that is there."""

    name: str
    preset: str
    issuer: str
    client_id: str
    secret: str
    scopes: str
    role_claim: str
    role_map: Mapping[str, str]
    opens_accounts: bool
    trusts_email: bool
    makes_admins: bool


@dataclass(frozen=True, kw_only=True)
class IssuerTerms:
    """What an administrator says of an issuer of tokens: its keys, or where they are published."""

    name: str
    issuer: str
    audience: str
    keys_url: str
    keys: Mapping[str, Any]
    email_claim: str
    role_claim: str
    role_map: Mapping[str, str]
    trusts_email: bool
    makes_admins: bool


def add_provider(
    session: Session, *, actor: Actor, terms: ProviderTerms, secret_key: str, now: datetime
) -> IdentityProvider:
    """Add a provider, switched off, and have it looked at."""
    POLICY.must(actor, Perm.MANAGE)
    provider = IdentityProvider(
        id=ids.new(), slug=rules.slug_for(terms.name, queries.slugs(session)), enabled=False, created_at=now
    )
    _fill(provider, terms, secret_key)
    session.add(provider)
    session.flush()
    _log(session, actor, "provider.added", provider, before=None, now=now)
    _look_later(session, "provider_id", provider.id)
    return provider


def change_provider(
    session: Session, *, actor: Actor, provider_id: UUID, terms: ProviderTerms, secret_key: str, now: datetime
) -> IdentityProvider:
    """Change a provider and have it looked at again; with another issuer or client it is off until it has answered.

    Another issuer keeps no connections: its subjects are other people. Raises UnknownProvider, BadProvider.
    """
    POLICY.must(actor, Perm.MANAGE)
    provider = queries.provider(session, provider_id, lock=True)
    before = _shown(provider)
    if terms.issuer != provider.issuer:
        if queries.connected_people(session).get(provider.id):
            words = "People are connected to this issuer. Add another provider instead, and remove this one."
            raise BadProvider(fields={"issuer": words})
        provider.document, provider.keys, provider.keys_at, provider.enabled = {}, {}, None, False
    _fill(provider, terms, secret_key)
    session.flush()
    _log(session, actor, "provider.changed", provider, before=before, now=now)
    _look_later(session, "provider_id", provider.id)
    return provider


def switch_provider(session: Session, *, actor: Actor, provider_id: UUID, on: bool, now: datetime) -> None:
    """Offer a provider on the sign-in page, or no longer. Raises NotReady before it has answered."""
    POLICY.must(actor, Perm.MANAGE)
    provider = queries.provider(session, provider_id, lock=True)
    if on and not (provider.document and provider.keys):
        raise NotReady
    before, provider.enabled = {"enabled": provider.enabled}, on
    session.flush()
    _log(session, actor, "provider.switched", provider, before=before, now=now)


def remove_provider(session: Session, *, actor: Actor, provider_id: UUID, now: datetime) -> None:
    """Remove a provider with everybody's connections to it."""
    POLICY.must(actor, Perm.MANAGE)
    provider = queries.provider(session, provider_id, lock=True)
    people = queries.connected_people(session).get(provider.id, 0)
    before = {**_shown(provider), "people": people}
    _record(session, actor, "provider.removed", "identity_provider", provider.id, before, None, now)
    session.delete(provider)
    session.flush()


def ask_look(session: Session, *, actor: Actor, provider_id: UUID) -> None:
    """Have a provider's document and keys fetched now. Raises UnknownProvider."""
    POLICY.must(actor, Perm.MANAGE)
    _look_later(session, "provider_id", queries.provider(session, provider_id).id)


def keep_look(
    session: Session,
    *,
    provider_id: UUID,
    document: Mapping[str, Any] | None = None,
    keys: Mapping[str, Any] | None = None,
    trouble: str = "",
    now: datetime,
) -> None:
    """Keep what a look at a provider found: its document and keys, or what went wrong; then what it had stays."""
    provider = queries.provider(session, provider_id, lock=True)
    provider.checked_at, provider.trouble = now, trouble[:500]
    if document is not None and keys is not None:
        provider.document, provider.keys, provider.keys_at = dict(document), dict(keys), now
    session.flush()


def add_issuer(session: Session, *, actor: Actor, terms: IssuerTerms, now: datetime) -> JwtIssuer:
    """Add an issuer of tokens, switched off. Raises BadProvider for one that is there already."""
    POLICY.must(actor, Perm.MANAGE)
    issuer = JwtIssuer(id=ids.new(), enabled=False, created_at=now)
    _fill_issuer(session, issuer, terms, now)
    session.add(issuer)
    session.flush()
    _log(session, actor, "issuer.added", issuer, before=None, now=now)
    if issuer.keys_url:
        _look_later(session, "issuer_id", issuer.id)
    return issuer


def change_issuer(session: Session, *, actor: Actor, issuer_id: UUID, terms: IssuerTerms, now: datetime) -> JwtIssuer:
    """Change an issuer. Raises UnknownIssuer, BadProvider."""
    POLICY.must(actor, Perm.MANAGE)
    issuer = queries.issuer(session, issuer_id, lock=True)
    before = _shown(issuer)
    _fill_issuer(session, issuer, terms, now)
    if not issuer.keys:
        issuer.enabled = False
    session.flush()
    _log(session, actor, "issuer.changed", issuer, before=before, now=now)
    if issuer.keys_url:
        _look_later(session, "issuer_id", issuer.id)
    return issuer


def switch_issuer(session: Session, *, actor: Actor, issuer_id: UUID, on: bool, now: datetime) -> None:
    """Take an issuer's tokens, or no longer. Raises NotReady while no key of it is known."""
    POLICY.must(actor, Perm.MANAGE)
    issuer = queries.issuer(session, issuer_id, lock=True)
    if on and not issuer.keys:
        raise NotReady
    before, issuer.enabled = {"enabled": issuer.enabled}, on
    session.flush()
    _log(session, actor, "issuer.switched", issuer, before=before, now=now)


def remove_issuer(session: Session, *, actor: Actor, issuer_id: UUID, now: datetime) -> None:
    """Remove an issuer."""
    POLICY.must(actor, Perm.MANAGE)
    issuer = queries.issuer(session, issuer_id, lock=True)
    _record(session, actor, "issuer.removed", "jwt_issuer", issuer.id, _shown(issuer), None, now)
    session.delete(issuer)
    session.flush()


def keep_issuer_keys(
    session: Session, *, issuer_id: UUID, keys: Mapping[str, Any] | None = None, trouble: str = "", now: datetime
) -> None:
    """Keep an issuer's fetched keys, or what went wrong; then those it had stay."""
    issuer = queries.issuer(session, issuer_id, lock=True)
    issuer.trouble, issuer.keys_at = trouble[:500], now
    if keys is not None:
        issuer.keys = dict(keys)
    session.flush()


def _fill(provider: IdentityProvider, terms: ProviderTerms, secret_key: str) -> None:
    for name in ("name", "preset", "issuer", "client_id", "scopes", "role_claim"):
        setattr(provider, name, getattr(terms, name))
    provider.role_map = dict(terms.role_map)
    provider.opens_accounts, provider.trusts_email = terms.opens_accounts, terms.trusts_email
    provider.makes_admins = terms.makes_admins
    if terms.secret:
        provider.client_secret = sealed.seal(
            secret_key, terms.secret.encode(), tenant_id=context.tenant_id(), purpose=SECRET, row_id=provider.id
        )


def _fill_issuer(session: Session, issuer: JwtIssuer, terms: IssuerTerms, now: datetime) -> None:
    known = select(JwtIssuer.id).where(JwtIssuer.issuer == terms.issuer, JwtIssuer.id != issuer.id)
    if session.scalar(known) is not None:
        raise BadProvider(fields={"issuer": "This issuer is in the list already. Change it there."})
    if issuer.keys_url != terms.keys_url or issuer.issuer != terms.issuer:
        issuer.keys = {}
    for name in ("name", "issuer", "audience", "keys_url", "email_claim", "role_claim"):
        setattr(issuer, name, getattr(terms, name))
    issuer.role_map, issuer.trusts_email = dict(terms.role_map), terms.trusts_email
    issuer.makes_admins = terms.makes_admins
    if not terms.keys_url:
        issuer.keys, issuer.keys_at, issuer.trouble = dict(terms.keys), now, ""


def _look_later(session: Session, name: str, row_id: UUID) -> None:
    if name == "provider_id":
        jobs.later(session, "federation.look", provider_id=str(row_id))
    else:
        jobs.later(session, "federation.fetch", issuer_id=str(row_id))


def _shown(row: IdentityProvider | JwtIssuer) -> dict[str, Any]:
    """Return what the record shows of a row: no secret, no keys."""
    names = ("name", "issuer", "enabled", "role_claim", "role_map", "trusts_email", "makes_admins")
    more = ("client_id", "scopes", "opens_accounts") if isinstance(row, IdentityProvider) else ("audience", "keys_url")
    return {name: getattr(row, name) for name in (*names, *more)}


def _log(
    session: Session,
    actor: Actor,
    action: str,
    row: IdentityProvider | JwtIssuer,
    *,
    before: dict[str, Any] | None,
    now: datetime,
) -> None:
    after = _shown(row)
    if before is not None:
        after = {name: value for name, value in after.items() if before.get(name) != value and name in before}
        before = {name: value for name, value in before.items() if name in after}
    kind = "identity_provider" if isinstance(row, IdentityProvider) else "jwt_issuer"
    _record(session, actor, action, kind, row.id, before, after, now)


def _record(
    session: Session,
    actor: Actor,
    action: str,
    kind: str,
    row_id: UUID,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    now: datetime,
) -> None:
    audit.record(
        session, actor=actor, action=action, subject_kind=kind, subject_id=row_id, before=before, after=after, now=now
    )
