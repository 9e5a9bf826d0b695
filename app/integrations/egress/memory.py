"""An outside world for tests: it keeps what it is asked and answers as it was told."""

from collections.abc import Callable

from app.integrations.egress import addresses
from app.integrations.egress.port import Answer, Request


class MemoryEgress:
    """Checks addresses as they are written like the live one, and connects to nobody."""

    def __init__(self, answers: Callable[[Request], Answer] | None = None) -> None:
        """`answers` gives the answer to a request, or raises what the live one could raise."""
        self.answers = answers or (lambda _request: Answer(status=204, headers={}, body=b""))
        self.sent: list[Request] = []

    def check(self, url: str) -> None:
        """Raise AddressRefused if `url` can't be an address for us."""
        addresses.read(url, ports=(80, 443))

    def send(self, request: Request) -> Answer:
        """Keep the request and return the answer that was prepared for it."""
        self.check(request.url)
        self.sent.append(request)
        return self.answers(request)
