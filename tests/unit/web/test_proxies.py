"""Whose address counts behind proxies."""

import pytest

from app.web.proxies import client, networks

TRUSTED = networks("10.0.0.0/8, 2001:db8::/32, 127.0.0.1")


@pytest.mark.parametrize(
    ("peer", "forwarded", "who"),
    [
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.9.9.9", "198.51.100.1"),
        ("10.0.0.1", "10.2.2.2, 10.3.3.3", "10.2.2.2"),
        ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
        ("10.0.0.1", "nonsense, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.1", "[2a00:1::5]:4711", "2a00:1::5"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("2001:db8::1", "2a00:1::5", "2a00:1::5"),
        ("10.0.0.1", ", , ", "10.0.0.1"),
        ("10.0.0.1", "<script>", "10.0.0.1"),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_first_from_the_right_that_is_no_proxy_of_ours(peer: str, forwarded: str, who: str) -> None:
    assert client(peer, forwarded, TRUSTED) == who


@pytest.mark.parametrize("text", ["10.0.0.0/33", "example.org", "10.0.0.1/8"])
def test_networks_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        networks(text)


def test_without_any_nobody_is_trusted() -> None:
    assert networks("") == networks("0") == ()
