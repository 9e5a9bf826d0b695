"""Log lines for machines: one JSON object each, with the request and the tenant it belongs to.

`PORTICO_LOG_FORMAT` is `json` or `text`; without it lines are text on a terminal and JSON elsewhere. What is logged
never holds a body, a header, a query string or a statement's values: they may be secret.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from tenants import context

_request: ContextVar[str] = ContextVar("request", default="")
# What the database adds to its errors: whole rows and values that didn't fit.
_VALUES = re.compile(
    r"^(DETAIL|CONTEXT|LINE \d+):.*(\n\s+.*)*|\[parameters: .*|syntax for type [^:\n]+: \".*", re.MULTILINE
)
_JSON = json.JSONEncoder(default=str)
_KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


@contextmanager
def about(request_id: str) -> Iterator[None]:
    """Name the request (or job) that log lines belong to until the block ends."""
    token = _request.set(request_id)
    try:
        yield
    finally:
        _request.reset(token)


def begin(request_id: str) -> None:
    """Name the request that log lines of this thread belong to from here on."""
    _request.set(request_id)


def request_id() -> str:
    """Return the id of the request or job at hand, or nothing."""
    return _request.get()


class Lines(logging.Formatter):
    """One JSON object a record: time (UTC), level, logger, process, message, request, tenant, and what `extra` adds."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self.process = process

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": self.process,
            "message": record.getMessage(),
            "request": _request.get(),
            "tenant": str(context.tenant_id_or_none() or ""),
            **{name: value for name, value in vars(record).items() if name not in _KNOWN},
        }
        if record.exc_info:
            line["error"] = without_values(self.formatException(record.exc_info))
        return _JSON.encode({name: value for name, value in line.items() if value != ""})


class Text(logging.Formatter):
    """Lines for people."""

    def format(self, record: logging.LogRecord) -> str:
        return without_values(super().format(record))


def without_values(text: str) -> str:
    """Return the text of an error without the rows and values that the database put into it."""
    return _VALUES.sub("(values withheld)", text)


def install(process: str) -> None:
    """Send this process's log to its standard error. `process` is the name every line carries: web, worker …"""
    # No line tells its file, thread or process number: nobody needs to find them (Logging HOWTO, Optimization).
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stderr)
    wanted = os.environ.get("PORTICO_LOG_FORMAT") or ("text" if sys.stderr.isatty() else "json")
    if wanted == "json":
        handler.setFormatter(Lines(process))
    else:
        handler.setFormatter(Text("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(os.environ.get("PORTICO_LOG_LEVEL", "INFO").upper())
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
