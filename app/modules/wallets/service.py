"""Wallets: write a message, take its signature, link the wallet or let its person in, keep the list."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from eth_account import Account
from eth_account.messages import encode_defunct
from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import jobs, outbox
from app.core.permissions import Actor
from app.integrations.chain.contracts import checksummed
from app.modules.accounts import events
from app.modules.accounts import service as accounts
from app.modules.accounts.errors import AccountSuspended
from app.modules.accounts.service import Entered, Person
from app.modules.audit import service as audit
from app.modules.wallets import queries, rules
from app.modules.wallets.errors import ChallengeOver, NotAnAddress, SignatureWrong, WalletTaken, WalletUnknown
from app.modules.wallets.models import Challenge, Wallet
from tenants import context, ids

SIGN_IN = rules.SIGN_IN  # a message's purpose, for those above
STATEMENTS = {
    rules.LINK: "Add this wallet to my account. This is no transaction and costs nothing.",
    rules.SIGN_IN: "Sign in. This is no transaction and costs nothing.",
}


@dataclass(frozen=True)
class Place:
    """Where a message is for: the site's authority and address as browsers see them, and its chain."""

    domain: str
    uri: str
    chain_id: int

    @classmethod
    def at(cls, host: str, *, scheme: str, chain_id: int) -> "Place":
        """Return the place of a site that was asked at `host`, which is what the wallet compares."""
        return cls(domain=host, uri=f"{scheme}://{host}/login", chain_id=chain_id)


def ask(
    session: Session,
    *,
    actor: Actor,
    purpose: str,
    address: str,
    browser: str,
    place: Place,
    goal: str = "/",
    now: datetime,
) -> Challenge:
    """Write a message for one address, good once, for ten minutes, in this browser. Raises NotAnAddress.

    To link a wallet the actor has to be signed in; to sign in, whether anybody has the wallet is said after the proof.
    """
    whole = checksummed(address.strip())
    if whole is None:
        raise NotAnAddress(fields={"address": NotAnAddress.__doc__ or ""})
    session.execute(delete(Challenge).where(Challenge.expires_at < now))
    message = rules.Message(
        domain=place.domain,
        address=whole,
        statement=STATEMENTS[purpose],
        uri=place.uri,
        chain_id=place.chain_id,
        nonce=rules.new_nonce(),
        issued_at=now,
        expires_at=now + rules.LASTS,
    )
    challenge = Challenge(
        id=ids.new(),
        purpose=purpose,
        user_id=actor.require_id() if purpose == rules.LINK else None,
        browser_hash=digest(browser),
        address=whole,
        message=rules.write(message),
        goal=goal,
        chain_id=place.chain_id,
        issued_at=now,
        expires_at=now + rules.LASTS,
    )
    session.add(challenge)
    session.flush()
    return challenge


def answer(
    session: Session, *, challenge_id: UUID, browser: str, signature: str, message: str | None = None, now: datetime
) -> Challenge:
    """Take a signature of our message. A key's is checked at once; else the worker asks whether a contract signed.

    `message` is what the wallet says that it signed: it has to be ours to the letter. Raises ChallengeOver,
    SignatureWrong.
    """
    challenge = queries.challenge(session, challenge_id, digest(browser), now, lock=True)
    if challenge.state not in ("asked", "refused"):
        return challenge
    raw = rules.signature_bytes(signature)
    if raw is None or (message is not None and message != challenge.message):
        raise SignatureWrong(fields={"signature": SignatureWrong.__doc__ or ""})
    if _signer(challenge.message, raw) == challenge.address:
        challenge.state, challenge.kind = "proved", "key"
    else:
        challenge.state, challenge.kind, challenge.signature = "checking", "contract", "0x" + raw.hex()
        jobs.later(session, "wallets.check", challenge_id=str(challenge.id))
    challenge.trouble = ""
    session.flush()
    return challenge


def prove(session: Session, *, challenge_id: UUID, browser: str, signature: str, now: datetime) -> Challenge:
    """Take a signature as `answer` does; sent once more, say what became of it. For callers that no page informs.

    Raises ChallengeOver, SignatureWrong: also where a contract was asked about this very signature and refused it.
    """
    challenge = queries.challenge(session, challenge_id, digest(browser), now, lock=True)
    raw = rules.signature_bytes(signature)
    if challenge.state == "refused" and raw is not None and challenge.signature == "0x" + raw.hex():
        raise SignatureWrong(fields={"signature": SignatureWrong.__doc__ or ""})
    return answer(session, challenge_id=challenge_id, browser=browser, signature=signature, now=now)


def keep_check(session: Session, *, challenge_id: UUID, signed: bool, trouble: str = "") -> None:
    """Keep what a contract said of a signature."""
    wanted = update(Challenge).where(Challenge.id == challenge_id, Challenge.state == "checking")
    session.execute(wanted.values(state="proved" if signed else "refused", trouble=trouble[:300]))


