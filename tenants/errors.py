"""What can be wrong about whose data it is."""


class TenancyError(Exception):
    """Base of every error raised by `tenants`."""


class NoTenant(TenancyError):
    """Work on a tenant's rows was tried outside of any tenant's context."""


class UnknownHost(TenancyError):
    """The host names no tenant of this installation."""


class UnknownTenant(TenancyError):
    """No tenant has this slug or id."""


class HostTaken(TenancyError):
    """Another tenant already uses this host name."""


class InvalidHost(TenancyError):
    """The text is not a host name that a tenant can have."""


class InvalidSetting(TenancyError):
    """A tenant's setting has a value that its type refuses."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {why}" for name, why in problems.items()))
        self.problems = problems


class NotConnected(TenancyError):
    """`session.connect` was not called before the first session."""


class Unprotected(TenancyError):
    """The database does not protect tenants from each other; the process must not serve."""
