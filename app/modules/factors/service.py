"""Second factors: codes of an app, recovery codes, passkeys. The module's face; passkeys are in `service_passkeys`.

Who may ask is decided above, in accounts: it counts tries, asks for a recent proof, records and tells.
"""

from datetime import datetime
from uuid import UUID

import pyotp
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.core import sealed
from app.modules.factors import errors, queries, rules
from app.modules.factors.models import Passkey, RecoveryCode, SpentChallenge, TotpSecret
from app.modules.factors.rules import Held
from app.modules.factors.service_passkeys import (
    Key,
    Relying,
    add_passkey,
    check_passkey,
    keys,
    remove_passkey,
    rename_passkey,
    to_ask,
    to_register,
)
from tenants import context, ids

__all__ = [
    "Held",
    "Key",
    "Relying",
    "add_passkey",
    "check_passkey",
    "keys",
    "remove_passkey",
    "rename_passkey",
    "to_ask",
    "to_register",
]

PURPOSE = "factors.totp"


def held(session: Session, user_id: UUID) -> Held:
    """Return what the person has; `any` tells whether there is a second factor."""
    return queries.held(session, user_id)


def begin_totp(session: Session, *, user_id: UUID, secret_key: str, now: datetime) -> str:
    """Return the base32 secret for the person's app; the same until it is confirmed. Raises AlreadyThere."""
    kept = _totp(session, user_id)
    if kept is not None and kept.confirmed_at is not None:
        raise errors.AlreadyThere
    if kept is not None:
        return _secret(kept, secret_key)
    secret, row_id = pyotp.random_base32(), ids.new()
    closed = sealed.seal(secret_key, secret.encode(), tenant_id=context.tenant_id(), purpose=PURPOSE, row_id=row_id)
    session.add(TotpSecret(id=row_id, user_id=user_id, sealed=closed, last_step=0, created_at=now))
    session.flush()
    return secret


def app_uri(secret: str, *, email: str, issuer: str) -> str:
    """Return the `otpauth://` address of a secret, for the picture that an app reads."""
    return rules.totp_uri(secret, email=email, issuer=issuer)


def confirm_totp(session: Session, *, user_id: UUID, code: str, secret_key: str, now: datetime) -> None:
    """Take the app into use, once it has given a right code. Raises WrongCode, NoSuchFactor, AlreadyThere."""
    kept = _totp(session, user_id)
    if kept is None:
        raise errors.NoSuchFactor
    if kept.confirmed_at is not None:
        raise errors.AlreadyThere
    step = rules.totp_step(_secret(kept, secret_key), code, after=kept.last_step, now=now)
    if step is None:
        raise errors.WrongCode
    kept.confirmed_at, kept.last_step = now, step
    session.flush()


def check_totp(session: Session, *, user_id: UUID, code: str, secret_key: str, now: datetime) -> None:
    """Use up a code of the person's app; of two who send it at once, one succeeds. Raises WrongCode."""
    kept = _totp(session, user_id)
    if kept is None or kept.confirmed_at is None:
        raise errors.WrongCode
    step = rules.totp_step(_secret(kept, secret_key), code, after=kept.last_step, now=now)
    if step is None:
        raise errors.WrongCode
    kept.last_step = step
    session.flush()


def remove_totp(session: Session, *, user_id: UUID) -> None:
    """Forget the person's app. Raises NoSuchFactor."""
    gone = delete(TotpSecret).where(TotpSecret.user_id == user_id, TotpSecret.confirmed_at.is_not(None))
    if session.scalar(gone.returning(TotpSecret.id)) is None:
        raise errors.NoSuchFactor


def new_codes(session: Session, *, user_id: UUID, now: datetime) -> list[str]:
    """Return fresh recovery codes, to be shown once; all older ones are void."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    made = [rules.new_recovery_code() for _ in range(rules.CODES)]
    session.add_all(
        RecoveryCode(user_id=user_id, code_hash=rules.recovery_digest(user_id, code), created_at=now) for code in made
    )
    session.flush()
    return made


def use_code(session: Session, *, user_id: UUID, code: str, now: datetime) -> None:
    """Use up a recovery code; of two who send it at once, one succeeds. Raises WrongCode."""
    used = update(RecoveryCode).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    used = used.where(RecoveryCode.code_hash == rules.recovery_digest(user_id, code)).values(used_at=now)
    if session.scalar(used.returning(RecoveryCode.id)) is None:
        raise errors.WrongCode


def forget_all(session: Session, *, user_id: UUID) -> None:
    """Forget every factor of a person."""
    for kind in (TotpSecret, RecoveryCode, Passkey):
        session.execute(delete(kind).where(kind.user_id == user_id))


def forget_codes(session: Session, *, user_id: UUID) -> None:
    """Forget the recovery codes of a person who has no second factor left."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def forget_spent(session: Session, *, now: datetime) -> None:
    """Forget answered challenges that are too old to be answered again, and apps that were never confirmed."""
    session.execute(delete(SpentChallenge).where(SpentChallenge.at < now - 2 * rules.ANSWER_WITHIN))
    never = delete(TotpSecret).where(TotpSecret.confirmed_at.is_(None))
    session.execute(never.where(TotpSecret.created_at < now - rules.UNCONFIRMED_FOR))


def _totp(session: Session, user_id: UUID) -> TotpSecret | None:
    """Return the person's app, locked until the transaction ends."""
    return session.scalars(select(TotpSecret).where(TotpSecret.user_id == user_id).with_for_update()).one_or_none()


def _secret(kept: TotpSecret, secret_key: str) -> str:
    return sealed.unseal(secret_key, kept.sealed, tenant_id=kept.tenant_id, purpose=PURPOSE, row_id=kept.id).decode()
