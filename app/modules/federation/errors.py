"""What can be wrong with sign-in by others, in words a person can act on."""

from app.core.errors import AppError, Conflict, Invalid, NotFound


class UnknownProvider(NotFound):
    """This way to sign in doesn't exist here. Go to the sign-in page and choose one that it offers."""

    code = "unknown-provider"


class UnknownIssuer(NotFound):
    """This issuer isn't known here. Look for it in the list of issuers."""

    code = "unknown-issuer"


class UnknownIdentity(NotFound):
    """This connection doesn't exist any more. Reload the page to see those that do."""

    code = "unknown-identity"


class JourneyOver(Invalid):
    """This sign-in was finished, took longer than ten minutes or began in another browser. Start again."""

    code = "sign-in-over"
    title = "Start again"


class ProviderRefused(Invalid):
    """The provider didn't let you in. Try again, or use your password."""

    code = "provider-refused"
    title = "Sign-in wasn't possible"


class AnswerDistrusted(Invalid):
    """The provider's answer doesn't hold. Try again; if it happens again, tell the site's administrators."""

    code = "provider-distrusted"
    title = "Sign-in wasn't possible"


class NotReady(Invalid):
    """Test the connection first: it can be switched on once the provider has answered."""

    code = "provider-not-ready"


class BadProvider(Invalid):
    """The provider can't be kept like this. Correct what is marked and send it again."""

    code = "bad-provider"


class IdentityTaken(Conflict):
    """Another account here is connected to this sign-in. Disconnect it there first."""

    code = "identity-taken"


class LastWayIn(Conflict):
    """This is the only way you sign in. Choose a password first, then disconnect it."""

    code = "last-way-in"


class TokenInvalid(AppError):
    """This token isn't valid here, has expired or was revoked. Sign in again, or use another one."""

    status = 401
    code = "token-invalid"
    title = "Sign in"


class LogoutRefused(AppError):
    """This logout token doesn't hold, or was used before. Send a new one, signed with a key that you publish."""

    status = 400
    code = "logout-token-refused"
    title = "Not taken"


class TokenRefused(Exception):
    """A token doesn't hold. `why` is a stable word for logs and tests, never shown to whoever sent it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class KeyUnknown(TokenRefused):
    """The token names a key that isn't in the set: the set may have been renewed since it was fetched."""

    def __init__(self) -> None:
        super().__init__("key unknown")
