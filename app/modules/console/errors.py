"""What can be wrong about a site, in words its keeper can act on."""

from app.core.errors import Conflict, Invalid, NotFound


class UnknownSite(NotFound):
    """No tenant has this name."""

    code = "unknown-site"


class BadSite(Invalid):
    """The tenant can't be changed like this."""

    code = "bad-site"


class OwnSite(Conflict):
    """The installation's own site can't be suspended or closed."""

    code = "own-site"
