"""The world of the page benchmarks: 200 tenants, 2,000 open deals, a migrated database of its own."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, insert, text

from app.config import Settings, new_secret
from app.embedded.home import Home
from app.embedded.postgres import Postgres
from app.modules.deals.models import Deal
from app.web import assets, catalogues
from tenants import bootstrap, ids, migrate, session
from tenants import service as tenancy

TENANTS, DEALS, CARDS = 200, 2000, 20
NOW = datetime(2026, 6, 1, tzinfo=UTC)
_EURO = 10**6
_DATABASE = "benchmark"


@dataclass(frozen=True)
class World:
    """Where the measured page lies: its host, its tenant's id, and the installation's settings."""

    settings: Settings
    host: str
    tenant_id: str


def settings_of(home: Home, postgres: Postgres, *, rpc_url: str = "") -> Settings:
    """Migrate a database of the benchmark's own, and return the settings of an installation on it."""
    access = bootstrap.prepare(postgres.admin_url, database=_DATABASE, secrets_dir=home.root / "secrets")
    migrate.upgrade(access.migrator)
    return Settings(
        home=home.root,
        secret_key=new_secret(),
        tenant_url=access.tenant,
        platform_url=access.platform,
        queue_url=access.queue,
        rpc_url=rpc_url,
    )


@contextlib.contextmanager
def world(folder: Path) -> Iterator[World]:
    """An installation in `folder` that is ready to be served; it goes away with the block."""
    home = Home(folder / "home")
    with Postgres(home) as postgres:
        settings = settings_of(home, postgres)
        settings.save()
        assets.build(settings.static)
        catalogues.compile_stale()
        session.connect(settings.urls)
        tenants = [
            tenancy.found(slug=f"tenant-{number}", name=f"Tenant {number}", host=f"tenant-{number}.localhost", now=NOW)
            for number in range(TENANTS)
        ]
        session.disconnect()
        _insert_deals(postgres, [str(tenant.id) for tenant in tenants])
        yield World(settings, "tenant-0.localhost", str(tenants[0].id))


def _insert_deals(postgres: Postgres, tenants: list[str]) -> None:
    """The first tenant gets a full page, the others share the rest. Straight into the table, as a restore would."""
    owners = tenants[:1] * CARDS + [tenants[1 + n % (len(tenants) - 1)] for n in range(DEALS - CARDS)]
    url = postgres.admin_url.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/{_DATABASE}?")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(insert(Deal), [_deal(number, owner) for number, owner in enumerate(owners)])
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()


def _deal(number: int, tenant_id: str) -> dict[str, object]:
    opened = NOW - timedelta(hours=number)
    return {
        "tenant_id": tenant_id,
        "id": ids.new(),
        "issuer_id": ids.new(),
        "kind": ("equity", "debt", "fund", "real_estate")[number % 4],
        "slug": f"deal-{number}",
        "title": f"Harbour warehouse no. {number}",
        "summary": f"A bonded warehouse of {900 + number} square metres at the north quay, let for eleven years.",
        "issuer_name": f"North Quay Storage {number} B.V.",
        "location": "Rotterdam, Netherlands",
        "sector": "Logistics",
        "regime": "none",
        "asset_code": "EUR",
        "asset_decimals": 6,
        "asset_display_decimals": 2,
        "chain_id": 31337,
        "unit_price": 10 * _EURO,
        "min_ticket": 500 * _EURO,
        "soft_cap": 200_000 * _EURO,
        "hard_cap": 900_000 * _EURO,
        "raised": (100_000 + 137 * number % 700_000) * _EURO,
        "investors_count": 20 + number % 80,
        "opens_at": opened,
        "closes_at": datetime.now(UTC) + timedelta(days=60 + number % 30),
        "cover_kind": "facade",
        "status": "open",
        "created_at": opened,
        "changed_at": opened,
        "status_at": opened,
        "opened_at": opened,
    }
