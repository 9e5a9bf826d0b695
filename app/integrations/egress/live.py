"""HTTP over a socket of our own: what was checked is what is connected to, and every wait ends at one deadline."""

import socket
import ssl
import time
from collections.abc import Callable, Collection
from contextlib import closing
from functools import cached_property
from http.client import HTTPException, HTTPResponse
from io import BufferedReader, RawIOBase
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, cast

from app.integrations.egress import addresses
from app.integrations.egress.addresses import Target
from app.integrations.egress.port import (
    CONNECT,
    READ,
    TOTAL,
    AddressRefused,
    Answer,
    AnswerUnusable,
    Egress,
    Request,
    Unreachable,
)

Resolver = Callable[[str, int], list[str]]
Dialler = Callable[[tuple[str, int], float], socket.socket]
HEAD = 32 * 1024  # bytes of status line and headers, at most
_OURS = {"host", "content-length", "connection", "accept-encoding", "transfer-encoding", "cookie"}


class LiveEgress(Egress):
    """Resolves a name once, checks every answer, connects to a checked address with the name's own Host and SNI."""

    def __init__(
        self,
        *,
        ports: Collection[int] = (80, 443),
        plain: bool = False,
        loopback: bool = False,
        resolve: Resolver | None = None,
        dial: Dialler = socket.create_connection,
        total: float = TOTAL,
    ) -> None:
        """`plain`, `loopback`: see addresses.read; both are for one machine's development and tests alone."""
        self.ports, self.plain, self.loopback = frozenset(ports), plain, loopback
        self.resolve, self.dial, self.total = resolve or _resolve, dial, total

    @cached_property
    def trust(self) -> ssl.SSLContext:
        """Which certificates are believed: those of the machine's own authorities."""
        return ssl.create_default_context()

    def check(self, url: str) -> None:
        """Raise AddressRefused if `url` can't be an address for us."""
        self._read(url)

    def send(self, request: Request) -> Answer:
        """Send it once and return the answer, whatever its status. Raises AddressRefused, Unreachable."""
        target, until = self._read(request.url), time.monotonic() + self.total
        text = _written(request, target)
        try:
            with closing(self._connected(target, min(until, time.monotonic() + CONNECT))) as link:
                _send(link, text, until)
                return _answer(link, request.method, until)
        except ssl.SSLError as refused:
            raise Unreachable("No secure connection was possible: check the certificate of the address.") from refused
        except TimeoutError as late:
            raise Unreachable("The address didn't answer in time.") from late
        except (OSError, HTTPException, ValueError) as broken:
            raise Unreachable from broken

    def _read(self, url: str) -> Target:
        return addresses.read(url, ports=self.ports, plain=self.plain, loopback=self.loopback)

    def _connected(self, target: Target, until: float) -> socket.socket:
        refusal: OSError = OSError("no address")
        for address in self._addresses(target, until):
            try:
                plain = self.dial((address, target.port), _left(until))
            except OSError as error:
                refusal = error
                continue
            if target.scheme == "http":
                return plain
            try:
                plain.settimeout(_left(until))
                return self.trust.wrap_socket(plain, server_hostname=target.host)
            except BaseException:
                plain.close()
                raise
        raise refusal

    def _addresses(self, target: Target, until: float) -> list[str]:
        """Return every address of the name. One that isn't public spoils all: the next answer could be that one."""
        found = _in_time(lambda: self.resolve(target.host, target.port), until)
        if not found:
            raise Unreachable("The name of the address wasn't found.")
        if not all(addresses.allowed(ip_address(each), loopback=self.loopback) for each in found):
            raise AddressRefused("This name leads into a private network. Use one that is public.")
        return found


def _resolve(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def _in_time(look: Callable[[], list[str]], until: float) -> list[str]:
    """Return what `look` finds; the resolver of the system knows no deadline, so it is left behind when it is late."""
    box: SimpleQueue[list[str]] = SimpleQueue()
    Thread(target=lambda: box.put(look()), daemon=True).start()
    try:
        return box.get(timeout=_left(until))
    except Empty:
        raise TimeoutError from None


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _written(request: Request, target: Target) -> bytes:
    lines = [f"{request.method} {target.path} HTTP/1.1", f"host: {target.authority}"]
    for name, value in request.headers.items():
        if name.lower() in _OURS or not (name + value).isascii() or not (name + value).isprintable():
            raise ValueError(f"the header {name!r} can't be sent")
        lines.append(f"{name}: {value}")
    lines += [f"content-length: {len(request.body)}"] if request.body or request.method != "GET" else []
    lines += ["accept-encoding: identity", "connection: close", "", ""]
    return "\r\n".join(lines).encode() + request.body


def _send(link: socket.socket, text: bytes, until: float) -> None:
    rest = memoryview(text)
    while rest:
        link.settimeout(_left(until))
        rest = rest[link.send(rest) :]


class _Bounded(RawIOBase):
    """Reads from the socket until the deadline, and never more than an answer may have."""

    def __init__(self, link: socket.socket, until: float) -> None:
        self.link, self.until, self.room = link, until, HEAD + READ

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.room <= 0:
            raise AnswerUnusable("The address answered with more than 64 KiB.")
        self.link.settimeout(_left(self.until))
        count = self.link.recv_into(memoryview(buffer)[: self.room])
        self.room -= count
        return count


class _Line:
    """What http.client needs of a socket: a file to read the answer from."""

    def __init__(self, source: _Bounded) -> None:
        self.source = source

    def makefile(self, _mode: str) -> BufferedReader:
        return BufferedReader(self.source)


def _answer(link: socket.socket, method: str, until: float) -> Answer:
    with closing(HTTPResponse(cast(Any, _Line(_Bounded(link, until))), method=method)) as response:
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        if headers.get("content-encoding", "identity").lower() not in ("", "identity"):
            raise AnswerUnusable("The address answered compressed, though plain text was asked for.")
        body = response.read(READ + 1)
    return Answer(status=response.status, headers=headers, body=body[:READ], cut=len(body) > READ)
