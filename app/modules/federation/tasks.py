"""The worker's side: documents and keys of providers and issuers, fetched when asked for and once an hour."""

import logging
from threading import Event
from typing import Any
from uuid import UUID

from app.core import clock, jobs
from app.core.errors import AppError
from app.core.tasks import TaskContext
from app.integrations.oidc.client import OidcClient
from app.modules.federation import queries, rules, rules_tokens, service
from app.modules.federation.errors import TokenRefused, UnknownIssuer, UnknownProvider
from tenants import service as tenancy
from tenants.session import tenant_session

log = logging.getLogger("portico.federation")
EVERY = 600.0  # seconds
NO_KEYS = "The keys that were published can't be used here."


def look(context: TaskContext, *, provider_id: str) -> None:
    """Fetch a provider's document and keys; keep them, or what went wrong."""
    client, wanted = OidcClient(context.ports.egress), UUID(provider_id)
    try:
        with context.session() as session:
            issuer = queries.provider(session, wanted).issuer
    except UnknownProvider:  # removed meanwhile
        return
    found: dict[str, Any] = {}
    try:
        document = rules.checked_document(client.document(rules.document_url(issuer)), issuer=issuer)
        for name in rules.NEEDED:
            client.egress.check(str(document[name]))
        found = {"document": document, "keys": rules_tokens.usable_keys(client.document(str(document["jwks_uri"])))}
    except TokenRefused:
        found = {"trouble": NO_KEYS}
    except AppError as refused:
        found = {"trouble": refused.message}
    with context.session() as session:
        service.keep_look(session, provider_id=wanted, now=context.now(), **found)


def fetch(context: TaskContext, *, issuer_id: str) -> None:
    """Fetch the keys of an issuer of tokens; keep them, or what went wrong."""
    client, wanted = OidcClient(context.ports.egress), UUID(issuer_id)
    try:
        with context.session() as session:
            url = queries.issuer(session, wanted).keys_url
    except UnknownIssuer:  # removed meanwhile
        return
    if not url:
        return
    found: dict[str, Any] = {}
    try:
        found = {"keys": rules_tokens.usable_keys(client.document(url))}
    except TokenRefused:
        found = {"trouble": NO_KEYS}
    except AppError as refused:
        found = {"trouble": refused.message}
    with context.session() as session:
        service.keep_issuer_keys(session, issuer_id=wanted, now=context.now(), **found)


def refresh(_settings: Any, _ports: Any, stop: Event) -> None:
    """Have keys fetched again that are old, until stopped."""
    while not stop.is_set():
        try:
            for site in tenancy.sites():
                with tenant_session(site.id) as session:
                    providers, issuers = queries.stale(session, clock.now())
                    for each in providers:
                        jobs.later(session, "federation.look", provider_id=str(each))
                    for each in issuers:
                        jobs.later(session, "federation.fetch", issuer_id=str(each))
        except Exception:
            log.exception("looking for old keys failed; trying again later")
        stop.wait(EVERY)
