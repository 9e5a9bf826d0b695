"""Opening an account through the JSON door. Signing in is the tokens' business."""

from typing import Annotated

from flask import Blueprint
from flask_babel import get_locale
from flask_babel import gettext as _
from pydantic import EmailStr, Field

from app.core.errors import Invalid, NotFound
from app.modules.accounts import errors, rules, service
from app.modules.accounts.forms import password_message
from app.web.access import public
from app.web.countries import codes
from app.web.current import current
from app.web.operations import Body, Done, Shape, operation

api = Blueprint("accounts_api", __name__, url_prefix="/api/auth")

Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f\u2028\u2029]+$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Password = Annotated[str, Field(min_length=1, max_length=200)]


class Registration(Body):
    """Who opens an account; `country` is ISO 3166-1 alpha-2."""

    email: EmailStr = Field(max_length=254)
    password: Password
    name: Name
    country: Country


class Address(Body):
    """Whose mail it is."""

    email: EmailStr = Field(max_length=254)


class Link(Body):
    """The last part of the link that was mailed."""

    token: str = Field(min_length=1, max_length=200)


class NewPassword(Body):
    """The last part of the link that was mailed, and the password to set."""

    token: str = Field(min_length=1, max_length=200)
    password: Password


class Told(Shape):
    """It is done; `message` is for people."""

    success: bool = True
    message: str


@api.post("/register")
@operation(
    summary="Open an account",
    anonymous=True,
    body=Registration,
    answer=Told,
    status=202,
    problems=[errors.TooManyAttempts, NotFound],
    example={
        "email": "nadia@example.com",
        "password": "seven wet herons on a dyke",
        "name": "Nadia Duran",
        "country": "NL",
    },
)
@public
def register(sent: Registration) -> Told:
    """Open an investor's account; a mail with a link follows. Known and unknown addresses are answered alike."""
    if current.site.is_installation:
        raise NotFound
    check_country(sent.country)
    try:
        service.register(
            current.session,
            name=sent.name,
            email=sent.email,
            password=sent.password,
            country=sent.country,
            locale=str(get_locale()),
            remote=current.actor.remote,
            now=current.now,
        )
    except errors.WeakPassword as refused:
        raise weak(refused) from None
    return Told(message=_("Check your mail to confirm your address."))


@api.post("/verify")
@operation(
    summary="Confirm an address",
    anonymous=True,
    body=Link,
    answer=Done,
    problems=[errors.LinkUnusable],
    example={"token": "{verify}"},
)
@public
def verify(sent: Link) -> Done:
    """Confirm the address that a link was mailed to."""
    service.confirm_email(
        current.session,
        token=sent.token,
        secret_key=current.settings.secret_key,
        remote=current.actor.remote,
        now=current.now,
    )
    return Done()


@api.post("/forgot")
@operation(
    summary="Ask for a link that sets a new password",
    anonymous=True,
    body=Address,
    answer=Told,
    status=202,
    problems=[errors.TooManyAttempts],
    example={"email": "alice@example.com"},
)
@public
def forgot(sent: Address) -> Told:
    """Have a link mailed, if the address has an account. The answer doesn't say whether it has."""
    service.request_reset(current.session, email=sent.email, remote=current.actor.remote, now=current.now)
    return Told(message=_("If this address has an account, a mail is on its way."))


@api.post("/reset")
@operation(
    summary="Set a new password",
    anonymous=True,
    body=NewPassword,
    answer=Done,
    problems=[errors.LinkUnusable],
    example={"token": "{reset}", "password": "eleven kites over the polder"},
)
@public
def reset(sent: NewPassword) -> Done:
    """Set the password through a mailed link. Every session and program is signed out."""
    try:
        service.choose_password(
            current.session,
            kind=rules.RESET,
            token=sent.token,
            password=sent.password,
            secret_key=current.settings.secret_key,
            remote=current.actor.remote,
            now=current.now,
        )
    except errors.WeakPassword as refused:
        raise weak(refused) from None
    return Done()


def check_country(code: str) -> None:
    """Raise Invalid unless `code` is a country one can live in."""
    if code not in codes():
        raise Invalid(fields={"country": _("Send the two letters of a country.")})


def weak(refused: errors.WeakPassword) -> Invalid:
    """Return the refusal of a password in words."""
    return Invalid(fields={"password": password_message(refused.fields["password"])})
