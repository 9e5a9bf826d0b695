"""What the database's own catalogue must say before a process may serve (battery B01; facts: docs/security.md).

Each rule is a query that returns the offenders; none may return a row. The application connects and asks as itself.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from tenants.errors import Unprotected
from tenants.session import platform_session, tenant_session
from tenants import ids

_TABLES = """pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"""
_HAS_TENANT = """EXISTS (SELECT 1 FROM pg_attribute t WHERE t.attrelid = {of} AND t.attname = 'tenant_id' AND NOT t.attisdropped)"""

RULES: dict[str, str] = {
    "the role may bypass row security, create roles or databases, or is a superuser": """
        SELECT rolname FROM pg_roles WHERE rolname = current_user
        AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)""",
    "the role belongs to another role": """
        SELECT r.rolname FROM pg_auth_members m JOIN pg_roles u ON u.oid = m.member JOIN pg_roles r ON r.oid = m.roleid
        WHERE u.rolname = current_user""",
    "a table is owned by a role that can log in": f"""
        SELECT c.oid::regclass::text FROM {_TABLES} JOIN pg_roles r ON r.oid = c.relowner
        WHERE n.nspname IN ('app', 'platform') AND c.relkind IN ('r', 'p', 'v', 'm') AND r.rolcanlogin""",
    "a table lacks row security or doesn't force it": f"""
        SELECT c.oid::regclass::text FROM {_TABLES}
        WHERE n.nspname = 'app' AND c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)""",
    "a table has no tenant_id uuid NOT NULL": f"""
        SELECT c.oid::regclass::text FROM {_TABLES} WHERE n.nspname = 'app' AND c.relkind IN ('r', 'p')
        AND NOT EXISTS (SELECT 1 FROM pg_attribute t WHERE t.attrelid = c.oid AND t.attname = 'tenant_id'
                        AND t.attnotnull AND t.atttypid = 'uuid'::regtype AND NOT t.attisdropped)""",
    "a table lacks its restrictive tenant guard": f"""
        SELECT c.oid::regclass::text FROM {_TABLES} WHERE n.nspname = 'app' AND c.relkind IN ('r', 'p')
        AND has_any_column_privilege(current_user, c.oid, 'SELECT, INSERT, UPDATE')
        AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND NOT p.polpermissive
                        AND p.polqual IS NOT NULL AND p.polwithcheck IS NOT NULL)""",
    "a policy for the tenants' role lets any row through": """
        SELECT p.polrelid::regclass::text || '.' || p.polname FROM pg_policy p
        WHERE p.polpermissive AND (0 = ANY (p.polroles) OR (SELECT oid FROM pg_roles WHERE rolname = current_user) = ANY (p.polroles))
        AND (coalesce(pg_get_expr(p.polqual, p.polrelid), 'tid()') !~ '\\mtid\\(\\)'
             OR coalesce(pg_get_expr(p.polwithcheck, p.polrelid), 'tid()') !~ '\\mtid\\(\\)'
             OR pg_get_expr(p.polqual, p.polrelid) ~* 'is null'
             OR (p.polcmd IN ('a', '*', 'w') AND p.polwithcheck IS NULL AND p.polqual IS NULL))""",
    "the role can reach a table outside its schema": f"""
        SELECT c.oid::regclass::text FROM {_TABLES} WHERE n.nspname NOT IN ('app', 'pg_catalog', 'information_schema')
        AND n.nspname !~ '^pg_' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND has_schema_privilege(current_user, n.oid, 'USAGE')
        AND has_any_column_privilege(current_user, c.oid, 'SELECT, INSERT, UPDATE')""",
    "the role may truncate, reference or put triggers on a table": f"""
        SELECT c.oid::regclass::text FROM {_TABLES} WHERE n.nspname IN ('app', 'platform') AND c.relkind IN ('r', 'p')
        AND (has_table_privilege(current_user, c.oid, 'TRUNCATE') OR has_table_privilege(current_user, c.oid, 'REFERENCES')
             OR has_table_privilege(current_user, c.oid, 'TRIGGER'))""",
    "a view doesn't run with its reader's rights": f"""
        SELECT c.oid::regclass::text FROM {_TABLES} WHERE n.nspname IN ('app', 'platform') AND c.relkind = 'v'
        AND coalesce(array_to_string(c.reloptions, ','), '') !~ 'security_invoker=(true|on)'""",
    "a materialized view or foreign table can be read": f"""
        SELECT c.oid::regclass::text FROM {_TABLES} WHERE n.nspname NOT LIKE 'pg_%' AND c.relkind IN ('m', 'f')
        AND has_any_column_privilege(current_user, c.oid, 'SELECT')""",
    "a partition can be addressed by itself": f"""
        SELECT c.oid::regclass::text FROM {_TABLES} WHERE n.nspname = 'app' AND c.relispartition
        AND has_any_column_privilege(current_user, c.oid, 'SELECT, INSERT, UPDATE')
        AND NOT (c.relrowsecurity AND c.relforcerowsecurity
                 AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid))""",
    "a foreign key can point at another tenant's row": f"""
        SELECT k.conrelid::regclass::text || '.' || k.conname FROM pg_constraint k
        JOIN pg_namespace n ON n.oid = k.connamespace WHERE k.contype = 'f' AND n.nspname = 'app'
        AND {_HAS_TENANT.format(of="k.confrelid")}
        AND NOT EXISTS (SELECT 1 FROM unnest(k.conkey) x JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x
                        WHERE a.attname = 'tenant_id')""",
    "a unique index reveals other tenants' values": f"""
        SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE i.indisunique AND n.nspname = 'app'
        AND NOT EXISTS (SELECT 1 FROM unnest(i.indkey::int2[]) x JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x
                        WHERE a.attname = 'tenant_id')""",
    "a function runs with its owner's rights and isn't on the list": """
        SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        AND has_function_privilege(current_user, p.oid, 'EXECUTE')
        AND (p.proname <> ALL (:definers) OR coalesce(array_to_string(p.proconfig, ','), '') !~ 'search_path')""",
    "an extension reaches other databases or files": """
        SELECT extname FROM pg_extension WHERE extname IN ('dblink', 'postgres_fdw', 'file_fdw', 'adminpack')""",
    "default privileges grant to the role or to everyone": """
        SELECT d.defaclacl::text FROM pg_default_acl d, aclexplode(d.defaclacl) a
        WHERE a.grantee = 0 AND d.defaclobjtype IN ('r', 'S')
           OR a.grantee = (SELECT oid FROM pg_roles WHERE rolname = current_user)""",
}

# Functions that may run with their owner's rights: each does one thing that a caller's own rights can't.
DEFINERS = {
    "procrastinate_defer_jobs_v1": "a tenant's transaction may add a job, and nothing else, to the shared queue",
    "find_deals": "full-text search can't use its index under row security; it filters by app.tid() itself",
}


def offences(session: Session) -> list[str]:
    """Return every broken rule with its offenders, as sentences; empty means protected."""
    found = []
    for rule, query in RULES.items():
        parameters = {"definers": list(DEFINERS)} if ":definers" in query else {}
        found += [f"{rule}: {offender}" for (offender,) in session.execute(text(query), parameters)]
    return found


def assert_protected() -> None:
    """Ask the catalogue as the tenants' role, and refuse to go on where a promise is broken. Raises Unprotected."""
    with tenant_session(ids.new()) as session:
        broken = offences(session)
        if session.execute(text("SELECT count(*) FROM app.features")).scalar_one():
            broken.append("an unknown tenant sees rows of app.features")
    with platform_session() as session:
        broken += [
            f"the platform role may bypass row security: {name}"
            for (name,) in session.execute(
                text("SELECT rolname FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)")
            )
        ]
    if broken:
        raise Unprotected("; ".join(broken))
