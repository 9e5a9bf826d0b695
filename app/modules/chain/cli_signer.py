"""The operator's commands for the signer: `portico signer …`."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import click
from sqlalchemy.orm import Session

from app.config import Settings
from app.core import clock, permissions
from app.core.money import Asset
from app.core.permissions import Actor
from app.integrations.chain.networks import network
from app.modules.chain import service, service_signer
from app.modules.chain.errors import InvalidAddress
from tenants import service as tenancy
from tenants.errors import UnknownTenant
from tenants.service import Site
from tenants.session import tenant_session


@click.group()
def signer() -> None:
    """Look after the process that alone has keys."""


@signer.command()
def run() -> None:
    """Sign until stopped. scripts/up does this by itself."""
    os.execv(sys.executable, [sys.executable, "-m", "app.signer"])  # noqa: S606 - it becomes the signer, keys and all


@signer.command()
@click.option("--reason", required=True, help="Kept with the switch and in the record.")
@click.pass_obj
def halt(settings: Settings, reason: str) -> None:
    """Stop all signing within seconds."""
    _halt_file(settings).write_text(reason + "\n")
    with _record() as (session, actor):
        service_signer.halt(session, actor=actor, reason=reason, now=clock.now())
    click.echo("signing is halted; portico signer resume ends that")


@signer.command()
@click.pass_obj
def resume(settings: Settings) -> None:
    """Let the signer sign again."""
    with _record() as (session, actor):
        service_signer.resume(session, actor=actor, now=clock.now())
    _halt_file(settings).unlink(missing_ok=True)
    click.echo("the signer signs again")


@signer.command()
@click.pass_obj
def status(settings: Settings) -> None:
    """Say whether the signer runs, and how much of its limits is used."""
    found = service_signer.signing(settings.chain_id, tenant_id=None, now=clock.now())
    halted = found.state == "halted" or _halt_file(settings).exists()
    click.echo(f"signer: {'halted' if halted else found.state}{f' ({found.reason})' if found.reason else ''}")
    _say_limits(settings, "whole", found.hour, found.day)
    for site in tenancy.sites():
        if not site.is_installation:
            one = service_signer.signing(settings.chain_id, tenant_id=site.id, now=clock.now())
            _say_limits(settings, str(site.id), one.hour, one.day, name=site.slug)
    for decision in found.decisions[:10]:
        if decision.verdict != "signed":
            click.echo(f"{decision.at:%Y-%m-%d %H:%M} {decision.verdict} {decision.kind}: {decision.reason}")


@signer.command()
@click.option("--tenant", "slug", help="One tenant's; without it, what holds for the whole installation.")
@click.option("--every-tenant", is_flag=True, help="What holds for each tenant without limits of its own.")
@click.option("--each-one", type=Decimal, help="Whole coins that one transaction may cost.")
@click.option("--an-hour", type=Decimal, help="Whole coins an hour.")
@click.option("--a-day", type=Decimal, help="Whole coins a day.")
@click.pass_obj
def limits(
    settings: Settings,
    slug: str | None,
    every_tenant: bool,
    each_one: Decimal | None,
    an_hour: Decimal | None,
    a_day: Decimal | None,
) -> None:
    """Show limits, or set the ones that are given."""
    scope = str(_site(slug).id) if slug else "tenant" if every_tenant else "whole"
    given = {"each_one": each_one, "an_hour": an_hour, "a_day": a_day}
    changes = {name: _coin(settings).units(value) for name, value in given.items() if value is not None}
    if changes:
        wanted = service_signer.scaled(service_signer.limits_of(scope), **changes)
        with _record() as (session, actor):
            service_signer.limit(session, actor=actor, scope=scope, limits=wanted, now=clock.now())
    _say_limits(settings, scope, None, None, name=slug or scope)


@signer.command()
@click.argument("address")
@click.option("--tenant", "slug", required=True)
def allow(address: str, slug: str) -> None:
    """Let a tenant's money go to a new address without the day of waiting."""
    try:
        checked = service.checked_address(address)
    except InvalidAddress as invalid:
        raise click.ClickException(str(invalid)) from None
    with _record() as (session, actor):
        service_signer.allow(session, actor=actor, tenant_id=_site(slug).id, address=checked, now=clock.now())
    click.echo(f"{slug}: money may go to {checked}")


@contextmanager
def _record() -> Iterator[tuple[Session, Actor]]:
    """Yield a session and the operator's actor on the installation's own site, whose record keeps what is done."""
    home = next((site for site in tenancy.sites() if site.is_installation), None)
    if home is None:
        raise click.ClickException("The installation has no console yet: portico seed demo, or portico tenants found.")
    with tenant_session(home.id) as session:
        yield session, permissions.system(home.id, "operator")


def _site(slug: str) -> Site:
    try:
        return tenancy.site_by_slug(slug)
    except UnknownTenant:
        raise click.ClickException(f"There is no tenant {slug}.") from None


def _coin(settings: Settings) -> Asset:
    return Asset(network(settings.chain_id).coin, 18, 6)


def _halt_file(settings: Settings) -> Path:
    return Path(os.environ.get("PORTICO_SIGNER_HOME") or settings.home) / "signer.halt"


def _say_limits(settings: Settings, scope: str, hour: int | None, day: int | None, name: str = "") -> None:
    coin, found = _coin(settings), service_signer.limits_of(scope)
    parts = [("each", None, found.each_one), ("an hour", hour, found.an_hour), ("a day", day, found.a_day)]
    said = [
        f"{what} {'' if use is None else _whole(coin, use) + ' of '}{_whole(coin, most)}" for what, use, most in parts
    ]
    click.echo(f"{name or scope}: {', '.join(said)} {coin.code}")


def _whole(coin: Asset, units: int) -> str:
    return f"{coin.whole(units).normalize():f}"
