"""Journeys: to a provider, back, and the exchange between. Offered to others by `service`.

`exchange` asks the provider and therefore stands between two transactions (docs/decisions/0008).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.core import sealed
from app.core.permissions import Actor
from app.integrations.egress.port import AddressRefused, Unreachable
from app.integrations.oidc.client import Credentials, OidcClient, ProviderSaid
from app.modules.audit import service as audit
from app.modules.federation import queries, rules, rules_tokens
from app.modules.federation.errors import (
    AnswerDistrusted,
    JourneyOver,
    KeyUnknown,
    ProviderRefused,
    TokenRefused,
    UnknownProvider,
)
from app.modules.federation.models import IdentityProvider, Journey
from app.modules.federation.rules import Arrival
from tenants import context

SECRET, HINT = "federation.secret", "federation.hint"  # what is sealed, not what with


@dataclass(frozen=True)
class Errand:
    """All that the exchange needs to know, so that it needs no database."""

    journey_id: UUID
    provider_id: UUID
    name: str
    issuer: str
    credentials: Credentials
    document: Mapping[str, Any]
    keys: Mapping[str, Any]
    keys_at: datetime | None
    nonce: str
    verifier: str
    back: str
    role_claim: str
    role_map: Mapping[str, str]
    admins: bool
    trusts_email: bool


@dataclass(frozen=True)
class Exchanged:
    """Whom the provider has let in, its token as it came, and its keys if they were fetched again."""

    arrival: Arrival
    id_token: str
    keys: dict[str, Any] | None = None


def begin(session: Session, *, slug: str, browser: str, goal: str, back: str, now: datetime) -> str:
    """Begin a journey of this browser; return the address at the provider. Raises UnknownProvider."""
    provider = queries.provider_by_slug(session, slug)
    session.execute(delete(Journey).where(Journey.expires_at < now))
    session.execute(delete(Journey).where(Journey.browser_hash == rules.digest(browser)))
    state, nonce, verifier = rules.new_secret(), rules.new_secret(), rules.new_secret()
    journey = Journey(
        provider_id=provider.id,
        state_hash=rules.digest(state),
        browser_hash=rules.digest(browser),
        nonce=nonce,
        verifier=verifier,
        goal=goal,
        begun_at=now,
        expires_at=now + rules.JOURNEY,
    )
    session.add(journey)
    session.flush()
    return rules.authorization_url(
        provider.document,
        client_id=provider.client_id,
        scopes=provider.scopes,
        back=back,
        state=state,
        nonce=nonce,
        verifier=verifier,
    )


def claim(
    session: Session, *, slug: str, state: str, browser: str, back: str, secret_key: str, now: datetime
) -> Errand:
    """Use a journey's way back up, once, by the browser that began it. Raises JourneyOver, UnknownProvider."""
    provider = queries.provider_by_slug(session, slug)
    used = update(Journey).where(
        Journey.state_hash == rules.digest(state),
        Journey.browser_hash == rules.digest(browser),
        Journey.provider_id == provider.id,
        Journey.returned_at.is_(None),
        Journey.expires_at > now,
    )
    row = session.execute(
        used.values(returned_at=now).returning(Journey.id, Journey.nonce, Journey.verifier)
    ).one_or_none()
    if row is None:
        raise JourneyOver
    methods = provider.document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return Errand(
        journey_id=row.id,
        provider_id=provider.id,
        name=provider.name,
        issuer=provider.issuer,
        credentials=Credentials(
            provider.client_id, secret_of(provider, secret_key), basic="client_secret_basic" in methods
        ),
        document=provider.document,
        keys=provider.keys,
        keys_at=provider.keys_at,
        nonce=row.nonce,
        verifier=row.verifier,
        back=back,
        role_claim=provider.role_claim,
        role_map=provider.role_map,
        admins=provider.makes_admins,
        trusts_email=provider.trusts_email,
    )


