"""The demonstration's people."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core import clock, permissions
from app.core.permissions import Actor, Role
from app.modules.accounts import service as accounts
from app.modules.compliance import service as compliance
from tenants.service import Site
from tenants.session import tenant_session


@dataclass(frozen=True)
class Cast:
    """Who is who: key of the content file → actor, and the level it should have."""

    actors: dict[str, Actor]
    levels: dict[str, str]

    def __getitem__(self, key: str) -> Actor:
        return self.actors[key]

    def at_level(self, *levels: str) -> list[Actor]:
        """Return the people whose verification shall stand at one of `levels`."""
        return [self.actors[key] for key, level in self.levels.items() if level in levels]

    def with_role(self, role: Role) -> Actor:
        """Return the first person with this role."""
        return next(actor for actor in self.actors.values() if role in actor.roles)


def ensure(site: Site, people: dict[str, Any], *, password: str, domain: str) -> Cast:
    """Make the accounts that are missing; verified ones are vouched for. Returns everybody."""
    actors, levels = {}, {}
    for key, person in people.items():
        roles = frozenset(Role(role) for role in person.get("roles", ["investor"]))
        user_id = _account(site, f"{key}@{domain}", person, roles, password)
        actors[key] = Actor(site.id, user_id, roles, person["name"], f"{key}@{domain}")
        levels[key] = person.get("level", "")
    cast = Cast(actors, levels)
    for key, level in levels.items():
        if level == "standard":
            _vouch(site, cast[key].require_id())
    return cast


def _account(site: Site, email: str, person: dict[str, Any], roles: frozenset[Role], password: str) -> UUID:
    with tenant_session(site.id) as session:
        known = accounts.person_by_email(session, email)
        if known is not None:
            return known.id
        made = accounts.create_user(
            session,
            email=email,
            name=person["name"],
            password=password,
            roles=roles,
            verified=True,
            country=person["country"],
            locale=site.settings.languages[0],
            now=clock.now(),
        )
        return made.id


def _vouch(site: Site, user_id: UUID) -> None:
    now = clock.now()
    with tenant_session(site.id) as session:
        if not compliance.level_of(session, user_id, now).at_least("standard"):
            actor = permissions.system(site.id, "demonstration")
            compliance.vouch(session, actor=actor, user_id=user_id, level="standard", now=now)
