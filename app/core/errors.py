"""The family of errors a person can meet. HTTP is chosen at the door from `status`; `code` is stable for machines."""

from collections.abc import Mapping


class AppError(Exception):
    """Base. The first argument is a sentence for the person: what happened and what to do."""

    status = 500
    code = "internal"
    title = "Something went wrong"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.__doc__ or self.title)

    @property
    def message(self) -> str:
        return str(self.args[0])


class Invalid(AppError):
    """Some values can't be accepted."""

    status = 422
    code = "invalid"
    title = "Please check what you entered"

    def __init__(self, message: str = "", *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})


class SignInNeeded(AppError):
    """Sign in to go on."""

    status = 401
    code = "sign-in-needed"
    title = "Sign in"


class Forbidden(AppError):
    """You don't have the right to do this."""

    status = 403
    code = "forbidden"
    title = "Not allowed"


class NotFound(AppError):
    """There is nothing here."""

    status = 404
    code = "not-found"
    title = "Not found"


class Conflict(AppError):
    """This isn't possible in the current state."""

    status = 409
    code = "conflict"
    title = "Not possible now"


class TooMany(AppError):
    """Too many attempts. Wait a little and try again."""

    status = 429
    code = "too-many"
    title = "Too many attempts"

    def __init__(self, message: str = "", *, retry_after: int = 60) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(AppError):
    """This part is unavailable right now. Nothing was lost; try again in a minute."""

    status = 503
    code = "unavailable"
    title = "Unavailable"
