"""How much was signed already, and whether one more may be."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.modules.chain import queries_signer, rules
from app.modules.chain.models_signer import SignerRecipient
from app.signer.allowed import Held
from app.signer.desk import SignerDesk

WORDS = {
    "each-one": "one transaction may cost",
    "an-hour": "an hour's transactions may cost",
    "a-day": "a day's transactions may cost",
}


def must_fit(session: Session, desk: SignerDesk, *, tenant_id: UUID | None, cost: int, now: datetime) -> None:
    """Raise Held where a transaction of `cost` wei would exceed a limit of its tenant or of the whole."""
    for scope, whose in ((str(tenant_id), tenant_id), ("whole", None)):
        if scope == "None":
            continue
        limits = queries_signer.limits(session, scope)
        hour, day = queries_signer.used(session, chain_id=desk.chain_id, tenant_id=whose, now=now)
        over = rules.exceeded(cost, hour=hour, day=day, limits=limits)
        if over:
            most = {"each-one": limits.each_one, "an-hour": limits.an_hour, "a-day": limits.a_day}[over]
            who = "of the installation" if whose is None else "of this tenant"
            raise Held(f"the limit {who} is reached: {WORDS[over]} {most} wei, this one {cost} wei on top")


def must_be_known(session: Session, desk: SignerDesk, *, tenant_id: UUID, address: str, now: datetime) -> None:
    """Raise Held where money could go to an address that is new; note it the first time it is seen."""
    own = {desk.address(session, name) for name in ("treasury", f"treasury-{tenant_id}")}
    if address in own or not desk.cooling:
        return
    known = session.get(SignerRecipient, (tenant_id, address))
    if known is None:
        known = SignerRecipient(tenant_id=tenant_id, address=address, seen_at=now)
        session.add(known)
        session.flush()
    until = known.seen_at + desk.cooling
    if known.allowed_at is None and now < until:
        raise Held(f"the recipient {address} is new: it may be used from {until:%Y-%m-%d %H:%M} UTC, or once allowed")
