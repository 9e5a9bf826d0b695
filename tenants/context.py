"""The current tenant of this request, job or command."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from tenants.errors import NoTenant

_tenant: ContextVar[UUID | None] = ContextVar("tenant", default=None)


@contextmanager
def using(tenant_id: UUID) -> Iterator[None]:
    """Make `tenant_id` the current tenant until the block ends."""
    token = _tenant.set(tenant_id)
    try:
        yield
    finally:
        _tenant.reset(token)


def tenant_id() -> UUID:
    """Return the current tenant's id. Raises NoTenant outside of `using`."""
    current = _tenant.get()
    if current is None:
        raise NoTenant
    return current


def tenant_id_or_none() -> UUID | None:
    """Return the current tenant's id, or None outside of `using`: for what is told apart, never for what is shown."""
    return _tenant.get()
