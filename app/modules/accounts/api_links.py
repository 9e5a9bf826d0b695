"""What mailed links are for, through the JSON door: an invitation, another address, and another link."""

from typing import Any

from flask import Blueprint
from flask_babel import gettext as _

from app.modules.accounts import errors, rules, service
from app.modules.accounts.api import Address, Link, NewPassword, Told, weak
from app.web.access import public
from app.web.current import current
from app.web.operations import Done, operation

api = Blueprint("links_api", __name__, url_prefix="/api/auth")


@api.post("/invitation")
@operation(
    summary="Answer an invitation",
    anonymous=True,
    body=NewPassword,
    answer=Done,
    problems=[errors.LinkUnusable],
    example={"token": "{invite}", "password": "nine green boats in the sluice"},
)
@public
def invitation(sent: NewPassword) -> Done:
    """Set the first password through the link of an invitation. Then sign in."""
    try:
        service.choose_password(
            current.session, kind=rules.INVITE, token=sent.token, password=sent.password, **_terms()
        )
    except errors.WeakPassword as refused:
        raise weak(refused) from None
    return Done()


@api.post("/verify/again")
@operation(
    summary="Ask for another link that confirms an address",
    anonymous=True,
    body=Address,
    answer=Told,
    status=202,
    problems=[errors.TooManyAttempts],
    example={"email": "nadia@example.com"},
)
@public
def again(sent: Address) -> Told:
    """Have another link mailed, if the address needs one. The answer doesn't say whether it does."""
    service.request_verification(current.session, email=sent.email, remote=current.actor.remote, now=current.now)
    return Told(message=_("Check your mail to confirm your address."))


@api.post("/email/confirm")
@operation(
    summary="Confirm another address",
    anonymous=True,
    body=Link,
    answer=Done,
    problems=[errors.LinkUnusable],
    example={"token": "{email}"},
)
@public
def confirm(sent: Link) -> Done:
    """Make the address that a link was mailed to the account's own. Every session and program is signed out."""
    service.confirm_new_email(current.session, token=sent.token, **_terms())
    return Done()


@api.post("/email/keep")
@operation(
    summary="Keep the address",
    anonymous=True,
    body=Link,
    answer=Done,
    problems=[errors.LinkUnusable],
    example={"token": "{keep}"},
)
@public
def keep(sent: Link) -> Done:
    """Stop a change of address from the old one, or take it back. Every session and program is signed out."""
    service.keep_email(current.session, token=sent.token, **_terms())
    return Done()


def _terms() -> dict[str, Any]:
    return {"secret_key": current.settings.secret_key, "remote": current.actor.remote, "now": current.now}
