"""A task: work on the outside world for one tenant. Unlike a handler it may use ports, between its transactions."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from tenants.service import Site
from tenants.session import tenant_session


@dataclass(frozen=True)
class TaskContext:
    """What a task is given: whose work it is, the ports, the clock, and sessions to read and write in.

    `ports` is app.wiring.Ports; its type isn't named here because core knows no integration.
    """

    site: Site
    ports: Any
    settings: Any
    now: Callable[[], datetime]

    @property
    def tenant_id(self) -> UUID:
        return self.site.id

    def session(self) -> AbstractContextManager[Session]:
        """Return a session on the tenant's rows, to be used in a `with`; never held across a call to a port."""
        return tenant_session(self.site.id)


Task = Callable[..., None]
"""`task(context: TaskContext, **arguments)`; it runs at least once, so its effects are keyed."""

Loop = Callable[[Any, Any, Any], None]
"""`loop(settings, ports, stop)`: runs in the worker until the event `stop` is set; survives its own errors."""
