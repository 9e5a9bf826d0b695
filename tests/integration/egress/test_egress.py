"""B26: whatever address somebody writes, nothing inside is reached, and nobody outside can hold us up."""

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.core import clock
from app.integrations.egress import addresses
from app.integrations.egress.live import LiveEgress
from app.integrations.egress.port import READ, AddressRefused, AnswerUnusable, Request, Unreachable
from tests.integration.egress.listening import Behaviour, Listener, plainly
from tests.support import tally

HOSTS = [
    # this machine
    "127.0.0.1", "127.1", "127.0.1", "127.0.0.2", "127.255.255.254", "0.0.0.0", "0", "[::1]", "[::]",
    "[0:0:0:0:0:0:0:1]", "localhost", "LOCALHOST", "localhost.", "a.localhost", "localhost.localdomain", "127.0.0.1.",
    # private, link-local, carrier's, multicast, reserved, documentation
    "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.254", "192.168.0.1", "192.168.255.1", "169.254.169.254",
    "169.254.170.2", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "192.0.0.9", "198.18.0.1",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.0.2.1", "192.88.99.1", "203.0.113.1",
    "[fe80::1]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]",
    "[2001:db8::1]", "[3fff::1]", "[100::1]", "[5f00::1]",
    # an IPv4 address inside of an IPv6 one
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:169.254.169.254]", "[::ffff:8.8.8.8]", "[::127.0.0.1]",
    "[64:ff9b::7f00:1]", "[64:ff9b::169.254.169.254]", "[64:ff9b::8.8.8.8]", "[64:ff9b:1::1]", "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::1]", "[2001:0:7f00:1::]",
    # other ways to write a number
    "2130706433", "017700000001", "0177.0.0.1", "0x7f000001", "0x7f.0.0.1", "0x7f.1", "127.0.0.0x1", "0x",
    "127.000.0.01", "4294967295", "00000177.1", "%31%32%37.0.0.1", "①②⑦.⓪.⓪.①",
    "127。0。0。1", "１２７.0.0.1", "1.2.3", "1.2.3.4.5",
    # names that aren't usable
    "intranet", "metadata", "ex ample.com", "exa\tmple.com", "bücher.example", "example..com", "-example.com", "", ".",
    "example.com\\@127.0.0.1", "[::1", "::1", "user@example.com", "user:pw@127.0.0.1", "example.com:80@127.0.0.1",
]  # fmt: skip
WHOLE = [
    "ftp://example.com/", "file:///etc/passwd", "gopher://127.0.0.1:11211/_stats", "javascript:alert(1)",
    "//example.com/", "data:text/plain,hello", "dict://127.0.0.1:11211/", "unix:///var/run/docker.sock",
    "https:example.com", "example.com", "https://example.com:22/", "https://example.com:0/",
    "https://example.com:65536/", "https://example.com:-1/", "https://example.com:6379/",
    "https://example.com/#part", "https://example.com/\r\nHost: inside", " https://example.com/",
    "https://example.com/ x", "https://example.com:44３/", "https://example.com/" + "a" * 2000,
    "http:///127.0.0.1/", "",
]  # fmt: skip
INSIDE = [
    "127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.1.1", "172.20.0.1", "100.64.1.1", "0.0.0.0", "::1", "::",
    "::ffff:127.0.0.1", "fe80::1", "fd12::1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1", "168.63.129.16",
]  # fmt: skip
PUBLIC = "93.184.215.14"


@pytest.fixture(scope="module")
def inside() -> Iterator[Listener]:
    with Listener() as listener:
        yield listener


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", HOSTS)
def test_no_way_to_write_a_host_leads_inside(inside: Listener, host: str, scheme: str) -> None:
    client = LiveEgress(ports={80, 443, inside.port}, plain=True, resolve=lambda _host, _port: ["127.0.0.1"])
    before = inside.connections
    for url in (f"{scheme}://{host}:{inside.port}/", f"{scheme}://{host}/"):
        with pytest.raises(AddressRefused):
            client.send(Request(method="POST", url=url, body=b"{}"))
        tally.count("B26 outgoing requests: addresses refused as written")
    assert inside.connections == before


