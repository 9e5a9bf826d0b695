"""No tenant reaches another's rows: catalogue rules, the matrix, and proof that both find planted defects."""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from tenants import bootstrap, catalogue, migrate
from tests.isolation import matrix
from tests.isolation.scratch import copy_of, libpq, seed
from tests.support.services import postgres_admin_url

ACME, ZETA = uuid4(), uuid4()


@pytest.fixture(scope="module")
def pristine(access: bootstrap.Access) -> Iterator[str]:
    """A migrated database without rows, from which scratch copies are made."""
    name = f"pristine_{uuid4().hex[:8]}"
    migrator = make_url(access.migrator).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(libpq(postgres_admin_url()), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            with psycopg.connect(libpq(postgres_admin_url(), database=name), autocommit=True) as inside:
                inside.execute(bootstrap.SCHEMAS)
                inside.execute(f"REVOKE TEMP, CREATE ON DATABASE {name} FROM PUBLIC")
            migrate.upgrade(migrator)
            yield name
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def scratch(pristine: str) -> Iterator[str]:
    with copy_of(postgres_admin_url(), pristine) as name:
        yield name


def _admin(scratch: str) -> psycopg.Connection[Any]:
    return psycopg.connect(libpq(postgres_admin_url(), database=scratch), autocommit=True)


def _application(access: bootstrap.Access, scratch: str) -> psycopg.Connection[Any]:
    return psycopg.connect(libpq(access.tenant, database=scratch), autocommit=True)


def _offences(access: bootstrap.Access, scratch: str) -> list[str]:
    url = make_url(access.tenant).set(database=scratch)
    engine = create_engine(url)
    try:
        with Session(engine) as session:
            return catalogue.offences(session)
    finally:
        engine.dispose()


def _leaks(access: bootstrap.Access, scratch: str, rows: dict[str, str]) -> list[matrix.Cell]:
    with _application(access, scratch) as connection:
        return [cell for cell in matrix.run(connection, rows, ACME, ZETA) if cell.leak]


def test_the_catalogue_keeps_every_rule(access: bootstrap.Access, scratch: str) -> None:
    assert _offences(access, scratch) == []
    assert len(catalogue.rules()) >= 17
    assert len(catalogue.DEFINERS) <= 10


def test_no_command_in_any_context_crosses_tenants(access: bootstrap.Access, scratch: str, capsys: Any) -> None:
    with _admin(scratch) as admin:
        rows = seed(admin, (ACME, ZETA))
    with _application(access, scratch) as connection:
        cells = list(matrix.run(connection, rows, ACME, ZETA))
        tables = matrix.relations(connection)
    assert set(tables) <= set(rows), "a relation has no seeded row"
    assert [cell for cell in cells if cell.leak] == []
    per_table = Counter(cell.relation for cell in cells)
    assert set(per_table.values()) == {len(matrix.COMMANDS) * 6}
    with capsys.disabled():
        print(f"\n  row-level security: {len(tables)} relations, {len(cells)} cells, 0 leaks")


# Each of these opens one hole; `caught` says which of the two nets must find it.
DEFECTS = {
    "row security forgotten": ("ALTER TABLE app.features DISABLE ROW LEVEL SECURITY", "both"),
    "row security not forced": ("ALTER TABLE app.features NO FORCE ROW LEVEL SECURITY", "catalogue"),
    "a policy that lets all through": (
        """DROP POLICY tenant_guard ON app.features;
           CREATE POLICY sloppy ON app.features TO app_rw USING (true) WITH CHECK (true)""",
        "both",
    ),
    "an unchecked insert": (
        """DROP POLICY tenant_guard ON app.features; DROP POLICY tenant ON app.features;
           CREATE POLICY tenant ON app.features TO app_rw USING (tenant_id = (select app.tid())) WITH CHECK (true)""",
        "both",
    ),
    "no tenant means all tenants": (
        """DROP POLICY tenant_guard ON app.features; DROP POLICY tenant ON app.features;
           CREATE POLICY tenant ON app.features TO app_rw USING (app.tid() IS NULL OR tenant_id = app.tid())""",
        "both",
    ),
    "a partition addressed by itself": (
        """CREATE TABLE app.parts (tenant_id uuid NOT NULL, n int) PARTITION BY LIST (n);
           CREATE TABLE app.parts_1 PARTITION OF app.parts FOR VALUES IN (1);
           ALTER TABLE app.parts_1 DISABLE ROW LEVEL SECURITY;
           GRANT SELECT ON app.parts_1 TO app_rw""",
        "catalogue",
    ),
    "a table without tenant_id": ("CREATE TABLE app.loose (id uuid); GRANT SELECT ON app.loose TO app_rw", "catalogue"),
    "a foreign key without the tenant": (
        """ALTER TABLE app.outbox_events ADD CONSTRAINT only_id UNIQUE (id);
           CREATE TABLE app.child (tenant_id uuid NOT NULL, event_id uuid REFERENCES app.outbox_events (id))""",
        "catalogue",
    ),
    "a unique index without the tenant": ("CREATE UNIQUE INDEX oracle ON app.outbox_events (name)", "catalogue"),
    "a view with its owner's rights": (
        "CREATE VIEW app.all_features AS SELECT * FROM app.features; GRANT SELECT ON app.all_features TO app_rw",
        "both",
    ),
    "a materialized view": (
        "CREATE MATERIALIZED VIEW app.kept AS SELECT * FROM app.features; GRANT SELECT ON app.kept TO app_rw",
        "both",
    ),
    "a function with its owner's rights": (
        """CREATE FUNCTION app.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER
           AS 'SELECT count(*) FROM app.features'""",
        "catalogue",
    ),
    "a grant to truncate": ("GRANT TRUNCATE ON app.features TO app_rw", "both"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_found(access: bootstrap.Access, scratch: str, defect: str) -> None:
    statement, net = DEFECTS[defect]
    with _admin(scratch) as admin:
        rows = seed(admin, (ACME, ZETA))
        admin.execute(statement)
        rows |= dict.fromkeys(("all_features", "kept"), rows["features"])
    assert _offences(access, scratch), "the catalogue rules did not notice"
    if net == "both":
        assert _leaks(access, scratch, rows), "the matrix did not notice"


def test_the_database_itself_refuses_a_table_without_tenant(access: bootstrap.Access) -> None:
    with psycopg.connect(libpq(access.migrator), autocommit=True) as migrator:
        migrator.execute("SET ROLE app_owner")
        with pytest.raises(psycopg.errors.RaiseException, match="tenant_id"):
            migrator.execute("CREATE TABLE app.forgotten (id uuid)")


def test_the_guard_neutralises_a_sloppy_policy(access: bootstrap.Access, scratch: str) -> None:
    with _admin(scratch) as admin:
        rows = seed(admin, (ACME, ZETA))
        admin.execute("CREATE POLICY sloppy ON app.features TO app_rw USING (true) WITH CHECK (true)")
    assert _leaks(access, scratch, rows) == []
    assert _offences(access, scratch)


def test_the_applications_role_is_an_ordinary_one(access: bootstrap.Access) -> None:
    with psycopg.connect(libpq(access.tenant), autocommit=True) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert row == (False, False, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM platform.tenants")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM jobs.procrastinate_jobs")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TEMP TABLE t (x int)")
