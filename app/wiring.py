"""Which implementation stands behind each port in this process, chosen by the settings alone."""

from dataclasses import dataclass

from app.config import Settings


@dataclass(frozen=True, kw_only=True)
class Ports:
    """The outside world of one process."""


def ports(settings: Settings) -> Ports:
    """Return the live ports that `settings` ask for."""
    return Ports()
