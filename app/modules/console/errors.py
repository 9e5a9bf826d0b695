"""What can be wrong about a site, in words its keeper can act on."""

from app.core.errors import Conflict, Invalid, NotFound


class UnknownSite(NotFound):
    """No tenant has this name. Look for it in the list of tenants."""

    code = "unknown-site"


class BadSite(Invalid):
    """The tenant can't be changed like this. Correct what is marked and send it again."""

    code = "bad-site"


class OwnSite(Conflict):
    """The installation's own site can't be suspended or closed. Choose a tenant."""

    code = "own-site"
