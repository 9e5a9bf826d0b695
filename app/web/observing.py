"""One line in the log and one count for every answer, under an id that the answer tells (`X-Request-Id`)."""

import logging
import secrets
import time
from functools import lru_cache

from flask import Flask, Response, g, request

from app.core import logs, metrics

log = logging.getLogger("portico.access")
QUIET = {"assets", "theme", "plates", "probes"}  # files, and what asks every few seconds: counted, not logged


def install(app: Flask) -> None:
    """Time and count every answer of the application."""

    @app.before_request
    def _begin() -> None:
        logs.begin(secrets.token_hex(8))
        g.began = time.perf_counter()

    @app.after_request
    def _end(response: Response) -> Response:
        took = time.perf_counter() - g.get("began", time.perf_counter())
        site = g.get("site")
        _answers(site.slug if site else "", request.method, response.status_code).inc()
        _seconds(request.endpoint or "none").observe(took)
        response.headers["X-Request-Id"] = logs.request_id()
        if request.blueprint not in QUIET:
            _log(response, took)
        return response


# Finding a figure by its labels takes longer than counting does.
_answers = lru_cache(maxsize=4096)(metrics.requests.labels)
_seconds = lru_cache(maxsize=1024)(metrics.request_seconds.labels)


def _log(response: Response, took: float) -> None:
    site, actor = g.get("site"), g.get("actor")
    log.info(
        "answered",
        extra={
            "method": request.method,
            "route": str(request.url_rule or ""),  # the rule, not the address: tokens stand in addresses
            "endpoint": request.endpoint or "",
            "status": response.status_code,
            "milliseconds": round(took * 1000, 1),
            "site": site.slug if site else "",
            "user": str(actor.user_id) if actor is not None and actor.is_person else "",
        },
    )