def exchange(errand: Errand, answer: Mapping[str, str], *, client: OidcClient, now: datetime) -> Exchanged:
    """Exchange the code in the provider's `answer` and check what it is exchanged for. Holds no transaction.

    Raises ProviderRefused with the provider's words, AnswerDistrusted, and what the client raises.
    """
    said = answer.get("iss")
    if said is None and errand.document.get("authorization_response_iss_parameter_supported"):
        raise AnswerDistrusted
    if said is not None and said != errand.issuer:  # an answer meant for another provider (RFC 9207)
        raise AnswerDistrusted
    if "error" in answer:
        raise _refusal(errand, answer["error"], answer.get("error_description", ""))
    try:
        tokens = client.redeem(
            str(errand.document["token_endpoint"]),
            code=answer.get("code", ""),
            verifier=errand.verifier,
            back=errand.back,
            who=errand.credentials,
        )
        claims, fetched = _read(errand, tokens.id_token, client, now)
        subject = rules_tokens.check_identity(
            claims,
            issuer=errand.issuer,
            client_id=errand.credentials.client_id,
            nonce=errand.nonce,
            access_token=tokens.access_token,
            now=now,
        )
        more = _more(errand, claims, tokens.access_token, subject, client)
    except ProviderSaid as refused:
        raise _refusal(errand, refused.code, refused.text) from refused
    except TokenRefused as refused:
        raise AnswerDistrusted from refused
    except (AddressRefused, Unreachable) as away:
        words = "%(name)s can't be asked right now. Try again in a minute, or use your password."
        raise ProviderRefused(words, words={"name": errand.name}) from away
    arrival = rules.arrival(
        {**more, **claims},
        role_claim=errand.role_claim,
        role_map=errand.role_map,
        admins=errand.admins,
        trusts_email=errand.trusts_email,
    )
    return Exchanged(arrival, tokens.id_token, fetched)


def _read(
    errand: Errand, token: str, client: OidcClient, now: datetime
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the token's claims; keys are fetched again where the token names one that we don't know."""
    accepted = rules.algorithms(errand.document)
    try:
        return rules_tokens.read(token, errand.keys, algorithms=accepted), None
    except KeyUnknown:
        if errand.keys_at is not None and now - errand.keys_at < rules.KEYS_AGAIN:
            raise
        fetched = rules_tokens.usable_keys(client.document(str(errand.document["jwks_uri"])))
        return rules_tokens.read(token, fetched, algorithms=accepted), fetched


def _more(
    errand: Errand, claims: Mapping[str, Any], access_token: str, subject: str, client: OidcClient
) -> dict[str, Any]:
    """Return what UserInfo adds where the token has no address; it has to speak of the same person."""
    endpoint = errand.document.get("userinfo_endpoint")
    if "email" in claims or not isinstance(endpoint, str) or not access_token:
        return {}
    more = client.person(endpoint, access_token=access_token)
    if more.get("sub") != subject:
        raise AnswerDistrusted
    return more


def _refusal(errand: Errand, code: str, text: str) -> ProviderRefused:
    if code in rules.DECLINED:
        return ProviderRefused(
            "%(name)s didn't let you in. Try again, or use your password.", words={"name": errand.name}
        )
    said = " ".join(part for part in (code, text) if part).strip()[:300]
    words = {"name": errand.name, "said": "".join(one for one in said if one.isprintable())}
    return ProviderRefused("%(name)s says: “%(said)s”. Try again, or use your password.", words=words)


def arrive(session: Session, *, errand: Errand, outcome: Exchanged, secret_key: str, now: datetime) -> None:
    """Keep whom the provider has let in, for the page that comes next; and its keys, if they are new."""
    journey = session.get_one(Journey, (context.tenant_id(), errand.journey_id), with_for_update=True)
    journey.arrival = outcome.arrival.stored()
    journey.hint = sealed.seal(
        secret_key, outcome.id_token.encode(), tenant_id=context.tenant_id(), purpose=HINT, row_id=errand.provider_id
    )
    if outcome.keys is not None:
        provider = queries.provider(session, errand.provider_id, lock=True)
        provider.keys, provider.keys_at = outcome.keys, now
    session.flush()


def give_up(session: Session, *, errand: Errand, why: str, remote: str, now: datetime) -> None:
    """Record that a journey ended at the provider, and why: `why` is a word for administrators."""
    journey = session.get_one(Journey, (context.tenant_id(), errand.journey_id), with_for_update=True)
    journey.trouble, journey.ended_at = why[:300], now
    audit.record(
        session,
        actor=Actor(context.tenant_id(), remote=remote),
        action="federation.refused",
        subject_kind="identity_provider",
        subject_id=errand.provider_id,
        after={"why": why[:300]},
        now=now,
    )
    session.flush()


def secret_of(provider: IdentityProvider, secret_key: str) -> str:
    """Return a provider's secret in the clear, empty if it has none. Raises UnknownProvider if it can't be read."""
    if not provider.client_secret:
        return ""
    try:
        return sealed.unseal(
            secret_key, provider.client_secret, tenant_id=context.tenant_id(), purpose=SECRET, row_id=provider.id
        ).decode()
    except sealed.Unsealable:
        raise UnknownProvider from None


def hint_of(kept: bytes, secret_key: str, provider_id: UUID) -> str:
    """Return an ID token that was kept sealed, empty if it can't be read any more."""
    try:
        return sealed.unseal(secret_key, kept, tenant_id=context.tenant_id(), purpose=HINT, row_id=provider_id).decode()
    except sealed.Unsealable:
        return ""
