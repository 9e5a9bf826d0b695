"""Mails are written as MIME, handed to SMTP, or sent to Resend with a key that makes a second sending harmless."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest

from app.integrations.mail.live import ResendMailer, SmtpMailer, mime
from app.integrations.mail.memory import MemoryMailer
from app.integrations.mail.port import Message, NotSent

MESSAGE = Message(
    id="01a1fe01",
    sender="no-reply@acme.example",
    sender_name='Acme "Réal" Assets, Ltd.',
    reply_to="hello@acme.example",
    to="alice@example.org",
    subject="Bestätigen\u00a0Sie",
    text="Guten Tag",
    html="<p>Guten Tag</p>",
)


def test_a_mail_has_a_plain_and_a_rich_form() -> None:
    mail = mime(MESSAGE)
    assert mail["To"] == "alice@example.org"
    assert mail["From"].addresses[0].display_name == 'Acme "Réal" Assets, Ltd.'
    assert mail["Message-ID"] == "<01a1fe01@acme.example>"
    kinds = [part.get_content_type() for part in mail.iter_parts()]
    assert kinds == ["text/plain", "text/html"]


def test_a_line_break_cannot_add_a_header() -> None:
    with pytest.raises(ValueError, match=r"linefeed|return"):
        mime(Message(**{**MESSAGE.__dict__, "subject": "Hello\r\nBcc: mallory@example.org"}))


class _Smtp(socketserver.StreamRequestHandler):
    """As much of a mail server as a mail needs."""

    received: ClassVar[list[str]] = []
    refuses: ClassVar[bool] = False

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline().decode():
            word = line[:4].upper().strip()
            if word == "DATA":
                self._say("354 go on")
                self.received.append("".join(iter(lambda: self.rfile.readline().decode(), ".\r\n")))
                self._say("250 taken")
            elif word == "RCPT" and self.refuses:
                self._say("550 unknown")
            elif word == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class _Resend(BaseHTTPRequestHandler):
    requests: ClassVar[list[tuple[dict[str, str], dict[str, Any]]]] = []
    status: ClassVar[int] = 200

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.requests.append((dict(self.headers), body))
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"id": "re_1"}')

    def log_message(self, *_arguments: Any) -> None:
        """Keep quiet."""


@contextmanager
def serving(server: socketserver.TCPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_smtp_takes_a_mail() -> None:
    _Smtp.received, _Smtp.refuses = [], False
    with serving(socketserver.TCPServer(("127.0.0.1", 0), _Smtp)) as port:
        assert SmtpMailer(f"smtp://127.0.0.1:{port}").send(MESSAGE) == "<01a1fe01@acme.example>"
    assert "To: alice@example.org" in _Smtp.received[0]


def test_a_refused_or_unreachable_server_means_not_sent() -> None:
    _Smtp.refuses = True
    with serving(socketserver.TCPServer(("127.0.0.1", 0), _Smtp)) as port, pytest.raises(NotSent):
        SmtpMailer(f"smtp://127.0.0.1:{port}").send(MESSAGE)
    with pytest.raises(NotSent):
        SmtpMailer(f"smtp://127.0.0.1:{port}").send(MESSAGE)


def test_resend_is_given_the_mail_with_its_key() -> None:
    _Resend.requests, _Resend.status = [], 200
    with serving(HTTPServer(("127.0.0.1", 0), _Resend)) as port:
        assert ResendMailer("re_key", url=f"http://127.0.0.1:{port}").send(MESSAGE) == "re_1"
    headers, body = _Resend.requests[0]
    assert (headers["Authorization"], headers["Idempotency-Key"]) == ("Bearer re_key", "01a1fe01")
    assert body["to"] == ["alice@example.org"]


def test_an_error_of_resend_means_not_sent() -> None:
    _Resend.requests, _Resend.status = [], 500
    with serving(HTTPServer(("127.0.0.1", 0), _Resend)) as port, pytest.raises(NotSent):
        ResendMailer("re_key", url=f"http://127.0.0.1:{port}").send(MESSAGE)


def test_memory_keeps_a_mail_once() -> None:
    mailer = MemoryMailer()
    assert mailer.send(MESSAGE) == mailer.send(MESSAGE)
    assert mailer.sent == [MESSAGE]
