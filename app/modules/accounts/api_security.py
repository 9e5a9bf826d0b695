"""How one signs in, through the JSON door: second factors, what happened lately, another e-mail address."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint
from flask_babel import gettext as _

from app.core.scopes import Scope
from app.modules.accounts import api as api_of_entrance
from app.modules.accounts import api_profile, errors, service
from app.modules.accounts.api import Address
from app.modules.accounts.forms_words import acts
from app.modules.audit import service as audit
from app.modules.factors import service as factors
from app.web.access import fresh, signed_in
from app.web.current import current
from app.web.operations import Done, Shape, operation

api = Blueprint("security_api", __name__, url_prefix="/api/profile")
DOORS = (api_of_entrance.api, api_profile.api, api)

LATELY = 12


class PasskeyShown(Shape):
    """A passkey. `here`: it was made for the address that this site has now."""

    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None
    here: bool


class Act(Shape):
    """Something that was done to your account."""

    action: str
    words: str
    at: datetime
    remote: str


class Security(Shape):
    """How you can sign in. `required`: a role of yours needs a second factor."""

    password: bool
    app: bool
    passkeys: list[PasskeyShown]
    recovery_codes: int
    required: bool
    lately: list[Act]


class MailSent(Done):
    """What comes next."""

    message: str


@api.get("/security")
@operation(summary="How you sign in", answer=Security, scope=Scope.READ)
@signed_in
def security() -> Security:
    """Answer with your second factors, and what was done to your account lately.

    Apps, passkeys and recovery codes are set up and removed in a browser: they show secrets, or talk to the device.
    """
    user_id, words = current.actor.require_id(), acts()
    held = factors.held(current.session, user_id)
    keys = factors.keys(current.session, user_id, host=current.site.host)
    events = audit.about(current.session, "user", user_id, limit=LATELY)
    return Security(
        password=service.has_password(current.session, user_id),
        app=held.totp,
        passkeys=[PasskeyShown.model_validate(each) for each in keys],
        recovery_codes=held.codes,
        required=bool({role.value for role in current.actor.roles} & set(current.site.settings.second_factor_roles)),
        lately=[
            Act(action=each.action, words=str(words[each.action]), at=each.at, remote=each.remote or "")
            for each in events
            if each.action in words
        ],
    )


@api.post("/email")
@operation(
    summary="Ask for another e-mail address", body=Address, answer=MailSent, scope=Scope.ACCOUNT,
    problems=[errors.TooManyAttempts], example={"email": "alice.vermeer@example.com"},
)  # fmt: skip
@signed_in
@fresh
def change_email(sent: Address) -> MailSent:
    """Have a link mailed to the new address that confirms it, and one to the old address that stops it.

    The answer is the same for addresses that somebody has and others.
    """
    service.request_email(current.session, actor=current.actor, email=sent.email, now=current.now)
    return MailSent(message=_("Follow the link that we have mailed to the new address. Until then the old one counts."))


@api.delete("/sessions")
@operation(summary="Sign every browser out", answer=Done, scope=Scope.ACCOUNT, key="honoured")
@signed_in
def end_all() -> Done:
    """End every session of yours. Programs that are signed in stay so."""
    service.end_sessions(current.session, actor=current.actor, now=current.now)
    return Done()
