"""One request to an address that somebody else chose, and its answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.core.errors import Invalid, Unavailable

READ = 64 * 1024  # bytes of an answer's body, at most
CONNECT = 5.0  # seconds to resolve and connect
TOTAL = 15.0  # seconds for the whole request


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked. Header names are written in small letters; Host, lengths and encodings are set by the client."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back. Header names are in small letters; `cut` tells that the body went on beyond 64 KiB."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool = False

    def json(self) -> Any:
        """Return the body read as JSON. Raises AnswerUnusable."""
        if self.cut:
            raise AnswerUnusable("The address answered with more than 64 KiB.")
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise AnswerUnusable("The address didn't answer with JSON.") from None


class Egress(Protocol):
    """Sends requests to public addresses; never follows redirects, keeps no cookies, uses no proxy."""

    def check(self, url: str) -> None:
        """Raise AddressRefused if `url` can't be an address for us. Asks nobody: it may be used in a request."""

    def send(self, request: Request) -> Answer:
        """Send it once. Raises AddressRefused, or Unreachable when it may be tried again. Not inside a request."""


class AddressRefused(Invalid):
    """This address can't be used. It has to be public and begin with https://."""

    code = "address-refused"
    title = "This address can't be used"


class Unreachable(Unavailable):
    """The address couldn't be reached. Check it and try again."""

    code = "address-unreachable"
    title = "The address couldn't be reached"


class AnswerUnusable(Unreachable):
    """The address answered with something that can't be used."""

    code = "address-answer-unusable"
    title = "The answer can't be used"
