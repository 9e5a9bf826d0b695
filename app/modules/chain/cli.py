"""The operator's commands for the chain: `portico chain …`."""

import time
from datetime import UTC, datetime

import click

from app.config import Settings
from app.core import clock
from app.integrations.chain import wire
from app.integrations.chain.networks import network
from app.integrations.chain.port import ChainUnavailable
from app.modules.chain import service, service_following, tasks, tasks_inspecting, tasks_verifying
from app.modules.chain.cli_sponsoring import sponsor
from app.modules.chain.tasks_installing import ChainReset, Deployer, ensure_tenant, forget_chain, installed
from tenants import service as tenancy
from tenants.errors import UnknownTenant
from tenants.service import Site
from tenants.session import tenant_session


@click.group()
def chain() -> None:
    """Look after the platform's contracts and transactions."""


@chain.command()
@click.option("--tenant", "slug", help="Only this tenant's factory.")
@click.option("--forget-old-chain", is_flag=True, help="The local chain was reset: begin anew on this one.")
@click.pass_obj
def deploy(settings: Settings, slug: str | None, forget_old_chain: bool) -> None:
    """Put the platform's contracts and every tenant's factory on the chain, where they are missing."""
    deployer = Deployer(settings, wire.ports(settings), clock.now, click.echo)
    try:
        if forget_old_chain:
            forget_chain(deployer)
        for site in _sites(slug):
            click.echo(f"{site.slug}: factory at {ensure_tenant(deployer, site)}")
        if not settings.is_local_chain:
            click.echo(tasks_verifying.begin(settings, now=clock.now()))
    except (ChainUnavailable, ChainReset) as stopped:
        raise click.ClickException(str(stopped)) from None


@chain.command()
@click.pass_obj
def status(settings: Settings) -> None:
    """Say how far the chain was followed, and which contracts stand on it."""
    seen = service.health(settings.chain_id, clock.now())
    click.echo(f"{network(settings.chain_id).name} ({settings.chain_id})")
    click.echo(f"followed to block {seen.head}, final to {seen.final}, looked {_ago(seen.age)}")
    if seen.trouble:
        click.echo(f"TROUBLE: {seen.trouble}")
    for name, address in sorted(installed(settings.chain_id).items()):
        click.echo(f"{address}  {name}")


@chain.command()
@click.pass_obj
def endpoints(settings: Settings) -> None:
    """Look at every node once, and say how each does and what alarms."""
    port = wire.ports(settings).chain
    needed, _all = port.quorum()
    for node in port.look():
        heights = f"head {node.head}  final {node.final}  {node.latency * 1000:.0f} ms"
        click.echo(f"{node.state:9} {heights}  {node.name}  {node.error}".rstrip())
    click.echo("its word is believed" if needed == 1 else f"{needed} have to agree before anything is credited")
    for alarm in service_following.following(settings.chain_id).alarms:
        click.echo(f"ALARM {alarm.kind} since {alarm.raised_at:%Y-%m-%d %H:%M} UTC: {alarm.details}")


@chain.command()
@click.option("--again", is_flag=True, help="Also those that failed before.")
@click.option("--wait", type=click.IntRange(0, 600), default=120, help="Seconds to wait for the explorers.")
@click.pass_obj
def verify(settings: Settings, again: bool, wait: int) -> None:
    """Give the explorers the sources of the platform's contracts; the worker asks on for what they still check."""
    ports, until = wire.ports(settings), time.monotonic() + wait
    click.echo(tasks_verifying.begin(settings, now=clock.now(), again=again))
    while tasks_verifying.step(settings, ports, now=clock.now(), tell=click.echo, hurry=True):
        if time.monotonic() > until:
            click.echo("some are still being checked; the worker goes on asking")
            return
        time.sleep(min(5, wait))


@chain.command(name="follow-once")
@click.pass_obj
def follow_once(settings: Settings) -> None:
    """Look at the chain once and bring open transactions one step on, as the worker does all the time."""
    try:
        tasks.tick(settings, wire.ports(settings))
    except ChainUnavailable as unavailable:
        raise click.ClickException(str(unavailable)) from None
    click.echo(f"followed to block {service.health(settings.chain_id, clock.now()).head}")


@chain.command()
@click.option("--tenant", "slug", help="Only this tenant's factory.")
@click.pass_obj
def inspect(settings: Settings, slug: str | None) -> None:
    """Compare the contracts on the chain, their owners, roles and parameters with what was built and given."""
    try:
        found = tasks_inspecting.everything(settings, wire.ports(settings), _sites(slug))
    except ChainUnavailable as unavailable:
        raise click.ClickException(str(unavailable)) from None
    differing = [one for one in found if not one.agrees]
    for one in differing:
        click.echo(f"DIFFERS {one.contract}: {one.what} should be {one.expected} and is {one.found or 'none'}")
    if differing:
        raise click.ClickException(f"{len(differing)} of {len(found)} comparisons differ.")
    click.echo(f"all {len(found)} comparisons agree")


@chain.command()
@click.option("--days", type=click.IntRange(1, 60), required=True)
@click.pass_obj
def travel(settings: Settings, days: int) -> None:
    """Let days pass on the local chain, to try what happens when a deadline passes."""
    if not settings.is_local_chain:
        raise click.ClickException("Time can only be moved on the local chain.")
    port = wire.ports(settings).chain
    port.travel(days * 24 * 3600)
    time.sleep(1)  # the embedded chain needs a moment to make the block final
    latest = port.block("latest")
    instant = latest.time if latest else datetime.now(UTC)
    click.echo(f"On the local chain it is now {instant:%Y-%m-%d %H:%M} UTC.")


@chain.command()
@click.option("--tenant", "slug", help="Only this tenant's fees.")
def fees(slug: str | None) -> None:
    """Say what the platform's transactions cost so far, tenant by tenant, in the chain's coin."""
    for site in _sites(slug):
        with tenant_session(site.id) as session:
            for paid in service.fees_paid(session):
                amount = paid.asset.whole(paid.amount)
                click.echo(f"{site.slug}: {amount:f} {paid.asset.code} for {paid.transactions} transactions")


chain.add_command(sponsor)


def _sites(slug: str | None) -> list[Site]:
    if slug is None:
        return [site for site in tenancy.sites() if not site.is_installation]
    try:
        return [tenancy.site_by_slug(slug)]
    except UnknownTenant:
        raise click.ClickException(f"There is no tenant {slug}.") from None


def _ago(age: float | None) -> str:
    return "never" if age is None else f"{age:.0f} s ago"
