"""What can go wrong when something is asked of the chain."""

from app.core.errors import Conflict, NotFound


class NoFactory(Conflict):
    """This site has no contracts on its chain yet. Ask the operator to run `portico chain deploy`."""

    code = "no-factory"


class NoDeployment(NotFound):
    """This deal's contracts were never asked for."""


class DeploymentNotFailed(Conflict):
    """Only a deployment that failed can be retried."""

    code = "deployment-not-failed"


class OnlyLocally(Conflict):
    """Demo wallets exist on the local chain only."""

    code = "only-locally"


class InvalidAddress(Conflict):
    """This is not an address of the chain: 0x and forty hexadecimal digits, copied whole."""

    status = 422
    code = "invalid-address"
