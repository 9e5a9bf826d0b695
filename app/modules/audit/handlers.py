"""What the database refused is recorded too: a request that reached for rows that aren't its site's."""

from flask import g, has_request_context, request
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from app.core.permissions import Actor
from app.modules.audit import service
from app.web.current import current
from tenants.session import tenant_session

REFUSED = "42501"  # insufficient_privilege: a row-level policy's guard, or a statement that the role may never run


def watch() -> None:
    """Record from now on, once a request, when the database refuses to touch protected rows."""
    if not event.contains(Engine, "handle_error", _note):
        event.listen(Engine, "handle_error", _note)


def _note(context: ExceptionContext) -> None:
    refused = getattr(context.original_exception, "sqlstate", "") == REFUSED
    if not refused or not has_request_context() or g.get("guarded") or g.get("site") is None:
        return
    g.guarded = True  # the refused transaction is lost; this one is apart
    actor = g.get("actor") or Actor(tenant_id=current.site.id, remote=request.remote_addr or "")
    with tenant_session(current.site.id) as session:
        service.record(
            session,
            actor=actor,
            action="tenant.guarded",
            subject_kind="tenant",
            subject_id=current.site.id,
            after={"said": str(context.original_exception).splitlines()[0][:200], "at": request.path[:200]},
            now=current.now,
        )
