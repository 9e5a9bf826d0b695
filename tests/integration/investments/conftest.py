"""A deal that takes money, and those who take part."""

from datetime import datetime

import pytest

from app.core import clock
from app.core.permissions import Role
from tenants.service import Site
from tenants.session import tenant_session
from tests.support.investing import Cast, open_deal, person


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def cast(acme: Site, now: datetime) -> Cast:
    """Alice, verified; Irene, who issues; and Irene's open deal."""
    with tenant_session(acme.id) as session:
        irene = person(session, acme, "irene", now=now, role=Role.ISSUER)
        alice = person(session, acme, "alice", now=now)
        return Cast(deal_id=open_deal(session, irene, now=now), alice=alice, irene=irene)
