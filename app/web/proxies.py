"""Who really asks, behind proxies that the operator named: only their word on address and scheme is taken.

The host is never taken from a header that a proxy adds: it decides whose site this is.
"""

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
UNBELIEVED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PREFIX",
              "HTTP_X_FORWARDED_PORT", "HTTP_FORWARDED", "HTTP_X_REAL_IP")  # fmt: skip


def networks(text: str) -> tuple[Network, ...]:
    """Return the networks in a list with commas. Raises ValueError naming the part that isn't one."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip() not in ("", "0"))


def client(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """Return the address of whoever asked: read from the right, the first that isn't a trusted proxy's.

    What stands to its left was written by strangers. Where a trusted proxy passes on nonsense, its own address stands.
    """
    found = peer
    for part in reversed([peer_of(part) for part in forwarded.split(",") if part.strip()]):
        if not _is_in(found, trusted):
            break
        if part is None:
            break
        found = part
    return found


def peer_of(text: str) -> str | None:
    """Return the plain address in one part of X-Forwarded-For, which may carry a port, or None."""
    plain = text.strip().removeprefix("[").partition("]")[0]
    if plain.count(":") == 1:
        plain = plain.partition(":")[0]
    try:
        return str(ipaddress.ip_address(plain))
    except ValueError:
        return None


def _is_in(address: str, trusted: Sequence[Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return any(parsed.version == network.version and parsed in network for network in trusted)


class BehindProxies:
    """A WSGI application that sees its callers' own addresses and schemes."""

    def __init__(self, inner: Application, trusted: Sequence[Network]) -> None:
        self.inner, self.trusted = inner, trusted

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        peer, said = environ.get("REMOTE_ADDR", ""), {name: environ.pop(name, "") for name in UNBELIEVED}
        if self.trusted and _is_in(peer, self.trusted):
            environ["REMOTE_ADDR"] = client(peer, said["HTTP_X_FORWARDED_FOR"], self.trusted)
            scheme = said["HTTP_X_FORWARDED_PROTO"].rpartition(",")[2].strip().lower()
            if scheme in ("http", "https"):
                environ["wsgi.url_scheme"] = scheme
        return self.inner(environ, start)
