"""Signing in by a wallet through the JSON door: a message, its signature, tokens."""

import secrets
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint, request
from pydantic import Field

from app.modules.accounts import errors as accounts_errors
from app.modules.factors.errors import WrongCode
from app.modules.tokens import service
from app.modules.tokens.api import Who, check_factor, signed_in_as
from app.modules.tokens.errors import SecondFactorNeeded, SecondFactorNotSetUp
from app.modules.wallets import errors
from app.modules.wallets import service as wallets
from app.modules.wallets.service import Place
from app.web.access import public
from app.web.current import current
from app.web.operations import Body, Shape, operation

api = Blueprint("wallet_tokens_api", __name__, url_prefix="/api/auth/wallet")


class EntranceWallet(Body):
    """Which wallet somebody signs in by."""

    address: str = Field(min_length=1, max_length=80)


class EntranceMessage(Shape):
    """A message (EIP-4361) to be signed to the letter, good once; `secret` shows that the answer is its asker's."""

    id: UUID
    message: str
    secret: str
    expires_at: datetime


class SignedMessage(Body):
    """The secret that came with the message, its signature, and `code` where the account has a second factor."""

    secret: str = Field(min_length=20, max_length=100)
    signature: str = Field(min_length=4, max_length=8192)
    code: str = Field("", max_length=40)


class SignedInByWallet(Shape):
    """What `/api/auth/login` gives. While a contract is asked whether it signed, `state` is `checking`: send again."""

    state: Literal["signed-in", "checking"]
    token: str | None = None
    user: Who | None = None
    refresh_token: str | None = None
    expires_in: int | None = None


@api.post("")
@operation(
    summary="Ask for the message that signs in by a wallet", body=EntranceWallet, answer=EntranceMessage, status=201,
    anonymous=True, problems=[errors.NotAnAddress],
    example={"address": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"},
)  # fmt: skip
@public
def ask(sent: EntranceWallet) -> EntranceMessage:
    """Write a message for a wallet, whether anybody here has it or not."""
    secret = secrets.token_urlsafe(32)
    challenge = wallets.ask(
        current.session,
        actor=current.actor,
        purpose=wallets.SIGN_IN,
        address=sent.address,
        browser=secret,
        place=Place.at(request.host, scheme=current.settings.scheme, chain_id=current.site.settings.chain_id),
        now=current.now,
    )
    return EntranceMessage(id=challenge.id, message=challenge.message, secret=secret, expires_at=challenge.expires_at)


@api.post("/<uuid:challenge_id>")
@operation(
    summary="Sign in by a wallet", body=SignedMessage, answer=SignedInByWallet, anonymous=True,
    problems=[
        errors.ChallengeOver, errors.SignatureWrong, errors.WalletUnknown, accounts_errors.AccountSuspended,
        accounts_errors.TooManyAttempts, SecondFactorNeeded, SecondFactorNotSetUp, WrongCode,
    ],
    example={"secret": "{walletSecret}", "signature": "{walletSignature}"},
)  # fmt: skip
@public
def sign_in(challenge_id: UUID, sent: SignedMessage) -> SignedInByWallet:
    """Answer with a bearer token for the person whose wallet signed the message."""
    proof: dict[str, Any] = {"challenge_id": challenge_id, "browser": sent.secret, "now": current.now}
    challenge = wallets.prove(current.session, signature=sent.signature, **proof)
    if challenge.state == "checking":
        return SignedInByWallet(state="checking")
    who = wallets.recognise(current.session, **proof)
    check_factor(who, sent.code)
    tokens = service.open_family(
        current.session,
        who=who,
        remote=current.actor.remote,
        agent=request.user_agent.string,
        home=current.settings.home,
        now=current.now,
    )
    return SignedInByWallet(state="signed-in", **signed_in_as(tokens).model_dump())
