"""Host headers: what is a host of ours, and what can never be one."""

import pytest

from tenants.errors import InvalidHost
from tenants.hosts import normalised, registrable

GOOD = {
    "acme.localhost": "acme.localhost",
    "ACME.LocalHost": "acme.localhost",
    "acme.localhost.": "acme.localhost",
    "acme.localhost:8000": "acme.localhost",
    "acme.localhost.:8000": "acme.localhost",
    "xn--mnchen-3ya.example": "xn--mnchen-3ya.example",
    "münchen.example": "xn--mnchen-3ya.example",
    "MÜNCHEN.example": "xn--mnchen-3ya.example",
    "localhost": "localhost",
    "a-b.c": "a-b.c",
}
BAD = [
    "", " ", ".", "..", "acme..localhost", ".acme.localhost", "acme.localhost..", "acme.localhost:", "acme.localhost:0",
    "acme.localhost:65536", "acme.localhost:99999", "acme.localhost:80:80", "acme.localhost:8e3", "acme.localhost:-1",
    "acme.localhost:٨٠", "a.example.com@evil.com", "user:pw@acme.localhost", "a, b", "acme.localhost,zeta.localhost",
    "acme.localhost/zeta", "acme.localhost?x", "acme.localhost#x", "http://acme.localhost", "[::1]", "[::1]:80", "::1",
    "127.0.0.1", "127.0.0.1:80", "2130706433", "0x7f.1", "acme localhost", "acme\tlocalhost", "acme.localhost\r\nX: y",
    "acme_.localhost", "-acme.localhost", "acme-.localhost", "a" * 64 + ".localhost", ".".join(["a" * 60] * 5),
    "acme\x00.localhost", "*.localhost", "%61cme.localhost", "xn--\udc80.localhost",
]  # fmt: skip


@pytest.mark.parametrize(("header", "host"), GOOD.items())
def test_a_host_is_read_as_browsers_mean_it(header: str, host: str) -> None:
    assert normalised(header) == host


@pytest.mark.parametrize("header", BAD)
def test_a_malformed_host_is_nobodys(header: str) -> None:
    assert normalised(header) is None


@pytest.mark.parametrize("text", ["acme", "acme.localhost:80", "", "127.0.0.1", "a b.c"])
def test_only_a_full_name_without_port_can_be_registered(text: str) -> None:
    with pytest.raises(InvalidHost):
        registrable(text)
