"""`portico seed demo`: tenants, people, deals and investments to look at, made by the product's own services.

Nothing is written past a service: money is paid on the local chain, followed, released and booked like anybody's. What
exists is left as it is, so an interrupted run is finished by the next.
"""

import secrets
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from app.cli import seed_deals, seed_money, seed_people
from app.cli.seed_deals import House
from app.config import Settings
from app.core import clock
from app.integrations.chain import wire
from app.modules.chain.tasks_installing import Deployer, ensure_tenant
from tenants import service as tenancy
from tenants.errors import UnknownTenant
from tenants.service import Site

CONTENT = Path(__file__).parent / "demo"
SHOWN = ("acme", "zeta", "noor")
# Only here: who looks at the demonstration isn't asked for a second factor, nor signed out over a coffee.
HUMANE = {"second_factor_roles": [], "idle_minutes": 240}


def commands(settling: Callable[[Settings], Callable[[], None]]) -> click.Group:
    """Return the group `seed`; `settling` makes what does the worker's work while the demo is built."""

    @click.group()
    def seed() -> None:
        """Fill an installation."""

    @seed.command()
    @click.option("--anyway", is_flag=True, help="Also where the chain isn't the local one (no investments then).")
    @click.pass_obj
    def demo(settings: Settings, anyway: bool) -> None:
        """Make the demonstration tenants, or finish making them; print addresses and log-ins."""
        if not (settings.is_local_chain or anyway):
            raise click.ClickException("This installation isn't on the local chain. Add --anyway if you mean it.")
        password = _password(settings)
        _installation(settings, password)
        _closed_house(settings)
        houses = [_house(settings, _content(slug), password) for slug in SHOWN]
        if settings.is_local_chain:
            settle = settling(settings)
            seed_deals.deploy(houses, settle)
            seed_money.ensure(settings, houses, settle)
            settle()
        click.echo(_greeting(settings, password))

    return seed


def _content(slug: str) -> dict[str, Any]:
    return tomllib.loads((CONTENT / f"{slug}.toml").read_text(encoding="utf-8"))


def _password(settings: Settings) -> str:
    """Return the one password of all demo people, made once for this installation."""
    file = settings.home / "secrets" / "demo.password"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
        file.write_text("-".join(secrets.token_hex(3) for _ in range(3)))
    return file.read_text().strip()


def _site(settings: Settings, content: dict[str, Any], *, kind: str = "site") -> Site:
    try:
        return tenancy.site_by_slug(content["slug"])
    except UnknownTenant:
        return tenancy.found(
            slug=content["slug"],
            name=content["name"],
            host=f"{content['slug']}.{settings.base_domain}",
            kind=kind,
            settings_values={**HUMANE, **content["settings"], "chain_id": settings.chain_id},
            branding_values=content["branding"],
            now=clock.now(),
        )


def _installation(settings: Settings, password: str) -> None:
    content: dict[str, Any] = {
        "slug": "console",
        "name": "Portico",
        "settings": {"legal_text": "The console of this installation."},
        "branding": {"mark": "arch", "back_office_sidebar": "left"},
    }
    site = _site(settings, content, kind="installation")
    sam = {"sam": {"name": "Sam Rao", "country": "NL", "roles": ["super_admin"]}}
    seed_people.ensure(site, sam, password=password, domain=f"console.{settings.base_domain}")


def _closed_house(settings: Settings) -> None:
    """A tenant that is suspended, to see what its visitors see."""
    branding = {"pack": "minimal", "brand": "#6b4a1f", "tint": 60, "mark": "arch"}
    site = _site(settings, {"slug": "quiet", "name": "Quiet House Partners", "settings": {}, "branding": branding})
    if site.status == "active":
        tenancy.suspend(site.id, reason="Shown as a suspended tenant in the demonstration")


def _house(settings: Settings, content: dict[str, Any], password: str) -> House:
    """Make one tenant with its people and its deals, short of what happens on the chain."""
    site = _site(settings, content)
    alias = f"www.{site.host}"
    if alias not in site.aliases:
        tenancy.add_host(site.id, alias, kind="redirect", now=clock.now())
    if settings.is_local_chain:
        ensure_tenant(Deployer(settings, wire.ports(settings), clock.now), site)
    site = tenancy.site(site.id)
    people = seed_people.ensure(site, content["people"], password=password, domain=site.host)
    return House(site, people, seed_deals.ensure(site, content["deals"], people))


def _greeting(settings: Settings, password: str) -> str:
    rows = []
    for slug, people in {
        "acme": "alice (investor), ada (investor with holdings), irene (issuer), carol (compliance), otto (admin)",
        "zeta": "mallory (investor), auguste (issuer), denise (compliance), helene (admin)",
        "noor": "layla (investor), huda (issuer), reem (compliance), nasser (admin)",
        "console": "sam (super-admin)",
    }.items():
        host = f"{slug}.{settings.base_domain}"
        rows.append(f"  {settings.url(host):34} {people}")
    address = f"alice@acme.{settings.base_domain}"
    return "\n".join(
        [
            *rows,
            "",
            f"  Log in as NAME@HOST, for example {address}",
            f"  Password of all demo people: {password}",
            "  Second factors: nobody has to have one here. A site of your own asks its administrators for one.",
            f"  Mails: {settings.url('acme.' + settings.base_domain, '/outbox')}",
        ]
    )
