"""The operator's command for people's network fees: `portico chain sponsor`."""

from decimal import Decimal, InvalidOperation

import click

from app.config import Settings
from app.core import clock, permissions
from app.core.errors import AppError
from app.integrations.chain import wire
from app.integrations.chain.port import ChainUnavailable
from app.modules.chain import service_sponsoring, tasks_sponsoring
from app.modules.chain.rules_sponsoring import PERIODS
from app.modules.chain.service_fees import coin_asset
from app.modules.chain.tasks_installing import ChainReset, Deployer
from tenants import service as tenancy
from tenants.errors import UnknownTenant
from tenants.session import tenant_session


@click.command()
@click.option("--tenant", "slug", required=True, help="Whose people.")
@click.option("--budget", "whole", help="What may be spent in each period, in whole coins; 0 ends it.")
@click.option("--period", type=click.Choice(PERIODS), default="month", show_default=True)
@click.pass_obj
def sponsor(settings: Settings, slug: str, whole: str | None, period: str) -> None:
    """Set what the platform spends on the network fees of a tenant's people, or say how the budget stands."""
    try:
        site = tenancy.site_by_slug(slug)
    except UnknownTenant:
        raise click.ClickException(f"There is no tenant {slug}.") from None
    coin, now = coin_asset(settings.chain_id), clock.now()
    try:
        if whole is not None:
            with tenant_session(site.id) as session:
                service_sponsoring.set_budget(
                    session,
                    actor=permissions.system(site.id),
                    chain_id=settings.chain_id,
                    amount=coin.units(Decimal(whole)),
                    period=period,
                    now=now,
                )
        tasks_sponsoring.keep(Deployer(settings, wire.ports(settings), clock.now, click.echo), site)
    except InvalidOperation:
        raise click.ClickException(f"{whole} isn't a number of whole coins.") from None
    except (AppError, ChainUnavailable, ChainReset) as stopped:
        raise click.ClickException(str(stopped)) from None
    with tenant_session(site.id) as session:
        found = service_sponsoring.budget(session, settings.chain_id)
    if found is None:
        click.echo(f"{site.slug}: no budget for network fees")
        return
    left, budget = (coin.whole(amount).normalize() for amount in (found.left, found.budget))
    click.echo(f"{site.slug}: {left:f} of {budget:f} {coin.code} left ({found.period})")
    if not found.on:
        click.echo("The site's administrators haven't switched it on.")