@pytest.mark.parametrize("url", WHOLE)
def test_what_is_no_usable_address_is_refused_as_it_is_written(url: str) -> None:
    with pytest.raises(AddressRefused):
        LiveEgress(plain=True).check(url)
    tally.count("B26 outgoing requests: addresses refused as written")


@pytest.mark.parametrize("answers", [[each] for each in INSIDE] + [[PUBLIC, each] for each in INSIDE])
def test_a_name_is_refused_if_any_of_its_addresses_is_inside(inside: Listener, answers: list[str]) -> None:
    dialled: list[object] = []

    def dial(place: tuple[str, int], _patience: float) -> socket.socket:
        dialled.append(place)
        return socket.create_connection(("127.0.0.1", inside.port))

    with pytest.raises(AddressRefused):
        LiveEgress(resolve=lambda _host, _port: answers, dial=dial).send(
            Request(method="GET", url="https://a.example/")
        )
    assert dialled == []
    tally.count("B26 outgoing requests: names refused by what they resolve to")


def test_a_name_that_changes_after_the_check_changes_nothing() -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    dialled: list[tuple[str, int]] = []

    def dial(place: tuple[str, int], _patience: float) -> socket.socket:
        dialled.append(place)
        return socket.create_connection(("127.0.0.1", public.port))

    with Listener() as public:
        client = LiveEgress(plain=True, resolve=lambda _host, _port: next(answers), dial=dial)
        assert client.send(Request(method="GET", url="http://rebinding.example/")).status == 200
    assert dialled == [(PUBLIC, 80)], "connected to the address that was checked, and resolved once"
    assert next(answers) == ["127.0.0.1"]
    assert b"host: rebinding.example\r\n" in public.asked[0]


