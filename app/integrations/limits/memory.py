"""Windows of one process, for tests and while the shared store is away."""

from app.core.limits import InMemory

__all__ = ["InMemory"]
