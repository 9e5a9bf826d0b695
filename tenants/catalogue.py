"""What the database's own catalogue must say before a process may serve.

The rules stand in `catalogue.sql`; the application connects and asks as itself. Source: docs/security.md, rule list.
"""

import re
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from tenants import ids
from tenants.errors import Unprotected
from tenants.session import platform_session, tenant_session

# Functions that may run with their owner's rights: each does one thing that a caller's own rights can't.
DEFINERS = {
    "procrastinate_defer_jobs_v1": "a tenant's transaction may add a job, and nothing else, to the shared queue",
}

_RULE = re.compile(r"^-- RULE (.+)\n((?:(?!-- RULE).*\n)*)", re.MULTILINE)


def rules() -> dict[str, str]:
    """Return rule sentence → query of its offenders."""
    sheet = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8") + "\n"
    return {rule: query.strip().rstrip(";") for rule, query in _RULE.findall(sheet)}


def offences(session: Session) -> list[str]:
    """Return every broken rule with its offenders, as sentences; empty means protected."""
    connection = session.connection().connection.driver_connection
    assert connection is not None
    found = []
    for rule, query in rules().items():
        parameters = {"definers": list(DEFINERS)} if "%(definers)s" in query else None
        found += [f"{rule}: {row[0]}" for row in connection.execute(query, parameters)]
    return found


def assert_protected() -> None:
    """Ask the catalogue as the tenants' role, and refuse to go on where a promise is broken. Raises Unprotected."""
    with tenant_session(ids.new()) as session:
        broken = offences(session)
        if session.execute(text("SELECT count(*) FROM app.features")).scalar_one():
            broken.append("an unknown tenant sees rows of app.features")
    with platform_session() as session:
        escaping = "SELECT rolname FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)"
        broken += [f"the platform role may bypass row security: {name}" for (name,) in session.execute(text(escaping))]
    if broken:
        raise Unprotected("; ".join(broken))
