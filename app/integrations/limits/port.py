"""The counter of requests, as app.core.limits says it."""

from app.core.limits import Count, Counter, Limit

__all__ = ["Count", "Counter", "Limit"]
