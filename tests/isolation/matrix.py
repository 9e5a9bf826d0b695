"""The row-level-security matrix: every relation × command × context, generated from the catalogue (battery B02).

Rows are cloned from seeded ones by `jsonb_populate_record`, so that a new table needs no code here, only a row in the
seed. Everything is rolled back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

REFUSED = {"42501"}  # insufficient_privilege: a policy's WITH CHECK, or a grant that isn't there
# Reasons for which an own INSERT of a copied row may fail after the policy has let it through.
PAST_THE_POLICY = {"23505", "23503", "23514", "23P01", "P0001", "23502", "55000"}


@dataclass(frozen=True)
class Cell:
    """What one command did in one context."""

    relation: str
    command: str
    context: str
    leak: str = ""


@dataclass(frozen=True)
class Context:
    """What the session says about its tenant. `tenant` None: the setting stays as it is."""

    name: str
    setting: str | None
    own: bool = False


def contexts(own: UUID, other: UUID) -> list[Context]:
    return [
        Context("own", str(own), own=True),
        Context("other tenant", str(other)),
        Context("unknown tenant", str(uuid4())),
        Context("none", None),
        Context("empty", ""),
        Context("garbage", "x' or true --"),
    ]


def relations(connection: psycopg.Connection[Any]) -> list[str]:
    """Return every table and view of schema `app` on which the current role has any right."""
    rows = connection.execute(
        """SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = 'app' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
           AND has_any_column_privilege(current_user, c.oid, 'SELECT, INSERT, UPDATE') ORDER BY 1"""
    )
    return [name for (name,) in rows]


def run(
    connection: psycopg.Connection[Any], seeds: dict[str, dict[str, Any]], own: UUID, other: UUID
) -> Iterator[Cell]:
    """Try every cell as the connection's role; `seeds` holds one row of `own` per relation, as JSON text."""
    for relation in relations(connection):
        for context in contexts(own, other):
            for command, attempt in COMMANDS.items():
                leak = _try(connection, context, attempt, relation, seeds.get(relation), own)
                yield Cell(relation, command, context.name, leak)


@contextmanager
def _transaction(connection: psycopg.Connection[Any], context: Context) -> Iterator[psycopg.Cursor[Any]]:
    with connection.transaction(force_rollback=True), connection.cursor() as cursor:
        if context.setting is not None:
            cursor.execute("select set_config('app.tenant_id', %s, true)", (context.setting,))
        yield cursor


def _try(connection: Any, context: Context, attempt: Any, relation: str, seed: Any, own: UUID) -> str:
    try:
        with _transaction(connection, context) as cursor:
            return str(attempt(cursor, sql.Identifier("app", relation), seed, own, context) or "")
    except psycopg.errors.InvalidTextRepresentation:
        return "" if context.name == "garbage" else "the setting was refused where it is none"
    except psycopg.Error as error:
        state = error.sqlstate or ""
        if state in REFUSED:
            return ""
        if state in PAST_THE_POLICY:
            return "" if context.own else f"the policy let it through, then: {state} {error}"
        return "" if state in {"0A000", "42809", "428C9"} else f"{state} {error}"


def _select(cursor: Any, table: Any, _seed: Any, own: UUID, context: Context) -> str:
    cursor.execute(sql.SQL("SELECT tenant_id FROM {}").format(table))
    rows = [tenant for (tenant,) in cursor.fetchall()]
    if context.own:
        if own not in rows:
            return "own rows are not seen"
        return "other tenants' rows are seen" if set(rows) != {own} else ""
    return "acme's rows are seen" if own in rows else ""


def _lock(cursor: Any, table: Any, _seed: Any, own: UUID, context: Context) -> str:
    cursor.execute(sql.SQL("SELECT tenant_id FROM {} FOR UPDATE").format(table))
    rows = {tenant for (tenant,) in cursor.fetchall()}
    return "foreign rows are locked" if (rows - {own} if context.own else rows & {own}) else ""


def _insert(cursor: Any, table: Any, seed: Any, _own: UUID, context: Context) -> str:
    """A row of `own`: refused everywhere but at home."""
    cursor.execute(sql.SQL("INSERT INTO {0} SELECT * FROM jsonb_populate_record(null::{0}, %s)").format(table), (seed,))
    return "" if context.own else "a row of acme was inserted"


def _update(cursor: Any, table: Any, _seed: Any, own: UUID, context: Context) -> str:
    query = "UPDATE {} SET tenant_id = tenant_id RETURNING tenant_id"
    cursor.execute(sql.SQL(query).format(table))
    rows = {tenant for (tenant,) in cursor.fetchall()}
    return "foreign rows were updated" if (rows - {own} if context.own else rows & {own}) else ""


def _move(cursor: Any, table: Any, _seed: Any, own: UUID, context: Context) -> str:
    target = uuid4() if context.own else own
    cursor.execute(sql.SQL("UPDATE {} SET tenant_id = %s RETURNING 1").format(table), (target,))
    return "rows were moved to another tenant" if cursor.fetchall() else ""


def _delete(cursor: Any, table: Any, _seed: Any, own: UUID, context: Context) -> str:
    cursor.execute(sql.SQL("DELETE FROM {} RETURNING tenant_id").format(table))
    rows = {tenant for (tenant,) in cursor.fetchall()}
    return "foreign rows were deleted" if (rows - {own} if context.own else rows & {own}) else ""


def _upsert(cursor: Any, table: Any, seed: Any, _own: UUID, context: Context) -> str:
    query = "INSERT INTO {0} SELECT * FROM jsonb_populate_record(null::{0}, %s) ON CONFLICT DO NOTHING RETURNING 1"
    cursor.execute(sql.SQL(query).format(table), (seed,))
    rows = cursor.fetchall()
    return "a row of acme was upserted" if rows and not context.own else ""


def _merge(cursor: Any, table: Any, seed: Any, _own: UUID, context: Context) -> str:
    query = """MERGE INTO {0} t USING (SELECT * FROM jsonb_populate_record(null::{0}, %s)) s
               ON t.tenant_id = s.tenant_id WHEN MATCHED THEN DELETE"""
    cursor.execute(sql.SQL(query).format(table), (seed,))
    return "acme's rows were merged away" if cursor.rowcount and not context.own else ""


def _copy(cursor: Any, table: Any, _seed: Any, own: UUID, context: Context) -> str:
    with cursor.copy(sql.SQL("COPY (SELECT tenant_id FROM {}) TO STDOUT").format(table)) as copy:
        rows = {UUID(bytes(line).decode().strip()) for line in copy}
    return "foreign rows were copied out" if (rows - {own} if context.own else rows & {own}) else ""


def _truncate(cursor: Any, table: Any, _seed: Any, _own: UUID, _context: Context) -> str:
    cursor.execute(sql.SQL("TRUNCATE {} CASCADE").format(table))
    return "the table could be truncated"


COMMANDS = {
    "SELECT": _select,
    "SELECT FOR UPDATE": _lock,
    "INSERT acme's row": _insert,
    "UPDATE": _update,
    "UPDATE tenant_id": _move,
    "DELETE": _delete,
    "upsert": _upsert,
    "MERGE": _merge,
    "COPY TO": _copy,
    "TRUNCATE": _truncate,
}
