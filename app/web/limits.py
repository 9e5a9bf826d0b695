"""Limits at the doors: who may come how often, per tenant and caller, and the headers that say so."""

import ipaddress
from uuid import UUID

from flask import Response, current_app, g, request

from app.core.errors import TooMany
from app.core.limits import Counter, InMemory, Limit
from app.core.permissions import Actor, Role

SOURCE = Limit("source", 600)  # messages of one source of webhooks
SENT_BY_OTHERS = ("/api/webhooks/", "/api/sign-in/")
NO_TENANT = UUID(int=0)
OFFICE = frozenset({Role.TENANT_ADMIN, Role.COMPLIANCE_OFFICER, Role.SUPER_ADMIN})
_SOURCES = InMemory()


class RateLimited(TooMany):
    """You have come too often in too short a time. Wait as long as Retry-After says, then go on."""

    code = "rate-limited"
    title = "Too many requests"


def check_source() -> None:
    """Refuse a source of messages that sends too many, before anything is read. Raises RateLimited."""
    if request.path.startswith(SENT_BY_OTHERS):
        found = _SOURCES.count(NO_TENANT, f"{request.host} {place(request.remote_addr or '')}", SOURCE)
        if not found.passes:
            raise RateLimited(retry_after=found.resets_in)


def check_visitor() -> None:
    """Count somebody who came without a token, or with one that isn't valid. Raises RateLimited."""
    _count(f"place {place(request.remote_addr or '')}", Limit("public", g.settings.limit_public))


def check_entrance() -> None:
    """Count a form that signs in, registers or has a mail sent, by the place it came from. Raises RateLimited."""
    _count(f"place {place(request.remote_addr or '')}", Limit("entrance", g.settings.limit_entrance))


def check_person(actor: Actor) -> None:
    """Count a person, whichever of their tokens they came with. Raises RateLimited."""
    limit = Limit("person", g.settings.limit_person)
    if actor.roles & OFFICE:
        limit = Limit("office", g.settings.limit_office)
    _count(f"person {actor.user_id}", limit)


def _count(caller: str, limit: Limit) -> None:
    counter: Counter = current_app.counter  # type: ignore[attr-defined]
    g.count = counter.count(g.site.id, caller, limit)
    if not g.count.passes:
        raise RateLimited(retry_after=g.count.resets_in)


def finish(response: Response) -> Response:
    """Say how the caller stands (draft-ietf-httpapi-ratelimit-headers)."""
    found = g.get("count")
    if found is not None:
        window = int(found.limit.within.total_seconds())
        response.headers["RateLimit-Policy"] = f'"{found.limit.name}";q={found.limit.most};w={window}'
        response.headers["RateLimit"] = f'"{found.limit.name}";r={found.left};t={found.resets_in}'
    return response


def place(address: str) -> str:
    """Return what stands for a caller's place: an IPv4 address, or the /64 that one IPv6 customer has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
