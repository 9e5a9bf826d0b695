"""Times every SQL statement of this process, and logs those that took too long: their text, never their values."""

import logging
import os
import time
from typing import Any

from sqlalchemy import Engine, event

from app.core import metrics

log = logging.getLogger("portico.slow-query")
LONGEST = 2000  # characters of a statement that are logged


def install(engine: Engine | type[Engine] = Engine) -> None:
    """Watch an engine, or all of this process. A statement is slow from PORTICO_SLOW_QUERY_MS milliseconds on (200)."""
    limit = float(os.environ.get("PORTICO_SLOW_QUERY_MS", "200")) / 1000

    @event.listens_for(engine, "before_cursor_execute")
    def _begin(connection: Any, *_: Any) -> None:
        connection.info["statement_began"] = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def _end(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        took = time.perf_counter() - connection.info.pop("statement_began", time.perf_counter())
        metrics.statement_seconds.observe(took)
        if took >= limit:
            metrics.slow_statements.inc()
            shown = " ".join(statement.split())[:LONGEST]
            log.warning("slow statement", extra={"milliseconds": round(took * 1000, 1), "statement": shown})
