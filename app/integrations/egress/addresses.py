"""Which addresses may be asked: what can be said of a URL as it is written, and of the IP addresses behind its name."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from app.integrations.egress.port import AddressRefused

LONGEST = 2000
_PRINTABLE = re.compile(r"[!#-;=?-\[\]_a-z~]+")  # ASCII without blanks, quotes, <>, \, ^, `, {|}
_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_STANDARD = {"http": 80, "https": 443}
# Networks that count as global or that lead elsewhere: ipaddress.is_global is not enough.
_CLOSED_4 = tuple(
    IPv4Network(net)
    for net in (
        "100.64.0.0/10",  # behind providers' NAT; a cloud's metadata service lives here
        "168.63.129.16/32",  # a cloud's own host service
        "192.0.0.0/24",
        "192.88.99.0/24",  # relays of 6to4
    )
)
_OPEN_6 = IPv6Network("2000::/3")  # all that is given out for the public net
_CLOSED_6 = tuple(
    IPv6Network(net)
    for net in (
        "2001::/23",  # Teredo and other protocols
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",
    )
)  # NAT64, mapped, compatible, local and multicast ones lie outside of 2000::/3


@dataclass(frozen=True)
class Target:
    """A URL that was read and accepted: where to connect and what to ask there."""

    scheme: str
    host: str  # a name, or an IP address without brackets
    port: int
    path: str  # with the query

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _STANDARD[self.scheme] else f"{host}:{self.port}"


def read(url: str, *, ports: Collection[int], plain: bool = False, loopback: bool = False) -> Target:
    """Return the target of `url`. Raises AddressRefused with a sentence that says what to write instead.

    `plain` lets http:// in; `loopback` lets this machine's own names in, at any port.
    """
    if not url.isascii():
        raise AddressRefused("Write the address in its ASCII form: names with other letters begin with xn--.")
    if len(url) > LONGEST or not _PRINTABLE.fullmatch(url.lower()):
        raise AddressRefused("This isn't an address: it is too long or holds characters that addresses can't have.")
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").lower()
    except ValueError:
        raise AddressRefused("This isn't an address. Write it like https://example.com/path.") from None
    if parts.scheme not in (("http", "https") if plain else ("https",)):
        raise AddressRefused("The address has to begin with https://.")
    if "@" in parts.netloc:
        raise AddressRefused("Leave the user name and password out of the address.")
    if parts.fragment or url.endswith("#"):
        raise AddressRefused("Leave out the part after #.")
    literal = _literal(host) if host.replace(".", "").isdigit() or ":" in host else None
    here = loopback and (host == "localhost" or host.endswith(".localhost") or bool(literal and literal.is_loopback))
    if literal is None:
        _must_be_name(host, here)
    elif not allowed(literal, loopback=loopback):
        raise AddressRefused("This address leads into a private network. Use one that is public.")
    wanted = _STANDARD[parts.scheme] if port is None else port
    if wanted not in ports and not here:
        raise AddressRefused("This port isn't open for addresses outside. Use 443.")
    path = parts.path or "/"
    return Target(parts.scheme, host, wanted, f"{path}?{parts.query}" if parts.query else path)


def _literal(host: str) -> IPv4Address | IPv6Address:
    """Return the IP address that is written in its one usual form; decimal, octal and short forms are refused."""
    try:
        found = ip_address(host)
    except ValueError:
        found = None
    if found is None or getattr(found, "scope_id", None):
        raise AddressRefused("Write the IP address in its usual form, or better a name.")
    return found


def _must_be_name(host: str, here: bool) -> None:
    last = host.rpartition(".")[2]
    if not _NAME.fullmatch(host) or _NUMBER.fullmatch(last):
        raise AddressRefused("The address has no usable name. Write it like https://example.com/path.")
    if ("." not in host or last == "localhost") and not here:
        raise AddressRefused("This name belongs to a private network. Use one that is public.")


def allowed(address: IPv4Address | IPv6Address, *, loopback: bool = False) -> bool:
    """Tell whether `address` is public, or this machine's own where `loopback` says so."""
    if loopback and address.is_loopback:
        return True
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in net for net in _CLOSED_4)
    return address in _OPEN_6 and not any(address in net for net in _CLOSED_6)