@pytest.mark.parametrize("address", ["8.8.8.8", PUBLIC, "2606:4700:4700::1111", "2a00:1450:4001::1"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert addresses.allowed(ip_address(address))


def test_http_is_for_one_machine_alone() -> None:
    LiveEgress(plain=True).check("http://example.com/")
    with pytest.raises(AddressRefused):
        LiveEgress().check("http://example.com/")
    LiveEgress().check("https://example.com/hooks?a=1")


def ask(behaviour: Behaviour, *, total: float = 3.0) -> tuple[Listener, object, float]:
    """Return what came of asking a server of this machine, where that is allowed."""
    with Listener(behaviour) as listener:
        client, began = LiveEgress(plain=True, loopback=True, total=total), time.monotonic()
        try:
            outcome: object = client.send(Request(method="POST", url=f"http://127.0.0.1:{listener.port}/", body=b"{}"))
        except (AddressRefused, Unreachable) as refusal:
            outcome = refusal
        return listener, outcome, time.monotonic() - began


def test_a_redirect_is_an_answer_like_any_other(inside: Listener) -> None:
    before = inside.connections

    def elsewhere(link: socket.socket, _asked: bytes) -> None:
        place = f"http://127.0.0.1:{inside.port}/".encode()
        link.sendall(b"HTTP/1.1 307 Moved\r\nLocation: " + place + b"\r\nContent-Length: 0\r\n\r\n")

    _, answer, _ = ask(elsewhere)
    assert getattr(answer, "status", None) == 307
    assert inside.connections == before


def test_a_server_that_drips_is_left_at_the_deadline() -> None:
    def drip(link: socket.socket, _asked: bytes) -> None:
        link.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(60):
            link.sendall(f"x-{number}: 1\r\n".encode())
            time.sleep(0.1)

    _, refusal, took = ask(drip, total=1.0)
    assert isinstance(refusal, Unreachable)
    assert took < 2


def test_a_server_that_says_nothing_is_left_at_the_deadline() -> None:
    _, refusal, took = ask(lambda _link, _asked: time.sleep(2), total=0.7)
    assert isinstance(refusal, Unreachable)
    assert took < 4


def test_a_resolver_that_hangs_is_left_at_the_deadline() -> None:
    def hang(_host: str, _port: int) -> list[str]:
        time.sleep(2)
        return []

    began = time.monotonic()
    with pytest.raises(Unreachable):
        LiveEgress(resolve=hang, total=0.5).send(Request(method="GET", url="https://a.example/"))
    assert time.monotonic() - began < 1.5


def test_of_an_endless_body_no_more_than_64_kib_are_read() -> None:
    sent = []

    def endless(link: socket.socket, _asked: bytes) -> None:
        link.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            sent.append(link.send(b"x" * 4096))

    _, answer, took = ask(endless)
    assert len(getattr(answer, "body", b"")) == READ
    assert getattr(answer, "cut", None) is True
    assert took < 2
    with pytest.raises(AnswerUnusable):
        answer.json()  # type: ignore[attr-defined]


def test_endless_headers_are_left() -> None:
    def endless(link: socket.socket, _asked: bytes) -> None:
        link.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            link.sendall(b"x: " + b"y" * 60000 + b"\r\n")

    assert isinstance(ask(endless)[1], Unreachable)


@pytest.mark.parametrize("encoding", [b"gzip", b"br", b"deflate, gzip"])
def test_nothing_is_ever_unpacked(encoding: bytes) -> None:
    def packed(link: socket.socket, asked: bytes) -> None:
        assert b"accept-encoding: identity" in asked
        link.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: " + encoding + b"\r\nContent-Length: 3\r\n\r\nabc")

    assert isinstance(ask(packed)[1], AnswerUnusable)


@pytest.mark.parametrize("nonsense", [b"", b"hello\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nno colon"])
def test_nonsense_is_unreachable_and_nothing_worse(nonsense: bytes) -> None:
    _, outcome, _ = ask(lambda link, _asked: link.sendall(nonsense))
    assert isinstance(outcome, Unreachable) or getattr(outcome, "body", None) == b""


def test_proxies_of_the_environment_are_not_used(inside: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{inside.port}")
    before = inside.connections
    listener, answer, _ = ask(plainly)
    assert getattr(answer, "status", None) == 200
    assert (listener.connections, inside.connections) == (1, before)


@pytest.mark.parametrize("header", [{"x-a": "1\r\nx-b: 2"}, {"x\n": "1"}, {"cookie": "a=1"}, {"host": "inside"}])
def test_headers_can_not_be_smuggled(header: dict[str, str]) -> None:
    with Listener() as listener:
        request = Request(method="GET", url=f"http://127.0.0.1:{listener.port}/", headers=header)
        with pytest.raises(ValueError, match="can't be sent"):
            LiveEgress(plain=True, loopback=True).send(request)
    assert listener.connections == 0


def certificate(folder: Path, name: str) -> Path:
    """Return a file with a key and a certificate of its own for `name`."""
    key, now = ec.generate_private_key(ec.SECP256R1()), clock.now()
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + made.public_bytes(serialization.Encoding.PEM)
    file = folder / f"{name}.pem"
    file.write_bytes(text)
    return file


@pytest.mark.parametrize(("asked", "reached"), [("hooks.example", True), ("other.example", False)])
def test_the_certificate_is_checked_for_the_name_that_was_written(tmp_path: Path, asked: str, reached: bool) -> None:
    file, names = certificate(tmp_path, "hooks.example"), []
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    tls.sni_callback = lambda _line, name, _context: names.append(name)  # type: ignore[assignment]
    with Listener(tls=tls) as listener:
        client = LiveEgress(
            resolve=lambda _host, _port: [PUBLIC],
            dial=lambda _place, _patience: socket.create_connection(("127.0.0.1", listener.port)),
        )
        client.trust.load_verify_locations(file)
        if reached:
            assert client.send(Request(method="GET", url=f"https://{asked}/")).status == 200
        else:
            with pytest.raises(Unreachable, match="certificate"):
                client.send(Request(method="GET", url=f"https://{asked}/"))
    assert names == [asked]
