"""Tokens of others at the JSON door: who is it that an issuer's token stands for? Offered to others by `service`."""

import logging
from datetime import datetime

from sqlalchemy.orm import Session

from app.core import jobs
from app.core.permissions import Actor, Role
from app.core.scopes import FOR_KEYS, Bearer
from app.modules.accounts import service as accounts
from app.modules.federation import queries, rules, rules_tokens
from app.modules.federation.errors import KeyUnknown, TokenInvalid, TokenRefused
from app.modules.federation.models import JwtIssuer
from tenants import context
from tenants.session import tenant_session

log = logging.getLogger("portico.federation")


def recognise(session: Session, token: str, *, settings: object, remote: str, now: datetime) -> Bearer | None:  # noqa: ARG001
    """Return who came with a token of one of the tenant's issuers; None for a token of another kind.

    The person has to have an account here: the token says who it is, never what they may do beyond their roles here.
    Raises TokenInvalid for one that doesn't hold.
    """
    named = rules_tokens.unproven_issuer(token)
    issuer = queries.issuer_named(session, named) if ":" in named else None
    if issuer is None:
        return None
    try:
        claims = rules_tokens.read(token, issuer.keys)
        rules_tokens.check_access(claims, issuer=issuer.issuer, audience=issuer.audience, now=now)
        return Bearer(_person(session, issuer, claims, remote), FOR_KEYS)
    except TokenRefused as refused:
        log.info("a token of issuer %s was refused: %s", issuer.id, refused.why)
        if isinstance(refused, KeyUnknown):
            _look_again(issuer, now)
        raise TokenInvalid from refused


def _person(session: Session, issuer: JwtIssuer, claims: dict[str, object], remote: str) -> Actor:
    email = claims.get(issuer.email_claim)
    confirmed = issuer.trusts_email or claims.get("email_verified") in (True, "true")
    if not isinstance(email, str) or not email or not confirmed:
        raise TokenRefused("no confirmed address")
    who = accounts.person_by_email(session, email)
    if who is None or who.status != "active" or not who.email_verified:
        raise TokenRefused("nobody here")
    roles = who.roles - rules.NEVER_MAPPED
    if not issuer.makes_admins:
        roles -= {Role.TENANT_ADMIN}
    if issuer.role_claim:
        named = {"role_claim": issuer.role_claim, "role_map": issuer.role_map}
        roles &= rules.mapped_roles(claims, admins=issuer.makes_admins, **named)  # type: ignore[arg-type]
    return Actor(context.tenant_id(), who.id, roles, who.name, who.email, remote=remote)


def _look_again(issuer: JwtIssuer, now: datetime) -> None:
    """Have the keys fetched again, once in a while, whatever becomes of the request."""
    if not issuer.keys_url or (issuer.keys_at is not None and now - issuer.keys_at < rules.KEYS_AGAIN):
        return
    with tenant_session(context.tenant_id()) as apart:
        fresh = queries.issuer(apart, issuer.id, lock=True)
        if fresh.keys_at == issuer.keys_at:
            fresh.keys_at = now
            jobs.later(apart, "federation.fetch", issuer_id=str(issuer.id))
