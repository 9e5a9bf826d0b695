"""Why a token isn't taken."""

from app.core.errors import AppError, Conflict, NotFound


class TokenInvalid(AppError):
    """This token isn't valid here, has expired or was revoked. Sign in again, or use another one."""

    status = 401
    code = "token-invalid"
    title = "Sign in"


class RefreshInvalid(AppError):
    """This refresh token isn't valid, has expired or was used before. Sign in again."""

    status = 401
    code = "refresh-invalid"
    title = "Sign in"


class SecondFactorNeeded(AppError):
    """This account has a second factor. Send its code, or a recovery code, as `code` beside the password."""

    status = 401
    code = "second-factor-needed"
    title = "A second factor is needed"
    parameter = "code"


class SecondFactorNotSetUp(AppError):
    """Your role needs a second factor, and you have none. Sign in on the site once to set it up."""

    status = 403
    code = "second-factor-not-set-up"
    title = "A second factor is needed"


class UnknownKey(NotFound):
    """You have no such key. Look at the list of your keys."""

    code = "unknown-key"


class TooManyKeys(Conflict):
    """You have as many keys as one person may have. Revoke one that you don't need any more."""

    code = "too-many-keys"
