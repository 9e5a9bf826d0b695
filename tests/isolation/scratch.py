"""A scratch copy of the schema in which every table has a row of each of two tenants, made from the catalogue alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

# One value per type that every column of it takes; a new type fails the seed and wants its line here.
VALUES = {
    "uuid": "gen_random_uuid()",
    "text": "'x' || gen_random_uuid()",
    "character varying": "'x'",
    "jsonb": "'{}'::jsonb",
    "timestamp with time zone": "now()",
    "date": "current_date",
    "boolean": "true",
    "integer": "1",
    "smallint": "1",
    "bigint": "1",
    "numeric": "1",
    "bytea": "gen_random_uuid()::text::bytea",
    "inet": "'127.0.0.1'::inet",
    "tsvector": "''::tsvector",
    "ARRAY": "'{}'",
}


def libpq(url: str, **parts: str) -> str:
    """Return a SQLAlchemy URL as libpq reads it, with parts replaced."""
    return make_url(url).set(drivername="postgresql", **parts).render_as_string(hide_password=False)  # type: ignore[arg-type]


@contextmanager
def copy_of(admin_url: str, database: str) -> Iterator[str]:
    """Yield the name of a new database with the schema of `database` (which nobody may use meanwhile) and no rows."""
    name = f"scratch_{uuid4().hex[:12]}"
    with psycopg.connect(libpq(admin_url), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(database)))
        try:
            yield name
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def seed(admin: psycopg.Connection[Any], tenants: tuple[UUID, UUID]) -> dict[str, str]:
    """Give every table of schema `app` a row of each tenant; return table → the first tenant's row as JSON text.

    Checks and keys are set aside in this copy: what is under test here are the policies and grants.
    """
    admin.execute("SET session_replication_role = replica")
    for table, constraint in admin.execute(
        """SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint JOIN pg_class c ON c.oid = conrelid
           WHERE contype = 'c' AND connamespace = 'app'::regnamespace"""
    ).fetchall():
        admin.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.SQL(table), sql.SQL(constraint)))
    rows = {}
    for (table,) in admin.execute(
        """SELECT relname FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind IN ('r', 'p')"""
    ).fetchall():
        for tenant in tenants:
            _insert(admin, table, tenant)
        query = sql.SQL("SELECT to_jsonb(t)::text FROM {} t WHERE tenant_id = %s").format(sql.Identifier("app", table))
        found = admin.execute(query, (tenants[0],)).fetchone()
        assert found is not None, f"no row could be made for {table}"
        rows[table] = str(found[0])
    return rows


def _insert(admin: psycopg.Connection[Any], table: str, tenant: UUID) -> None:
    columns = admin.execute(
        """SELECT column_name, data_type FROM information_schema.columns
           WHERE table_schema = 'app' AND table_name = %s AND is_generated = 'NEVER' AND identity_generation IS NULL""",
        (table,),
    ).fetchall()
    values = [sql.Literal(str(tenant)) if name == "tenant_id" else sql.SQL(VALUES[kind]) for name, kind in columns]
    names = sql.SQL(", ").join(sql.Identifier(name) for name, _kind in columns)
    query = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier("app", table), names, sql.SQL(", ").join(values)
    )
    admin.execute(query)
