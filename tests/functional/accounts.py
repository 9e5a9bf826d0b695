"""What the accounts' tests share: people, and the links that mails would carry."""

from uuid import UUID

from sqlalchemy import select

from app.config import Settings
from app.core import clock
from app.core.outbox import OutboxEvent
from app.core.permissions import Role
from app.lifecycle import Platform
from app.modules.accounts import service
from app.modules.accounts.service import Person
from app.modules.audit.models import AuditEntry
from tenants.service import Site
from tenants.session import tenant_session
from tests.support.http import Visitor

PASSWORD = "wide-otters-paint-quiet-rivers"
OTHER = "seven-lamps-under-a-cold-bridge"


def person(site: Site, name: str, *roles: Role, verified: bool = True, password: str = PASSWORD) -> Person:
    """Create somebody at a site: `alice` has the address alice@example.org."""
    with tenant_session(site.id) as session:
        return service.create_user(
            session,
            email=f"{name}@example.org",
            name=name.title(),
            password=password,
            roles=roles or (Role.INVESTOR,),
            verified=verified,
            now=clock.now(),
        )


def signed_in(app: Platform, site: Site, name: str) -> Visitor:
    """Return a browser in which that person is signed in."""
    visitor = Visitor(app, site.host).sign_in(f"{name}@example.org", PASSWORD)
    assert visitor.path == "/", visitor.text
    return visitor


def events(site: Site, name: str) -> list[dict[str, str]]:
    """Return the bodies of the site's recorded events of one name, the oldest first."""
    with tenant_session(site.id) as session:
        statement = select(OutboxEvent.body).where(OutboxEvent.name == name).order_by(OutboxEvent.id)
        return list(session.scalars(statement))


def link(settings: Settings, site: Site, kind: str, event: dict[str, str]) -> str:
    """Return the path that the mail about an event leads to."""
    with tenant_session(site.id):
        return service.link_for(kind, UUID(event["token_id"]), settings.secret_key)


def acts(site: Site) -> list[str]:
    """Return what the record says was done at a site, the oldest first."""
    with tenant_session(site.id) as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.at, AuditEntry.id)))
