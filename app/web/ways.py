"""Ways to sign in besides the password, which modules offer and the sign-in page draws."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, g
from sqlalchemy.orm import Session

from tenants.service import Site


@dataclass(frozen=True, kw_only=True)
class Way:
    """A link on the sign-in page. `icon` is a name of app.web.icons."""

    label: str
    url: str
    icon: str


Source = Callable[[Session, Site], Sequence[Way]]
"""What a module gives: its ways on this site, none where it isn't set up."""


def install(app: Flask, sources: Sequence[Source]) -> None:
    """Give pages `ways()`."""

    def ways() -> list[Way]:
        if g.get("site") is None or g.site.is_installation or g.get("failed") or "session" not in g:
            return []
        return [way for source in sources for way in source(g.session, g.site)]

    @app.context_processor
    def _processor() -> dict[str, Any]:
        return {"ways": ways}
