"""The door for Prometheus: on the installation's own host, with the token from the home folder."""

import hmac

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST

from app.core import clock, metrics
from app.core.errors import NotFound
from app.modules.chain import service as chain
from app.web.access import bare
from app.web.current import current

pages = Blueprint("metrics", __name__)


@pages.get("/metrics")
@bare
def show() -> ResponseReturnValue:
    """Answer with all figures; 401 without the token, 404 on tenants' hosts."""
    if not current.site.is_installation:
        raise NotFound
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), current.settings.metrics_key.encode()):
        return Response("", 401, {"WWW-Authenticate": "Bearer"})
    _look_at_chain()
    return Response(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)


def _look_at_chain() -> None:
    number = current.settings.chain_id
    seen = chain.health(number, clock.now())
    if seen.age is not None:
        metrics.chain_age.labels(number).set(seen.age)
        metrics.chain_block.labels(number, "followed").set(seen.head)
        metrics.chain_block.labels(number, "final").set(seen.final)
