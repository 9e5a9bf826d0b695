"""Ways to sign in besides the password, which modules offer and the sign-in page draws; what follows signing out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from tenants.service import Site


@dataclass(frozen=True, kw_only=True)
class Way:
    """A link on the sign-in page. `icon` is a name of app.web.icons."""

    label: str
    url: str
    icon: str


Source = Callable[[Session, Site], Sequence[Way]]
"""What a module gives: its ways on this site, none where it isn't set up."""

Farewell = Callable[[Session, str], Response | None]
"""What a module says to the holder of a session token that is about to end: where to go on, or None."""


def install(app: Flask, sources: Sequence[Source], farewells: Sequence[Farewell]) -> None:
    """Give pages `ways()`, and `farewell` the modules' words."""
    app.extensions["farewells"] = farewells

    def ways() -> list[Way]:
        if g.get("site") is None or g.site.is_installation or g.get("failed") or "session" not in g:
            return []
        return [way for source in sources for way in source(g.session, g.site)]

    @app.context_processor
    def _processor() -> dict[str, Any]:
        return {"ways": ways}


def farewell(session: Session, token: str | None) -> Response | None:
    """Return where somebody goes on who signs out now, None where nothing more is to be done. Asked before they do."""
    said = (one(session, token) for one in current_app.extensions["farewells"] if token is not None)
    return next((answer for answer in said if answer is not None), None)
