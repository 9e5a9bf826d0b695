"""The one place that asks what time it is. Doors call it; everything below takes `now` as an argument."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current instant, in UTC."""
    return datetime.now(UTC)
