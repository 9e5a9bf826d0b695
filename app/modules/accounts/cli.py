"""The operator's commands for people: `portico users …`."""

import csv
import secrets
import sys
from datetime import datetime
from typing import TextIO

import click
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import AppError
from app.core.pagination import Page
from app.core.permissions import Role, system
from app.modules.accounts import queries, service
from tenants import service as tenancy
from tenants.errors import UnknownTenant
from tenants.service import Site
from tenants.session import tenant_session

ROLES = [role.value for role in Role]
tenant_option = click.option("--tenant", "slug", required=True, help="The tenant's slug.")


@click.group()
def users() -> None:
    """Look after people's accounts."""


@users.command()
@tenant_option
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--role", "roles", multiple=True, type=click.Choice(ROLES), default=[Role.INVESTOR.value])
@click.option("--password-stdin", "from_input", is_flag=True, help="Read the password; else one is made up.")
@click.option("--country", default="", help="ISO 3166-1 alpha-2.")
def create(slug: str, email: str, name: str, roles: tuple[str, ...], from_input: bool, country: str) -> None:
    """Create an account with a confirmed address."""
    site, chosen = _site(slug), secrets.token_urlsafe(15)
    if from_input:
        chosen = sys.stdin.readline().rstrip("\n")
    try:
        with tenant_session(site.id) as session:
            service.create_user(
                session,
                email=email,
                name=name,
                password=chosen,
                roles=roles,
                verified=True,
                country=country,
                now=clock.now(),
            )
    except AppError as refused:
        raise click.ClickException(refused.message) from None
    click.echo(f"{email} can sign in at {site.host}." + ("" if from_input else f" Password: {chosen}"))


@users.command()
@tenant_option
@click.option("--email", required=True)
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--revoke", is_flag=True, help="Take the role away instead.")
def grant(slug: str, email: str, role: str, revoke: bool) -> None:
    """Give somebody a role."""
    site = _site(slug)
    with tenant_session(site.id) as session:
        who = service.person_by_email(session, email)
        if who is None:
            raise click.ClickException(f"Nobody at {slug} has the address {email}.")
        verb = service.revoke if revoke else service.grant
        verb(session, actor=system(site.id, "portico users"), user_id=who.id, role=Role(role), now=clock.now())
    click.echo(f"{email}: {role} {'taken away' if revoke else 'given'}.")


@users.command(name="list")
@tenant_option
@click.option("--role", type=click.Choice(ROLES), default=None)
def list_(slug: str, role: str | None) -> None:
    """List a tenant's people."""
    with tenant_session(_site(slug).id) as session:
        number, part = 1, None
        while part is None or part.has_more:
            part = queries.people(session, role=role or "", page=Page.numbered(number, limit=100))
            for who in part.items:
                held = ",".join(sorted(one.value for one in who.roles))
                click.echo(f"{who.email}\t{who.name}\t{who.status}\t{held}")
            number += 1


@users.command(name="import")
@tenant_option
@click.argument("file", type=click.File("r", encoding="utf-8-sig"))
def import_(slug: str, file: TextIO) -> None:
    """Take over accounts from a CSV FILE with the columns email, name, password_hash (bcrypt), roles and country.

    Roles are separated by spaces; only email and name have to be there. Nobody is imported if one line is wrong.
    """
    site, now = _site(slug), clock.now()
    with tenant_session(site.id) as session:
        number = 0
        for number, row in enumerate(csv.DictReader(file), 1):
            try:
                _import(session, row, now)
            except (AppError, KeyError, ValueError) as refused:
                said = refused.message if isinstance(refused, AppError) else f"{type(refused).__name__}: {refused}"
                raise click.ClickException(f"Line {number + 1}: {said} Nothing was imported.") from None
    click.echo(f"{number} people can sign in at {site.host}.")


@users.command(name="reset-factors")
@tenant_option
@click.option("--email", required=True)
def reset_factors(slug: str, email: str) -> None:
    """Forget the second factors of somebody who lost them, after you have made sure who asks."""
    site = _site(slug)
    with tenant_session(site.id) as session:
        who = service.person_by_email(session, email)
        if who is None:
            raise click.ClickException(f"Nobody at {slug} has the address {email}.")
        service.reset_factors(session, actor=system(site.id, "portico users"), user_id=who.id, now=clock.now())
    click.echo(f"{email}: the second factors are reset; every session has ended.")


def _import(session: Session, row: dict[str, str], now: datetime) -> None:
    service.import_user(
        session,
        email=row["email"].strip(),
        name=row["name"].strip(),
        password_hash=(row.get("password_hash") or "").strip(),
        roles=[Role(role) for role in (row.get("roles") or Role.INVESTOR.value).split()],
        country=(row.get("country") or "").strip(),
        now=now,
    )


def _site(slug: str) -> Site:
    try:
        return tenancy.site_by_slug(slug)
    except UnknownTenant:
        raise click.ClickException(f"There is no tenant «{slug}». See: portico tenants list") from None
