"""What can be wrong about a second factor, in words a person can act on."""

from app.core.errors import Conflict, Invalid, NotFound


class WrongCode(Invalid):
    """This code isn't right, or it was used before. Wait for the next one and type it again."""

    code = "wrong-code"


class WrongPasskey(Invalid):
    """This passkey wasn't accepted here. Try it again, or use another way."""

    code = "wrong-passkey"


class NoSuchFactor(NotFound):
    """This way to sign in is no longer there. Reload the page to see which ones are."""

    code = "no-such-factor"


class AlreadyThere(Conflict):
    """An app gives your codes already. Remove it first if you want to use another one."""

    code = "factor-already-there"
