"""Lists through the JSON door: by limit and offset, or by a cursor that new entries don't move."""

import base64
import binascii
import json
from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.core.errors import Invalid
from app.core.pagination import Page
from app.web.operations import Body


class Listed(Body):
    """Which part of a list."""

    limit: int = Field(20, ge=1, le=100)
    offset: int = Field(0, ge=0, le=1_000_000)

    @property
    def page(self) -> Page:
        return Page(self.limit, self.offset)


class Followed(Body):
    """Which part of a list that only grows at its newer end: `cursor` is the `next` of the part before."""

    limit: int = Field(50, ge=1, le=100)
    cursor: str = Field("", max_length=200)


class BadCursor(Invalid):
    """This cursor isn't one that a list gave. Begin without one."""

    code = "bad-cursor"


def cursor(at: datetime, thing: UUID) -> str:
    """Return the cursor that stands behind an entry."""
    return base64.urlsafe_b64encode(json.dumps([at.isoformat(), str(thing)]).encode()).decode().rstrip("=")


def after(text: str) -> tuple[datetime, UUID] | None:
    """Return the entry a cursor stands behind, None for the beginning. Raises BadCursor."""
    if not text:
        return None
    try:
        at, thing = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None:
            raise BadCursor
        return instant, UUID(thing)
    except (ValueError, TypeError, AttributeError, binascii.Error):
        raise BadCursor from None
