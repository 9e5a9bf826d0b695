"""Is this installation well? Answered from the database alone: nothing of it waits for the network.

`/api/health` tells people and monitors how the parts of a site's services are. `/health/live` and `/health/ready` are
for what starts and stops processes: they answer whatever host is asked, since such a thing knows no site.
"""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.modules.chain import service as chain
from app.web.access import bare
from app.web.current import current
from app.web.operations import Answer, Shape, operation
from tenants import migrate
from tenants.session import platform_session

api = Blueprint("health", __name__)
probes = Blueprint("probes", __name__, url_prefix="/health")
_STATE = text(
    """SELECT (SELECT version_num FROM platform.alembic_version),
              coalesce(has_function_privilege(to_regprocedure(
                  'jobs.procrastinate_defer_jobs_v1(jobs.procrastinate_job_to_defer_v1[])'), 'EXECUTE'), false)"""
)
BEHIND = 60  # seconds after which a chain that wasn't looked at counts as left behind


class Services(Shape):
    """What stands behind the site's services."""

    kyc: str
    email: str
    ipfs: str


class Health(Shape):
    """How the parts are."""

    status: str
    database: str
    blockchain: str
    services: Services


@api.get("/api/health")
@operation(summary="How the parts are", answer=Health)
@bare
def health() -> Answer:
    """Answer with how the parts are: 503 without the database, else 200, even where the chain is behind."""
    database = _database()
    blockchain = _blockchain() if database == "connected" else "unknown"
    well = database == "connected" and blockchain == "connected"
    services = Services(kyc="manual", email=current.settings.mail, ipfs="local")
    state = Health(
        status="healthy" if well else "degraded", database=database, blockchain=blockchain, services=services
    )
    return Answer(state, status=200 if database == "connected" else 503, kept=False)


@probes.get("/live")
@bare
def live() -> ResponseReturnValue:
    """Answer that this process answers. Nothing else is asked, so a process isn't ended for what others lack."""
    return jsonify(status="live"), 200, {"Cache-Control": "no-store"}


@probes.get("/ready")
@bare
def ready() -> ResponseReturnValue:
    """Answer whether requests can be sent here: 200, or 503 with the reasons why not."""
    reasons = _lacking()
    said = jsonify(status="not ready" if reasons else "ready", reasons=reasons)
    return said, 503 if reasons else 200, {"Cache-Control": "no-store"}


def _lacking() -> list[str]:
    """Return in words what is missing before requests can be answered. No name, address or version stands in them."""
    try:
        with platform_session() as session:
            version, queue = session.execute(_STATE).one()
    except SQLAlchemyError:
        return ["The database can't be asked. Look whether it runs and takes connections."]
    reasons = []
    if version != migrate.head():
        reasons.append("The database has another version than this program. Run portico db migrate.")
    if not queue:
        reasons.append("Nothing can be put into the queue of jobs. Run portico db migrate.")
    return reasons


def _database() -> str:
    try:
        with platform_session() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return "disconnected"
    return "connected"


def _blockchain() -> str:
    seen = chain.health(current.settings.chain_id, current.now)
    if seen.age is None:
        return "not deployed"
    return "connected" if seen.age < BEHIND and not seen.trouble else "behind"
