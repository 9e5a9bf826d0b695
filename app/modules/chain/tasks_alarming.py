"""Alarms that don't come of following the chain, and the mails about all of them to who runs the installation."""

import logging
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.permissions import Role
from app.integrations.chain.port import ChainUnavailable
from app.modules.accounts import service as accounts
from app.modules.chain import rules_alarms, service_contracts, service_following, service_signer
from app.modules.chain.models_following import ChainAlarm
from app.modules.chain.models_prices import ChainPrice
from app.modules.chain.service_prices import OLD_AFTER
from app.modules.notifications import service as notifications
from tenants import service as tenancy
from tenants.session import platform_session, tenant_session

log = logging.getLogger("portico.chain")

PAUSE = 10.0  # seconds between looks
COIN_EVERY = timedelta(minutes=5)
OWNER = "owner"  # the installation's own key
OWNER_GAS = 5_000_000  # units that it should be able to pay for: some ten factories or budgets
PAGES = {"signer-halted": "/signer", "signer-away": "/signer"}
PAGE = "/chain"


def watch(settings: Any, ports: Any, stop: Event) -> None:
    """Look and tell, until `stop` is set."""
    counted = None
    while not stop.wait(PAUSE):
        try:
            now = clock.now()
            look_at_signer(settings, now=now)
            if counted is None or now - counted >= COIN_EVERY:
                counted = now
                look_at_contracts(settings, now=now)
                look_at_coin(settings, ports, now=now)
            tell(settings.chain_id, now=now)
        except ChainUnavailable:
            log.info("coin of the installation's key isn't known now")
        except Exception:
            log.exception("telling operators of alarms failed; trying again")


def look_at_signer(settings: Any, *, now: datetime) -> None:
    """Alarm where the signer is halted or away."""
    found = service_signer.signing(settings.chain_id, tenant_id=None, now=now)
    halted, away = found.state == "halted", found.state == "away" and found.seen_at is not None
    since = found.seen_at.isoformat() if found.seen_at else ""
    _note(settings.chain_id, "signer-halted", {"by": found.changed_by, "reason": found.reason} if halted else None, now)
    _note(settings.chain_id, "signer-away", {"since": since} if away else None, now)


def look_at_coin(settings: Any, ports: Any, *, now: datetime) -> None:
    """Alarm where an operator key, or the installation's own, pays for few more transactions.

    The local chain gives its keys what they need. Raises ChainUnavailable.
    """
    if settings.is_local_chain:
        return
    low = [OWNER] if _owner_is_low(settings, ports, now) else []
    for site in tenancy.sites():
        if site.is_installation:
            continue
        with tenant_session(site.id) as session:
            if service_contracts.gas(session, settings.chain_id, month=now, now=now).low:
                low.append(site.name)
    _note(settings.chain_id, "low-coin", {"keys": ", ".join(sorted(low))} if low else None, now)


def _owner_is_low(settings: Any, ports: Any, now: datetime) -> bool:
    with platform_session() as session:
        price = session.get(ChainPrice, settings.chain_id)
        known = price is not None and now - price.seen_at <= OLD_AFTER
        needed = int(price.gas_price) * OWNER_GAS if price is not None and known else 0
    return int(ports.chain.balance(ports.keys.address(OWNER), at="latest")) < needed


def look_at_contracts(settings: Any, *, now: datetime) -> None:
    """Alarm where a site's contracts, as the worker last saw them, aren't what was built or given."""
    differing = []
    for site in tenancy.sites():
        if site.is_installation:
            continue
        with tenant_session(site.id) as session:
            picture = service_contracts.inventory(session, settings.chain_id).picture
        if picture is not None and picture.differing():
            differing.append(site.name)
    _note(settings.chain_id, "contracts-differ", {"sites": ", ".join(sorted(differing))} if differing else None, now)


def tell(chain_id: int, *, now: datetime) -> None:
    """Mail operators about alarms that began or ended, each once. An end is told where the beginning was.

    The alarm stays locked until the mails are written: two workers don't both tell.
    """
    with platform_session() as platform:
        untold = select(ChainAlarm).where(ChainAlarm.chain_id == chain_id, ChainAlarm.end_told_at.is_(None))
        for alarm in platform.scalars(untold.order_by(ChainAlarm.raised_at).with_for_update(skip_locked=True)).all():
            if alarm.told_at is None and alarm.cleared_at is None:
                last = _told_last(platform, alarm)
                if rules_alarms.is_due(alarm.kind, raised_at=alarm.raised_at, told_last=last, now=now):
                    _mail(f"alarm-{alarm.kind}", PAGES.get(alarm.kind, PAGE), now)
                    alarm.told_at = now
            elif alarm.cleared_at is not None:
                if alarm.told_at is not None:
                    _mail(f"alarm-{alarm.kind}-over", PAGES.get(alarm.kind, PAGE), now)
                alarm.end_told_at = now


def _told_last(session: Session, alarm: ChainAlarm) -> datetime | None:
    return session.scalar(
        select(func.max(ChainAlarm.told_at)).where(
            ChainAlarm.chain_id == alarm.chain_id, ChainAlarm.kind == alarm.kind, ChainAlarm.id != alarm.id
        )
    )


def _mail(kind: str, url: str, now: datetime) -> None:
    for site in tenancy.sites():
        if site.is_installation:
            with tenant_session(site.id) as session:
                for user_id in accounts.people_with_role(session, Role.SUPER_ADMIN):
                    notifications.tell(session, user_id=user_id, kind=kind, url=url, now=now)


def _note(chain_id: int, kind: str, details: dict[str, Any] | None, now: datetime) -> None:
    with platform_session() as session:
        if details is None:
            service_following.end_alarm(session, chain_id=chain_id, kind=kind, now=now)
        elif service_following.raise_alarm(session, chain_id=chain_id, kind=kind, details=details, now=now):
            log.error("chain %s: %s %s", chain_id, kind, details)
