"""One's own wallets through the JSON door: the message to sign, the signature, the list."""

import secrets
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint, request
from pydantic import Field

from app.core.scopes import Scope
from app.modules.wallets import errors, queries, rules, service
from app.modules.wallets.models import Wallet
from app.modules.wallets.service import Place
from app.web.access import fresh, signed_in
from app.web.current import current
from app.web.operations import Body, Done, Shape, operation

api = Blueprint("wallets_api", __name__, url_prefix="/api/profile/wallets")


class WalletAddress(Body):
    """Which wallet it is about."""

    address: str = Field(min_length=1, max_length=80)


class Signed(Body):
    """The signature of the message (EIP-191, or what a contract takes), and the secret that came with the message."""

    secret: str = Field(min_length=20, max_length=100)
    signature: str = Field(min_length=4, max_length=rules.LONGEST_SIGNATURE)


class WalletName(Body):
    """What you call a wallet."""

    name: str = Field(max_length=60)


class WalletShown(Shape):
    """A wallet of yours. `kind`: key, or contract, which says itself who signs for it."""

    id: UUID
    address: str
    kind: str
    name: str
    chain_id: int
    is_default: bool
    linked_at: datetime
    used_at: datetime | None


class Wallets(Shape):
    """Your wallets, the one that is offered first at the top."""

    wallets: list[WalletShown]


class MessageToSign(Shape):
    """A message (EIP-4361) to be signed to the letter, good once; `secret` shows that the answer is its asker's."""

    id: UUID
    address: str
    message: str
    secret: str
    expires_at: datetime


class Linked(Shape):
    """`checking` while a contract is asked whether it signed: send the same again in a few seconds."""

    state: Literal["linked", "checking"]
    wallet: WalletShown | None


@api.get("")
@operation(summary="List your wallets", answer=Wallets, scope=Scope.READ)
@signed_in
def index() -> Wallets:
    """Answer with the wallets that you have shown to be yours."""
    return _mine()


@api.post("/challenges")
@operation(
    summary="Ask for the message that links a wallet", body=WalletAddress, answer=MessageToSign, status=201,
    scope=Scope.ACCOUNT, problems=[errors.NotAnAddress],
    example={"address": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"},
)  # fmt: skip
@signed_in
def ask(sent: WalletAddress) -> MessageToSign:
    """Write the message by which you show that a wallet is yours."""
    secret = secrets.token_urlsafe(32)
    challenge = service.ask(
        current.session,
        actor=current.actor,
        purpose=rules.LINK,
        address=sent.address,
        browser=secret,
        place=Place.at(request.host, scheme=current.settings.scheme, chain_id=current.site.settings.chain_id),
        now=current.now,
    )
    return MessageToSign(
        id=challenge.id,
        address=challenge.address,
        message=challenge.message,
        secret=secret,
        expires_at=challenge.expires_at,
    )


@api.post("/challenges/<uuid:challenge_id>")
@operation(
    summary="Link a wallet", body=Signed, answer=Linked, scope=Scope.ACCOUNT,
    problems=[errors.ChallengeOver, errors.SignatureWrong, errors.WalletTaken],
    example={"secret": "{walletSecret}", "signature": "{walletSignature}"},
)  # fmt: skip
@signed_in
@fresh
def link(challenge_id: UUID, sent: Signed) -> Linked:
    """Take the signature, and add the wallet to your account; the first one becomes the default."""
    proof: dict[str, Any] = {"challenge_id": challenge_id, "browser": sent.secret, "now": current.now}
    challenge = service.prove(current.session, signature=sent.signature, **proof)
    if challenge.state == "checking":
        return Linked(state="checking", wallet=None)
    return Linked(state="linked", wallet=_shown(service.link(current.session, actor=current.actor, **proof)))


@api.put("/<uuid:wallet_id>/default")
@operation(
    summary="Offer a wallet first", answer=Wallets, scope=Scope.ACCOUNT, key="honoured", problems=[errors.UnknownWallet]
)
@signed_in
@fresh
def make_default(wallet_id: UUID) -> Wallets:
    """Offer this wallet first when you pay."""
    service.make_default(current.session, actor=current.actor, wallet_id=wallet_id, now=current.now)
    current.session.expire_all()  # written past the rows that are known
    return _mine()


@api.patch("/<uuid:wallet_id>")
@operation(
    summary="Name a wallet", body=WalletName, answer=Wallets, scope=Scope.PROFILE, key="honoured",
    problems=[errors.UnknownWallet], example={"name": "Hardware wallet"},
)  # fmt: skip
@signed_in
def name(wallet_id: UUID, sent: WalletName) -> Wallets:
    """Give a wallet a name; an empty one takes it away."""
    service.name(current.session, actor=current.actor, wallet_id=wallet_id, label=sent.name)
    return _mine()


@api.delete("/<uuid:wallet_id>")
@operation(summary="Remove a wallet", answer=Done, scope=Scope.ACCOUNT, key="honoured", problems=[errors.UnknownWallet])
@signed_in
@fresh
def remove(wallet_id: UUID) -> Done:
    """Remove a wallet from your account. Money and tokens in it are untouched."""
    service.unlink(current.session, actor=current.actor, wallet_id=wallet_id, now=current.now)
    return Done()


def _mine() -> Wallets:
    mine = queries.wallets_of(current.session, current.actor.require_id())
    return Wallets(wallets=[_shown(each) for each in mine])


def _shown(each: Wallet) -> WalletShown:
    return WalletShown(
        id=each.id,
        address=each.address,
        kind=each.kind,
        name=each.label,
        chain_id=each.chain_id,
        is_default=each.is_default,
        linked_at=each.linked_at,
        used_at=each.used_at,
    )
