"""Is this installation well? Answered from the database alone: nothing of it waits for the network."""

from flask import Blueprint
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.modules.chain import service as chain
from app.web.access import bare
from app.web.current import current
from app.web.operations import Answer, Shape, operation
from tenants.session import platform_session

api = Blueprint("health", __name__)
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
