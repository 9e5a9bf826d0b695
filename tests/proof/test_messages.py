"""Where a request ends is never in doubt, and no method repeats what was sent (batteries B30 and B33).

Each case would let a second request hide in the first one, if two servers read it differently.
"""

import pytest

from tenants.service import Site
from tests.conftest import found
from tests.support import tally
from tests.support.servers import ask

HIDDEN = "GET /hidden-request HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
WAITS = 2.0  # seconds for a second answer, where the connection stays open
SMUGGLED: dict[str, tuple[list[str], str]] = {
    "a length and chunks": (["Content-Length: {long}", "Transfer-Encoding: chunked"], "0\r\n\r\n" + HIDDEN),
    "chunks and a length": (["Transfer-Encoding: chunked", "Content-Length: {long}"], "0\r\n\r\n" + HIDDEN),
    "two lengths": (["Content-Length: 0", "Content-Length: {long}"], HIDDEN),
    "lengths in a list": (["Content-Length: 0, {long}"], HIDDEN),
    "a length with a sign": (["Content-Length: +0"], HIDDEN),
    "a length in another base": (["Content-Length: 0x0"], HIDDEN),
    "a negative length": (["Content-Length: -1"], HIDDEN),
    "a space before the colon": (["Content-Length : 0", "Content-Length: {long}"], HIDDEN),
    "an encoding nobody knows": (["Transfer-Encoding: xchunked", "Content-Length: 0"], HIDDEN),
    "an encoding in disguise": (["Transfer-Encoding: \x0bchunked", "Content-Length: 0"], HIDDEN),
    "two encodings": (["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], "0\r\n\r\n" + HIDDEN),
    "a chunk's size that is none": (["Transfer-Encoding: chunked"], "0x0\r\n\r\n" + HIDDEN),
    "a chunk's size with a sign": (["Transfer-Encoding: chunked"], "-0\r\n\r\n" + HIDDEN),
    "a line that goes on": (["Transfer-Encoding:", " chunked", "Content-Length: 0"], HIDDEN),
    "a header after a lone return": (["X-One: 1\rTransfer-Encoding: chunked", "Content-Length: 0"], HIDDEN),
}
REFUSED = (0, 400, 405, 411, 501)


@pytest.fixture(scope="module")
def acme(database: None) -> Site:
    return found("acme", "Acme Real Assets")


@pytest.mark.parametrize("door", ["served", "fronted"])
def test_no_request_hides_in_another(door: str, acme: Site, request: pytest.FixtureRequest) -> None:
    port, hidden = request.getfixturevalue(door), HIDDEN.format(host=acme.host)
    for case, (headers, body) in SMUGGLED.items():
        lines = ["POST /login HTTP/1.1", f"Host: {acme.host}", *headers, "", body]
        raw = "\r\n".join(lines).format(host=acme.host, long=len(hidden) + 5).encode("latin-1")
        answer = ask(port, raw, tls=door == "fronted", patience=WAITS)
        assert answer.status in (*REFUSED, 419), f"{case}: {answer.status}"
        assert "HTTP/1.1 " not in answer.body, case
        assert "hidden-request" not in answer.whole, case
        tally.count("B30 messages that hide another: refused, or read as one")


@pytest.mark.parametrize("door", ["served", "fronted"])
@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "DEBUG", "PROPFIND"])
def test_no_method_repeats_what_was_sent(door: str, method: str, acme: Site, request: pytest.FixtureRequest) -> None:
    port = request.getfixturevalue(door)
    for path in ("/", "/account", "/api/deals", "/static/x"):
        raw = f"{method} {path} HTTP/1.1\r\nHost: {acme.host}\r\nX-Said: repeat-me\r\nConnection: close\r\n\r\n"
        answer = ask(port, raw.encode(), tls=door == "fronted")
        assert answer.status in (*REFUSED, 404), f"{path}: {answer.status}"
        assert "repeat-me" not in answer.whole, path
        tally.count("B33 methods that nobody needs: refused")
