"""Marks everything that a tenant has written anywhere, so that one look at a page tells whether it leaked."""

import secrets
from uuid import UUID

import psycopg
from psycopg import sql

# What leads to a thing, or tells what kind it is, keeps its value: a changed one would only lead nowhere.
KEPT = {"slug", "host", "deal_slug", "status", "state", "kind", "role", "key", "action", "code", "step", "locale"} | {
    "choices",
    "settings",
}

PROSE = r'("[A-Z][^"\\]{5,})"(?!:)'

COLUMNS = """
select c.table_name, c.column_name, c.data_type
from information_schema.columns c
join information_schema.columns t
  on t.table_schema = c.table_schema and t.table_name = c.table_name and t.column_name = 'tenant_id'
join information_schema.tables b on b.table_schema = c.table_schema and b.table_name = c.table_name
where c.table_schema = 'app' and b.table_type = 'BASE TABLE' and c.data_type in ('text', 'jsonb')
order by 1, 2
"""


def mark(connection: psycopg.Connection, tenant_id: UUID) -> tuple[str, int]:
    """Write a canary into every text of the tenant that accepts one; return the canary and how many columns have it.

    The connection must be a superuser's: triggers that keep the past as it was are off while this writes.
    """
    canary, marked = f"canary-{secrets.token_hex(16)}", 0
    connection.execute("set session_replication_role = replica")
    for table, column, kind in connection.execute(COLUMNS).fetchall():
        if column in KEPT:
            continue
        marked += _mark(connection, table, column, kind, tenant_id, canary)
    connection.commit()
    return canary, marked


TEXT = "update {place} set {name} = {name} || ' ' || {canary} where tenant_id = {tenant} and {name} ~ '^[A-Z].*[a-z]'"
# Every value in it that begins like a sentence or a name; keys stay.
JSON = """update {place} set {name} = regexp_replace({name}::text, {prose}, '\\1 ' || {canary} || '"', 'g')::jsonb
where tenant_id = {tenant} and {name}::text ~ {prose}"""


def _mark(connection: psycopg.Connection, table: str, column: str, kind: str, tenant_id: UUID, canary: str) -> int:
    change = sql.SQL(TEXT if kind == "text" else JSON).format(
        place=sql.Identifier("app", table),
        name=sql.Identifier(column),
        tenant=sql.Literal(tenant_id),
        canary=sql.Literal(canary),
        prose=sql.Literal(PROSE),
    )
    try:
        with connection.transaction():
            return min(1, connection.execute(change).rowcount)
    except psycopg.Error:
        return 0  # a check refuses what isn't one of its words
