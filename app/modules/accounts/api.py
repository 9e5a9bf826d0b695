"""Signing in and registering through the JSON door."""

from typing import Annotated, Any, TypeVar

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from pydantic import BaseModel, ConfigDict, EmailStr, Field, ValidationError

from app.core.errors import Invalid, NotFound
from app.core.permissions import Role
from app.modules.accounts import errors, service
from app.modules.accounts.forms import password_message
from app.web.access import public
from app.web.current import current
from app.web.problems import of_values

api = Blueprint("accounts_api", __name__, url_prefix="/api/auth")

PRECEDENCE = (Role.SUPER_ADMIN, Role.TENANT_ADMIN, Role.COMPLIANCE_OFFICER, Role.ISSUER, Role.INVESTOR)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Credentials(_Body):
    """What `login` takes."""

    email: str = Field(min_length=3, max_length=254)
    password: str = Field(min_length=1, max_length=200)


class Registration(_Body):
    """What `register` takes."""

    email: EmailStr
    password: str = Field(min_length=1, max_length=200)
    name: str = Field(min_length=1, max_length=120)
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


Body = TypeVar("Body", bound=BaseModel)


@api.post("/login")
@public
def login() -> ResponseReturnValue:
    """Answer with a bearer token and who it stands for."""
    sent = _parsed(Credentials)
    entered = service.sign_in(
        current.session,
        email=sent.email,
        password=sent.password,
        remote=current.actor.remote,
        agent=request.user_agent.string,
        kind="api",
        now=current.now,
    )
    who = entered.who
    role = next((one.value for one in PRECEDENCE if one in who.roles), Role.INVESTOR.value)
    return jsonify(token=entered.token, user={"id": str(who.id), "email": who.email, "role": role})


@api.post("/register")
@public
def register() -> ResponseReturnValue:
    """Open an account; the answer is the same for known and unknown addresses."""
    if current.site.is_installation:
        raise NotFound
    sent = _parsed(Registration)
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
        raise Invalid(fields={"password": password_message(refused.fields["password"])}) from None
    return jsonify(success=True, message=_("Check your mail to confirm your address.")), 202


@api.post("/logout")
@public
def logout() -> ResponseReturnValue:
    """End the session of the bearer token."""
    token = service.token_of(request.cookies, request.headers, api=True)
    service.sign_out(current.session, actor=current.actor, token=token, now=current.now)
    return jsonify(success=True)


def _parsed(kind: type[Body]) -> Body:
    """Return the request's JSON. Raises Invalid that names each field."""
    sent: Any = request.get_json(silent=True)
    if not isinstance(sent, dict):
        raise Invalid("Send a JSON object with the header Content-Type: application/json.")
    try:
        return kind.model_validate(sent)
    except ValidationError as refused:
        raise Invalid(fields=of_values(refused)) from None
