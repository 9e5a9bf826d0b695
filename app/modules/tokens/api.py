"""Signing in through the JSON door: a short-lived token, and one that renews it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, request
from pydantic import Field

from app.core.permissions import Role
from app.core.scopes import Scope
from app.modules.accounts import errors
from app.modules.accounts import service as accounts
from app.modules.factors import service as factors
from app.modules.factors.errors import WrongCode
from app.modules.tokens import service
from app.modules.tokens.errors import RefreshInvalid, SecondFactorNeeded, SecondFactorNotSetUp
from app.web.access import public, signed_in
from app.web.current import current
from app.web.operations import Body, Done, Shape, operation

api = Blueprint("tokens_api", __name__, url_prefix="/api/auth")

PRECEDENCE = (Role.SUPER_ADMIN, Role.TENANT_ADMIN, Role.COMPLIANCE_OFFICER, Role.ISSUER, Role.INVESTOR)


class Credentials(Body):
    """Who signs in, and how they show it; `code` where the account has a second factor."""

    email: str = Field(min_length=3, max_length=254)
    password: str = Field(min_length=1, max_length=200)
    code: str = Field("", max_length=40)


class Renewal(Body):
    """The refresh token that was given last."""

    refresh_token: str = Field(min_length=10, max_length=200)


class Who(Shape):
    """The person a token stands for; `role` is the one with the most rights."""

    id: UUID
    email: str
    role: str


class SignedIn(Shape):
    """Send `token` as `Authorization: Bearer …`; it holds for `expiresIn` seconds."""

    token: str
    user: Who
    refresh_token: str
    expires_in: int


class Me(Shape):
    """Whose token this is, with all their roles and what the token may be used for."""

    id: UUID
    email: str
    name: str
    role: str
    roles: list[str]
    scopes: list[str]


@api.post("/login")
@operation(
    summary="Sign in", anonymous=True,
    body=Credentials,
    answer=SignedIn,
    problems=[
        errors.WrongPassword, errors.NotVerifiedYet, errors.AccountSuspended, errors.TooManyAttempts,
        SecondFactorNeeded, SecondFactorNotSetUp, WrongCode,
    ],
    example={"email": "alice@example.com", "password": "correct horse battery staple 7"},
)  # fmt: skip
@public
def login(sent: Credentials) -> SignedIn:
    """Answer with a bearer token and who it stands for."""
    who = accounts.prove(
        current.session, email=sent.email, password=sent.password, remote=current.actor.remote, now=current.now
    )
    check_factor(who, sent.code)
    tokens = service.open_family(
        current.session,
        who=who,
        remote=current.actor.remote,
        agent=request.user_agent.string,
        home=current.settings.home,
        now=current.now,
    )
    return signed_in_as(tokens)


@api.post("/refresh")
@operation(
    summary="Renew a token",
    anonymous=True,
    body=Renewal,
    answer=SignedIn,
    problems=[RefreshInvalid],
    example={"refreshToken": "{refreshToken}"},
)
@public
def refresh(sent: Renewal) -> SignedIn:
    """Answer with the next pair. The old refresh token is used up; shown once more, it signs the program out."""
    tokens = service.renew(
        current.session,
        token=sent.refresh_token,
        remote=current.actor.remote,
        home=current.settings.home,
        now=current.now,
    )
    return signed_in_as(tokens)


@api.post("/logout")
@operation(summary="Sign out", answer=Done)
@signed_in
def logout() -> Done:
    """End the token that was sent, and every one that follows from it. A key isn't ended here: revoke it."""
    token = accounts.token_of(request.cookies, request.headers, api=True) or ""
    family_id = service.family_of(token, home=current.settings.home, now=current.now)
    if family_id is not None:
        service.end(current.session, actor=current.actor, family_id=family_id, now=current.now)
    return Done()


@api.get("/me")
@operation(summary="Who am I", answer=Me, scope=Scope.READ)
@signed_in
def me() -> Me:
    """Answer with whose token this is."""
    actor = current.actor
    return Me(
        id=actor.require_id(),
        email=actor.email,
        name=actor.name,
        role=_role(actor.roles),
        roles=sorted(actor.roles),
        scopes=sorted(current.scopes),
    )


def check_factor(who: accounts.Person, code: str) -> None:
    """Return if no second factor is asked for, or this is its code. Raises SecondFactorNeeded, WrongCode and others."""
    if not factors.held(current.session, who.id).any:
        if set(current.site.settings.second_factor_roles) & {role.value for role in who.roles}:
            raise SecondFactorNotSetUp
        return
    if not code:
        raise SecondFactorNeeded
    accounts.check_code(
        current.session,
        user_id=who.id,
        code=code,
        secret_key=current.settings.secret_key,
        remote=current.actor.remote,
        now=current.now,
    )


def signed_in_as(tokens: service.Tokens) -> SignedIn:
    """Return what a program is told that was signed in."""
    who = tokens.who
    return SignedIn(
        token=tokens.access,
        user=Who(id=who.id, email=who.email, role=_role(who.roles)),
        refresh_token=tokens.refresh,
        expires_in=tokens.expires_in,
    )


def _role(held: Any) -> str:
    return next((one.value for one in PRECEDENCE if one in held), Role.INVESTOR.value)