def link(session: Session, *, actor: Actor, challenge_id: UUID, browser: str, now: datetime) -> Wallet:
    """Add the wallet that was proved to the actor's account; the first one becomes the default.

    Raises ChallengeOver, WalletTaken; StepUpNeeded without a recent proof of the person.
    """
    user_id = actor.require_id()
    accounts.demand_recent(actor, now=now)
    challenge = _use(session, challenge_id, browser, rules.LINK, now)
    if challenge.user_id != user_id:
        raise ChallengeOver
    mine = queries.wallets_of(session, user_id)
    fresh = insert(Wallet).values(
        tenant_id=context.tenant_id(),
        id=ids.new(),
        user_id=user_id,
        address=challenge.address,
        kind=challenge.kind,
        label="",
        chain_id=challenge.chain_id,
        is_default=not mine,
        linked_at=now,
    )
    made = session.scalar(fresh.on_conflict_do_nothing().returning(Wallet.id))
    known = queries.by_address(session, challenge.address)
    if known is None or known.user_id != user_id:
        raise WalletTaken
    if made is not None:
        after = {"address": known.address, "kind": known.kind}
        _log(session, actor, "wallet.linked", user_id, after=after, now=now)
        outbox.record(session, events.SecurityChanged(user_id, "wallet-added"))
    return known


def enter(
    session: Session, *, challenge_id: UUID, browser: str, remote: str, agent: str, replaces: str | None, now: datetime
) -> tuple[Entered, str]:
    """Let in the person whose wallet was proved; return also where they wanted to go.

    Raises ChallengeOver; WalletUnknown where nobody with a confirmed address has it; AccountSuspended.
    """
    challenge = _use(session, challenge_id, browser, rules.SIGN_IN, now)
    who = _holder(session, challenge, now)
    entered = accounts.enter(
        session, user_id=who.id, how="wallet", remote=remote, agent=agent, replaces=replaces, now=now
    )
    return entered, challenge.goal


def recognise(session: Session, *, challenge_id: UUID, browser: str, now: datetime) -> Person:
    """Return whose wallet was proved, and use the proof up. What else they have to show is the caller's question.

    Raises as `enter`.
    """
    who = _holder(session, _use(session, challenge_id, browser, rules.SIGN_IN, now), now)
    if who.status != "active":
        raise AccountSuspended
    return who


def make_default(session: Session, *, actor: Actor, wallet_id: UUID, now: datetime) -> None:
    """Make one of the actor's wallets the one that is offered first. Raises UnknownWallet, StepUpNeeded."""
    accounts.demand_recent(actor, now=now)
    wallet = queries.own_wallet(session, actor.require_id(), wallet_id)
    session.execute(update(Wallet).where(Wallet.user_id == wallet.user_id).values(is_default=False))
    session.execute(update(Wallet).where(Wallet.id == wallet.id).values(is_default=True))
    _log(session, actor, "wallet.default", wallet.user_id, after={"address": wallet.address}, now=now)


def name(session: Session, *, actor: Actor, wallet_id: UUID, label: str) -> None:
    """Give one of the actor's wallets a name of their own. Raises UnknownWallet."""
    queries.own_wallet(session, actor.require_id(), wallet_id).label = label.strip()[:60]
    session.flush()


def unlink(session: Session, *, actor: Actor, wallet_id: UUID, now: datetime) -> None:
    """Remove one of the actor's wallets; the oldest left becomes the default. Raises UnknownWallet, StepUpNeeded."""
    accounts.demand_recent(actor, now=now)
    wallet = queries.own_wallet(session, actor.require_id(), wallet_id)
    was_default, user_id, address = wallet.is_default, wallet.user_id, wallet.address
    session.delete(wallet)
    session.flush()
    rest = queries.wallets_of(session, user_id)
    if was_default and rest:
        rest[0].is_default = True
        session.flush()
    _log(session, actor, "wallet.unlinked", user_id, before={"address": address}, now=now)
    outbox.record(session, events.SecurityChanged(user_id, "wallet-removed"))


def default_address(session: Session, user_id: UUID) -> str:
    """Return the address that a person's payments come from unless they say otherwise, empty if they have none."""
    mine = queries.wallets_of(session, user_id)
    return mine[0].address if mine else ""


def digest(browser: str) -> bytes:
    """Return what is stored of a browser's secret."""
    return hashlib.sha256(browser.encode()).digest()


def _holder(session: Session, challenge: Challenge, now: datetime) -> Person:
    """Return who has the wallet that was proved. Raises WalletUnknown."""
    known = queries.by_address(session, challenge.address)
    who = accounts.person(session, known.user_id) if known else None
    if known is None or who is None or not who.email_verified:
        raise WalletUnknown
    if known.kind == "contract" and known.chain_id != challenge.chain_id:
        raise WalletUnknown  # the same address on another chain may be somebody else's contract
    known.used_at = now
    return who


def _use(session: Session, challenge_id: UUID, browser: str, purpose: str, now: datetime) -> Challenge:
    """Use a proof up: of two who come at once, one succeeds. Raises ChallengeOver."""
    challenge = queries.challenge(session, challenge_id, digest(browser), now, lock=True)
    if challenge.state != "proved" or challenge.purpose != purpose:
        raise ChallengeOver
    challenge.state, challenge.used_at = "used", now
    session.flush()
    return challenge


def _signer(message: str, signature: bytes) -> str | None:
    """Return the address whose key signed the message (EIP-191), or None if no key can have."""
    if len(signature) != 65:
        return None
    try:
        return str(Account.recover_message(encode_defunct(text=message), signature=signature))
    except Exception:  # noqa: BLE001  # the libraries below raise many kinds for bytes that are no signature
        return None


def _log(session: Session, actor: Actor, action: str, user_id: UUID, *, now: datetime, **changes: Any) -> None:
    audit.record(session, actor=actor, action=action, subject_kind="user", subject_id=user_id, now=now, **changes)
