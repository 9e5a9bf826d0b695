"""The ground: who the current tenant is, the types of money, and the shared job queue."""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager

revision = "0001_foundation"
down_revision = None

TID = """
CREATE FUNCTION app.tid() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE SET search_path = '' AS
$$ SELECT nullif(pg_catalog.current_setting('app.tenant_id', true), '')::uuid $$
"""

# numeric(78,0) alone would round 1.5 to 2 and let NaN pass a "> 0" check.
BASE_UNITS = """
CREATE DOMAIN app.base_units AS numeric CHECK (VALUE >= 0
  AND VALUE <= 115792089237316195423570985008687907853269984665640564039457584007913129639935
  AND VALUE <> 'NaN'::numeric AND scale(VALUE) = 0)
"""
SIGNED_UNITS = """
CREATE DOMAIN app.signed_units AS numeric
  CHECK (VALUE <> 'NaN'::numeric AND scale(VALUE) = 0 AND abs(VALUE) < 1e78 AND VALUE <> 0)
"""


def upgrade() -> None:
    op.execute(TID)
    op.execute(BASE_UNITS)
    op.execute(SIGNED_UNITS)
    _queue()


def _queue() -> None:
    """Install the queue for its own owner; the tenants' role may call the one function that adds jobs."""
    op.execute("SET LOCAL ROLE app_queue_owner")
    op.execute("SET LOCAL search_path = jobs, pg_catalog")
    op.get_bind().connection.driver_connection.execute(SchemaManager.get_schema())
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA jobs FROM PUBLIC")
    defer = "procrastinate_defer_jobs_v1(procrastinate_job_to_defer_v1[])"
    op.execute(f"ALTER FUNCTION {defer} SECURITY DEFINER")
    op.execute(f"ALTER FUNCTION {defer} SET search_path = jobs, pg_catalog")
    op.execute(f"GRANT EXECUTE ON FUNCTION {defer} TO app_rw, app_platform")
    op.execute("SET LOCAL search_path = app, pg_catalog")
    op.execute("SET LOCAL ROLE app_owner")


def downgrade() -> None:
    op.execute("DROP DOMAIN app.signed_units")
    op.execute("DROP DOMAIN app.base_units")
    op.execute("DROP FUNCTION app.tid()")
    op.get_bind().execute(sa.text("SET LOCAL ROLE app_queue_owner"))
    op.execute("DROP SCHEMA jobs CASCADE")
    op.execute("SET LOCAL ROLE app_owner")
