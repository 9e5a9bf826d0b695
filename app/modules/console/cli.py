"""The operator's commands for tenants: `portico tenants …`."""

import json
from typing import Any

import click

from app.core import clock
from app.core.permissions import system
from app.modules.audit import service as audit
from app.modules.console import rules, service
from tenants import service as tenancy
from tenants.errors import HostTaken, InvalidHost, InvalidSetting, UnknownTenant
from tenants.service import Site
from tenants.session import tenant_session


@click.group()
def tenants() -> None:
    """Look after the sites of this installation."""


@tenants.command()
@click.option("--slug", required=True)
@click.option("--name", required=True)
@click.option("--host", required=True)
@click.option("--kind", type=click.Choice(["site", "installation"]), default="site")
@click.option("--settings", "settings_", default="{}", help="A JSON object of settings.")
@click.option("--branding", default="{}", help="A JSON object of choices for the look.")
@click.option("--admin-email", default="", help="Invite this person to administer the site.")
@click.option("--admin-name", default="Administrator")
def found(
    slug: str, name: str, host: str, kind: str, settings_: str, branding: str, admin_email: str, admin_name: str
) -> None:
    """Found a tenant."""
    problem = rules.slug_problem(slug) if kind == "site" else None
    if problem:
        raise click.ClickException("A slug has 3 to 32 lower-case letters, digits and hyphens, and isn't reserved.")
    if slug in {site.slug for site in tenancy.sites()}:
        raise click.ClickException(f"There is a tenant «{slug}» already.")
    try:
        site = tenancy.found(
            slug=slug,
            name=name,
            host=host,
            kind=kind,
            now=clock.now(),
            settings_values=_object(settings_),
            branding_values=_object(branding),
        )
    except (InvalidHost, HostTaken, InvalidSetting) as refused:
        raise click.ClickException(f"{type(refused).__name__}: {refused}") from None
    _record(site, "tenant.founded", host=site.host)
    if admin_email:
        service.invite_administrator(site, email=admin_email, name=admin_name, now=clock.now())
    click.echo(f"{site.name} answers on {site.host}.")


@tenants.command(name="list")
def list_() -> None:
    """List the tenants that aren't closed."""
    for site in tenancy.sites():
        click.echo(f"{site.slug}\t{site.status}\t{site.host}\t{site.name}")


@tenants.command()
@click.argument("slug")
@click.option("--reason", required=True)
def suspend(slug: str, reason: str) -> None:
    """Answer the tenant's visitors with its 503 page."""
    site = _site(slug)
    tenancy.suspend(site.id, reason=reason)
    _record(site, "tenant.suspended", reason=reason)
    click.echo(f"{slug} is suspended.")


@tenants.command()
@click.argument("slug")
def reactivate(slug: str) -> None:
    """Serve a suspended tenant again."""
    site = _site(slug)
    tenancy.reactivate(site.id)
    _record(site, "tenant.reactivated")
    click.echo(f"{slug} is active.")


@tenants.command(name="add-host")
@click.argument("slug")
@click.argument("host")
@click.option("--kind", type=click.Choice(["redirect", "serve"]), default="redirect", show_default=True)
def add_host(slug: str, host: str, kind: str) -> None:
    """Give a tenant another host."""
    site = _site(slug)
    try:
        tenancy.add_host(site.id, host, kind=kind, now=clock.now())
    except (InvalidHost, HostTaken) as refused:
        raise click.ClickException(f"{type(refused).__name__}: {refused}") from None
    _record(site, "tenant.host_added", host=host, kind=kind)
    click.echo(f"{host} belongs to {slug}.")


def _record(site: Site, action: str, **after: object) -> None:
    with tenant_session(site.id) as session:
        audit.record(
            session,
            actor=system(site.id, "portico tenants"),
            action=action,
            subject_kind="tenant",
            subject_id=site.id,
            after=after or None,
            now=clock.now(),
        )


def _site(slug: str) -> Site:
    try:
        return tenancy.site_by_slug(slug)
    except UnknownTenant:
        raise click.ClickException(f"There is no tenant «{slug}». See: portico tenants list") from None


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise click.ClickException("Give a JSON object, for example {}.")
    return found
