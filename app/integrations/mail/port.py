"""One e-mail, and what sends it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Message:
    """An e-mail that is ready to go. `id` is the same in every attempt, so that a provider can drop the second."""

    id: str
    sender: str
    sender_name: str
    reply_to: str
    to: str
    subject: str
    text: str
    html: str


class Mailer(Protocol):
    """Sends e-mail."""

    def send(self, message: Message) -> str:
        """Hand the mail over and return the provider's reference. Raises NotSent when it may be tried again."""


class NotSent(Exception):
    """The mail wasn't taken; trying again later may help."""
