"""E-mail through an SMTP server or through Resend."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formataddr
from urllib.parse import unquote, urlsplit

import resend
from resend.exceptions import ResendError
from resend.http_client_requests import RequestsClient

from app.integrations.mail.port import Message, NotSent

PATIENCE = 20  # seconds
RESEND = "https://api.resend.com"


class SmtpMailer:
    """`smtp://user:password@host:587` (STARTTLS where the server has it) or `smtps://…:465`."""

    def __init__(self, url: str) -> None:
        self.server = urlsplit(url)

    def send(self, message: Message) -> str:
        """Hand the mail to the server; its Message-ID is the reference. Raises NotSent."""
        mail = mime(message)
        try:
            with self._connected() as server:
                server.send_message(mail)
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(type(error).__name__) from error
        return str(mail["Message-ID"])

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        host, trusted = self.server.hostname or "localhost", ssl.create_default_context()
        if self.server.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, self.server.port or 465, timeout=PATIENCE, context=trusted)
        else:
            server = smtplib.SMTP(host, self.server.port or 587, timeout=PATIENCE)
        with server:
            if self.server.scheme != "smtps" and server.has_extn("starttls"):
                server.starttls(context=trusted)
            if self.server.username:
                server.login(unquote(self.server.username), unquote(self.server.password or ""))
            yield server


class ResendMailer:
    """Resend, by its own library; the mail's id is its idempotency key, kept there for 24 hours.

    The library keeps key and address per process: an installation has one account there.
    """

    def __init__(self, key: str, *, url: str = RESEND) -> None:
        resend.api_key, resend.api_url = key, url
        resend.default_http_client = RequestsClient(timeout=PATIENCE)

    def send(self, message: Message) -> str:
        """Hand the mail to Resend and return its id there. Raises NotSent."""
        mail: resend.Emails.SendParams = {
            "from": formataddr((message.sender_name, message.sender)),
            "to": [message.to],
            "reply_to": message.reply_to,
            "subject": message.subject,
            "text": message.text,
            "html": message.html,
        }
        try:
            return str(resend.Emails.send(mail, {"idempotency_key": message.id})["id"])
        except (ResendError, KeyError) as error:
            raise NotSent(type(error).__name__) from error


def mime(message: Message) -> EmailMessage:
    """Return the mail as MIME: plain text, with HTML as the richer alternative."""
    mail = EmailMessage()
    mail["From"] = Address(message.sender_name, addr_spec=message.sender)
    mail["To"] = Address(addr_spec=message.to)
    mail["Reply-To"] = Address(addr_spec=message.reply_to)
    mail["Subject"] = message.subject
    mail["Message-ID"] = f"<{message.id}@{message.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    return mail
