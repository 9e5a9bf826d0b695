"""Row-level security, said once: migrations call `protect` for every tenant table they create.

A permissive policy lets the tenant's rows through; a restrictive guard beside it keeps a later, sloppier policy from
widening that. FORCE binds the owner too. Source of the shape: docs/decisions/0002.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

TENANT_ROLE = "app_rw"
PLATFORM_ROLE = "app_platform"
SIGNER_ROLE = "app_signer"

_OWN = "tenant_id = (select app.tid())"


class Executes(Protocol):
    """Alembic's `op`, or anything that runs one SQL statement."""

    def execute(self, statement: str, /) -> object: ...


def protect(
    op: Executes, table: str, *, append_only: bool = False, platform: Literal["", "read", "write"] = ""
) -> None:
    """Protect `app.<table>`: own rows only, never TRUNCATE. `append_only` withholds UPDATE and DELETE.

    `platform` opens the table to the platform role by a named policy, for reading or for writing too.
    """
    grants = "SELECT, INSERT" if append_only else "SELECT, INSERT, UPDATE, DELETE"
    op.execute(f"ALTER TABLE app.{table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE app.{table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON app.{table} FOR ALL TO {TENANT_ROLE} USING ({_OWN}) WITH CHECK ({_OWN})")
    op.execute(
        f"CREATE POLICY tenant_guard ON app.{table} AS RESTRICTIVE FOR ALL TO {TENANT_ROLE} "
        f"USING ({_OWN}) WITH CHECK ({_OWN})"
    )
    op.execute(f"GRANT {grants} ON app.{table} TO {TENANT_ROLE}")
    if platform == "read":
        op.execute(f"CREATE POLICY platform_read ON app.{table} FOR SELECT TO {PLATFORM_ROLE} USING (true)")
        op.execute(f"GRANT SELECT ON app.{table} TO {PLATFORM_ROLE}")
    if platform == "write":
        op.execute(f"CREATE POLICY platform_write ON app.{table} FOR ALL TO {PLATFORM_ROLE} USING (true)")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON app.{table} TO {PLATFORM_ROLE}")


def open_to_platform(op: Executes, table: str, *, append_only: bool = False) -> None:
    """Grant the platform role its own table `platform.<table>`; the tenants' role gets nothing."""
    grants = "SELECT, INSERT" if append_only else "SELECT, INSERT, UPDATE, DELETE"
    op.execute(f"GRANT {grants} ON platform.{table} TO {PLATFORM_ROLE}")


def open_to_signer(op: Executes, table: str, *, update: Sequence[str] = ()) -> None:
    """Let the signer's role read `app.<table>` by a named policy, and write the columns in `update` alone."""
    op.execute(f"CREATE POLICY signer_read ON app.{table} FOR SELECT TO {SIGNER_ROLE} USING (true)")
    op.execute(f"GRANT SELECT ON app.{table} TO {SIGNER_ROLE}")
    if update:
        op.execute(f"CREATE POLICY signer_answer ON app.{table} FOR UPDATE TO {SIGNER_ROLE} USING (true)")
        op.execute(f"GRANT UPDATE ({', '.join(update)}) ON app.{table} TO {SIGNER_ROLE}")
