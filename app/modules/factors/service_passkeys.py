"""Passkeys (WebAuthn): register, ask for, check, remove. Offered to others by `service`.

A challenge carries its own proof of when and what for it was made, so asking stores nothing; answering stores its hash,
so no answer counts twice. Source: W3C Web Authentication Level 2, §7.1 and §7.2.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import webauthn
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from webauthn.helpers import options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.modules.factors import errors, queries, rules
from app.modules.factors.models import Passkey, SpentChallenge
from tenants import context, ids

REGISTER, ENTER = "register", "enter"


@dataclass(frozen=True)
class Relying:
    """The site that asks: its host is the relying party, and answers come from its one origin."""

    host: str
    name: str
    origin: str
    secret_key: str


@dataclass(frozen=True)
class Key:
    """A passkey as its owner sees it. `here` tells whether it works on this host."""

    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None
    backed_up: bool
    here: bool


def keys(session: Session, user_id: UUID, *, host: str) -> list[Key]:
    """Return the person's passkeys, the oldest first."""
    return [
        Key(one.id, one.name, one.created_at, one.last_used_at, one.backed_up, one.rp_id == host)
        for one in queries.passkeys(session, user_id)
    ]


def to_register(session: Session, *, user_id: UUID, email: str, name: str, site: Relying, now: datetime) -> str:
    """Return what the browser needs to make a new passkey, as JSON."""
    known = [PublicKeyCredentialDescriptor(id=one.credential_id) for one in _here(session, user_id, site)]
    return options_to_json(
        webauthn.generate_registration_options(
            rp_id=site.host,
            rp_name=site.name,
            user_id=user_id.bytes,
            user_name=email,
            user_display_name=name,
            challenge=_challenge(site, f"{REGISTER}|{user_id}", now),
            exclude_credentials=known,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
        )
    )


def add_passkey(session: Session, *, user_id: UUID, answer: str, name: str, site: Relying, now: datetime) -> UUID:
    """Keep the passkey that a browser made, and return its id. Raises WrongPasskey."""
    credential = _parsed(answer)
    challenge = _spend(session, credential, site, f"{REGISTER}|{user_id}", now)
    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise errors.WrongPasskey from None
    count = select(func.count()).select_from(Passkey).where(Passkey.user_id == user_id)
    if (session.scalar(count) or 0) >= rules.MOST_PASSKEYS:
        raise errors.WrongPasskey
    fresh = insert(Passkey).values(
        tenant_id=context.tenant_id(),
        id=ids.new(),
        user_id=user_id,
        rp_id=site.host,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=name,
        backed_up=made.credential_backed_up,
        created_at=now,
    )
    kept: UUID | None = session.scalar(fresh.on_conflict_do_nothing().returning(Passkey.id))
    if kept is None:
        raise errors.WrongPasskey
    return kept


def to_ask(session: Session, *, user_id: UUID | None, site: Relying, now: datetime) -> str:
    """Return what the browser needs to show a passkey, as JSON: of this person, or without one of anybody.

    It is empty where the person has none that works on this host.
    """
    mine = [] if user_id is None else [one.credential_id for one in _here(session, user_id, site)]
    if user_id is not None and not mine:
        return ""
    return options_to_json(
        webauthn.generate_authentication_options(
            rp_id=site.host,
            challenge=_challenge(site, f"{ENTER}|{user_id or ''}", now),
            allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in mine],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def check_passkey(session: Session, *, user_id: UUID | None, answer: str, site: Relying, now: datetime) -> UUID:
    """Check what a browser answered to `to_ask` for the same person, once, and return whose passkey it is.

    Host, origin, challenge, signature, the person's own verification and the counter have to be right. Raises
    WrongPasskey.
    """
    credential = _parsed(answer)
    challenge = _spend(session, credential, site, f"{ENTER}|{user_id or ''}", now)
    try:
        kept = queries.passkey(session, rules.unpadded(credential["rawId"]))
        if kept is None or kept.rp_id != site.host or (user_id is not None and kept.user_id != user_id):
            raise errors.WrongPasskey
        shown = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=kept.public_key,
            credential_current_sign_count=kept.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise errors.WrongPasskey from None
    kept.sign_count, kept.backed_up, kept.last_used_at = shown.new_sign_count, shown.credential_backed_up, now
    session.flush()
    return kept.user_id


def rename_passkey(session: Session, *, user_id: UUID, passkey_id: UUID, name: str) -> str:
    """Call one of the person's passkeys otherwise; return what it was called before. Raises NoSuchFactor."""
    wanted = (Passkey.user_id == user_id, Passkey.id == passkey_id)
    found = session.scalars(select(Passkey).where(*wanted).with_for_update()).one_or_none()
    if found is None:
        raise errors.NoSuchFactor
    before, found.name = found.name, name
    session.flush()
    return before


def remove_passkey(session: Session, *, user_id: UUID, passkey_id: UUID) -> str:
    """Forget one of the person's passkeys and return its name. Raises NoSuchFactor."""
    gone = delete(Passkey).where(Passkey.user_id == user_id, Passkey.id == passkey_id).returning(Passkey.name)
    name = session.scalar(gone)
    if name is None:
        raise errors.NoSuchFactor
    return name


def _here(session: Session, user_id: UUID, site: Relying) -> list[Passkey]:
    return list(queries.passkeys(session, user_id, rp_id=site.host))


def _challenge(site: Relying, purpose: str, now: datetime) -> bytes:
    return rules.new_challenge(site.secret_key, tenant_id=context.tenant_id(), purpose=purpose, now=now)


def _parsed(answer: str) -> dict[str, Any]:
    try:
        credential = json.loads(answer[:20_000])
    except ValueError:
        raise errors.WrongPasskey from None
    if not isinstance(credential, dict):
        raise errors.WrongPasskey
    return credential


def _spend(session: Session, credential: dict[str, Any], site: Relying, purpose: str, now: datetime) -> bytes:
    """Return the challenge that was answered, if it is one of ours, for this and now; it can't be answered again."""
    try:
        answered = json.loads(rules.unpadded(credential["response"]["clientDataJSON"]))
        challenge = rules.unpadded(answered["challenge"])
    except (ValueError, KeyError, TypeError):
        raise errors.WrongPasskey from None
    if not rules.is_challenge(challenge, site.secret_key, tenant_id=context.tenant_id(), purpose=purpose, now=now):
        raise errors.WrongPasskey
    spent = insert(SpentChallenge).values(tenant_id=context.tenant_id(), digest=rules.spent_digest(challenge), at=now)
    if session.scalar(spent.on_conflict_do_nothing().returning(SpentChallenge.at)) is None:
        raise errors.WrongPasskey
    return challenge
