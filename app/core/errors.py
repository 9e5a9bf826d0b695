"""The family of errors a person can meet. HTTP is chosen at the door from `status`; `code` is stable for machines.

A class's docstring is the sentence a person reads: what happened and what to do. Sentences here and where an error is
raised are English; the door says them in the reader's language (`app.web.problems.said`), and
`scripts/translations` gathers them from both places.
"""

from collections.abc import Mapping


class AppError(Exception):
    """Something went wrong on our side. Nothing was lost: reload the page before you repeat what you did."""

    status = 500
    code = "internal"
    title = "Something went wrong"

    def __init__(self, message: str = "", *, words: Mapping[str, object] | None = None) -> None:
        """`message` replaces the class's sentence; `words` fill its `%(name)s` places."""
        super().__init__(message or self.__doc__ or self.title)
        self.words = dict(words or {})

    @property
    def sentence(self) -> str:
        """The sentence as it was written, its places open."""
        return str(self.args[0])

    @property
    def message(self) -> str:
        """The sentence with its places filled, for logs and the command line."""
        return self.sentence % self.words if self.words else self.sentence

    def __str__(self) -> str:
        return self.message


class Invalid(AppError):
    """Some values can't be accepted. Correct what is marked and send it again."""

    status = 422
    code = "invalid"
    title = "Please check what you entered"

    def __init__(
        self, message: str = "", *, fields: Mapping[str, str] | None = None, words: Mapping[str, object] | None = None
    ) -> None:
        """`fields` says what is wrong with each value: a sentence, or a code that the form has words for."""
        super().__init__(message, words=words)
        self.fields = dict(fields or {})


class SignInNeeded(AppError):
    """Sign in to go on."""

    status = 401
    code = "sign-in-needed"
    title = "Sign in"


class Forbidden(AppError):
    """Your account doesn't have the right to do this. Ask an administrator of this site if you need it."""

    status = 403
    code = "forbidden"
    title = "Not allowed"


class StepUpNeeded(Forbidden):
    """This needs a sign-in of the last five minutes. Show once more that it is you, then repeat it."""

    code = "step-up-needed"
    title = "Confirm that it is you"


class NotFound(AppError):
    """The page may have moved, or it was never here. If somebody sent you the link, ask them for a new one."""

    status = 404
    code = "not-found"
    title = "Not found"


class Conflict(AppError):
    """This isn't possible any more or not yet. Reload the page to see how things stand."""

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
