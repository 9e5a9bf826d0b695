"""What can go wrong while one machine starts everything, each said in one plain sentence."""


class SetupError(Exception):
    """Starting cannot go on; `str(error)` is the sentence to show to the person at the keyboard."""


class AlreadyRunning(SetupError):
    """Another process holds this home."""


class PortInUse(SetupError):
    """Something else listens on the port that was asked for."""


class NotEnoughDisk(SetupError):
    """The disk that holds the home is too full to start."""


class PostgresFailed(SetupError):
    """PostgreSQL did not start; its log says why."""


class ChainFailed(SetupError):
    """The local chain did not start; its log says why."""


class ChildFailed(SetupError):
    """The web server or the worker did not come up; its log says why."""
