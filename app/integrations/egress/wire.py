"""Which addresses this installation lets people choose, by its settings."""

from app.config import Settings
from app.integrations.egress.live import LiveEgress


def egress(settings: Settings) -> LiveEgress:
    """Return the client. http:// is for one machine's own use, and so are addresses of this machine."""
    return LiveEgress(
        ports={int(port) for port in settings.egress_ports.split(",")},
        plain=settings.is_local,
        loopback=settings.is_local and settings.egress_loopback == 1,
    )
