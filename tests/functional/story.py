"""The site whose interface is asked for everything, its people's programs, and what happened so far."""

from dataclasses import dataclass

from app.core import clock
from app.lifecycle import Platform
from app.modules.accounts import service as accounts
from tenants.service import Site
from tenants.session import tenant_session
from tests.support.desk import Desk
from tests.support.programs import Program


@dataclass
class Story:
    """The site, its people's programs, and what happened so far."""

    app: Platform
    desk: Desk
    console: Site
    programs: dict[str, Program]
    known: dict[str, str]

    def link(self, kind: str, email: str, *, about: str = "") -> str:
        """Return the secret part of a link that is mailed to somebody, about another address if one is named."""
        with tenant_session(self.desk.site.id) as session:
            who = accounts.person_by_email(session, email)
            assert who is not None
            made = accounts.new_link(session, who.id, kind, clock.now(), address=about)
            return accounts.link_for(kind, made, self.desk.settings.secret_key).rpartition("/")[2]
