"""Host names as clients send them and as the register keeps them. Pure."""

import re

from tenants.errors import InvalidHost

_LABEL = re.compile(r"^(?!-)[a-z0-9-]{1,63}(?<!-)$")
_PORT = re.compile(r"^[0-9]{1,5}$")


def normalised(header: str) -> str | None:
    """Return the host of a `Host` header in lower-case ASCII without port and final dot, or None if it is malformed.

    A host is letters, digits and hyphens in dot-separated labels (RFC 1123 §2.1); IDN arrives as `xn--` or is encoded
    by IDNA 2003. IP literals, user info, lists and out-of-range ports are malformed: a tenant never has such a host.
    """
    host, colon, port = header.partition(":")
    if colon and not (_PORT.match(port) and 0 < int(port) < 65536):
        return None
    host = host.removesuffix(".").lower()
    try:
        ascii_host = host.encode("ascii").decode() if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return None
    labels = ascii_host.split(".")
    if len(ascii_host) > 253 or not all(_LABEL.match(label) for label in labels) or labels[-1].isdigit():
        return None
    return ascii_host


def registrable(text: str) -> str:
    """Return `text` as it is kept in the register. Raises InvalidHost."""
    host = normalised(text.strip())
    if host is None or ":" in text or "." not in host:
        raise InvalidHost(text)
    return host
