"""A mailer for tests, and the one of installations whose mails are only shown on the local outbox page."""

from app.integrations.mail.port import Message


class MemoryMailer:
    """Keeps the mails it is given until the process ends."""

    def __init__(self) -> None:
        self.sent: list[Message] = []

    def send(self, message: Message) -> str:
        """Keep the mail, unless one with its id is kept already."""
        if message.id not in {earlier.id for earlier in self.sent}:
            self.sent.append(message)
        return f"memory:{message.id}"
