"""Roles, schemas and the guard trigger: what must exist before the first migration. Runs as the server's admin."""

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from tenants.session import Urls

LOGINS = ("app_migrator", "app_rw", "app_platform", "app_queue", "app_backup", "app_signer")

ROLES = """
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['app_owner', 'app_queue_owner', 'app_migrator', 'app_rw', 'app_platform', 'app_queue',
                              'app_backup', 'app_signer'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN EXECUTE format('CREATE ROLE %I', name); END IF;
  END LOOP;
END $$;
ALTER ROLE app_migrator LOGIN;
ALTER ROLE app_backup LOGIN REPLICATION;
ALTER ROLE app_rw LOGIN NOINHERIT NOCREATEDB NOCREATEROLE CONNECTION LIMIT 60;
ALTER ROLE app_platform LOGIN NOINHERIT NOCREATEDB NOCREATEROLE CONNECTION LIMIT 20;
ALTER ROLE app_queue LOGIN NOCREATEDB NOCREATEROLE CONNECTION LIMIT 20;
ALTER ROLE app_signer LOGIN NOINHERIT NOCREATEDB NOCREATEROLE CONNECTION LIMIT 8;
GRANT app_owner, app_queue_owner TO app_migrator;
GRANT app_queue_owner TO app_queue;
ALTER ROLE app_rw SET lock_timeout = '2s';
ALTER ROLE app_rw SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE app_rw SET search_path = app, jobs, pg_catalog;
ALTER ROLE app_platform SET search_path = platform, app, pg_catalog;
ALTER ROLE app_queue SET search_path = jobs, pg_catalog;
ALTER ROLE app_signer SET lock_timeout = '2s';
ALTER ROLE app_signer SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE app_signer SET search_path = platform, app, pg_catalog;
ALTER ROLE app_migrator SET search_path = app, pg_catalog;
"""

SCHEMAS = """
CREATE SCHEMA IF NOT EXISTS app AUTHORIZATION app_owner;
CREATE SCHEMA IF NOT EXISTS platform AUTHORIZATION app_owner;
CREATE SCHEMA IF NOT EXISTS jobs AUTHORIZATION app_queue_owner;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA app;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA app TO app_rw, app_platform, app_signer;
GRANT USAGE ON SCHEMA platform TO app_platform, app_signer;
GRANT USAGE ON SCHEMA jobs TO app_rw, app_platform, app_queue;
"""

# An event trigger needs a superuser; where the admin is none, the start-up assertions alone keep the promise.
GUARD = """
CREATE OR REPLACE FUNCTION platform.refuse_unprotected() RETURNS event_trigger LANGUAGE plpgsql
SET search_path = pg_catalog AS $$
DECLARE made record;
BEGIN
  FOR made IN SELECT objid FROM pg_event_trigger_ddl_commands()
              WHERE object_type = 'table' AND schema_name = 'app' LOOP
    IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = made.objid AND attname = 'tenant_id'
                   AND attnotnull AND atttypid = 'uuid'::regtype AND NOT attisdropped) THEN
      RAISE EXCEPTION 'table % has no tenant_id uuid NOT NULL', made.objid::regclass;
    END IF;
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', made.objid::regclass);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', made.objid::regclass);
  END LOOP;
END $$;
DROP EVENT TRIGGER IF EXISTS refuse_unprotected;
CREATE EVENT TRIGGER refuse_unprotected ON ddl_command_end
  WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO')
  EXECUTE FUNCTION platform.refuse_unprotected();
"""


@dataclass(frozen=True)
class Access:
    """Connection strings of the prepared database, one per role (SQLAlchemy URLs)."""

    migrator: str
    tenant: str
    platform: str
    queue: str
    signer: str

    @property
    def urls(self) -> Urls:
        return Urls(tenant=self.tenant, platform=self.platform)


def prepare(admin_url: str, *, database: str, secrets_dir: Path) -> Access:
    """Create roles, `database` and schemas where they are missing; return how to connect. Safe to run again.

    `admin_url` may create roles and databases. Passwords are made once and kept in `secrets_dir` (mode 0600).
    """
    passwords = {role: _password(secrets_dir, role) for role in LOGINS}
    with psycopg.connect(_libpq(admin_url), autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(7305601)")
        admin.execute(ROLES)
        for role, password in passwords.items():
            admin.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone():
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    with psycopg.connect(_libpq(_with(admin_url, database=database)), autocommit=True) as admin:
        admin.execute(sql.SQL("REVOKE TEMP, CREATE ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
        admin.execute(SCHEMAS)
        if admin.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (True,):
            admin.execute(GUARD)
    return access(admin_url, database=database, secrets_dir=secrets_dir)


def access(admin_url: str, *, database: str, secrets_dir: Path) -> Access:
    """Return the connection strings of an already prepared database, without connecting."""
    passwords = {role: _password(secrets_dir, role) for role in LOGINS}

    def url(role: str) -> str:
        return _with(admin_url, database=database, username=role, password=passwords[role])

    return Access(url("app_migrator"), url("app_rw"), url("app_platform"), url("app_queue"), url("app_signer"))


def _with(url: str, **parts: str) -> str:
    changed: URL = make_url(url).set(drivername="postgresql+psycopg", **parts)  # type: ignore[arg-type]
    return changed.render_as_string(hide_password=False)


def _libpq(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _password(secrets_dir: Path, role: str) -> str:
    """Return the role's password; whoever comes first makes it, whole, also when several come at once."""
    file = secrets_dir / f"{role}.password"
    if not file.exists():
        secrets_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = file.with_name(f"{role}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as text:
            text.write(secrets.token_urlsafe(32))
        with contextlib.suppress(FileExistsError):
            os.link(fresh, file)
        fresh.unlink()
    return file.read_text().strip()
