"""Who acts, and the form in which modules say who may do what: a table of predicates.

A rule's outer list is *or*, each inner list is *and*. A door asks without an object ("may this person ever?");
the service asks again with it, so pages, API, commands and jobs obey the same table.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.core.errors import Forbidden, NotFound, SignInNeeded

RECENT = timedelta(minutes=5)  # how long ago a person may have shown who they are, for acts that ask for it


class Role(StrEnum):
    """What a person can be on a tenant's site. One person may have several roles."""

    INVESTOR = "investor"
    ISSUER = "issuer"
    COMPLIANCE_OFFICER = "compliance_officer"
    TENANT_ADMIN = "tenant_admin"
    SUPER_ADMIN = "super_admin"


@dataclass(frozen=True)
class Actor:
    """Who is acting: a person, a visitor (no user_id) or the system itself (a job or a command)."""

    tenant_id: UUID
    user_id: UUID | None = None
    roles: frozenset[Role] = frozenset()
    name: str = ""
    email: str = ""
    is_system: bool = False
    remote: str = field(default="", compare=False)
    proved_at: datetime | None = field(default=None, compare=False)
    session_id: UUID | None = field(default=None, compare=False)

    def has(self, *roles: Role) -> bool:
        return self.is_system or bool(self.roles & set(roles))

    @property
    def is_person(self) -> bool:
        return self.user_id is not None

    def has_proved(self, now: datetime) -> bool:
        """Tell whether the person has shown who they are within RECENT; the system needn't."""
        return self.is_system or (self.proved_at is not None and now - self.proved_at < RECENT)

    def require_id(self) -> UUID:
        """Return the person's id. Raises SignInNeeded for a visitor."""
        if self.user_id is None:
            raise SignInNeeded
        return self.user_id


def system(tenant_id: UUID, name: str = "system") -> Actor:
    """Return the actor for jobs and commands, which may do what any role may."""
    return Actor(tenant_id=tenant_id, name=name, is_system=True)


Predicate = Callable[[Actor, Any], bool]
Rule = Sequence[Sequence[Predicate]]


def anyone(_actor: Actor, _thing: Any) -> bool:
    return True


def is_person(actor: Actor, _thing: Any) -> bool:
    return actor.is_person


def role(*roles: Role) -> Predicate:
    """Return a predicate that holds for actors with any of `roles`, and for the system."""

    def has_role(actor: Actor, _thing: Any) -> bool:
        return actor.has(*roles)

    has_role.__name__ = "is_" + "_or_".join(sorted(roles))
    return has_role


def about(predicate: Predicate, *, hides: bool = True) -> Predicate:
    """Return a predicate that is only asked where there is an object; at the door it doesn't refuse.

    Where it fails, the object is none of the actor's business and answers as if it didn't exist, unless `hides` is off.
    """

    def asked(actor: Actor, thing: Any) -> bool:
        return thing is None or actor.is_system or predicate(actor, thing)

    asked.__name__ = predicate.__name__
    asked.hides = hides  # type: ignore[attr-defined]
    return asked


class Policy:
    """A module's table of rules. `absent` is what the module says of things that don't exist."""

    def __init__(self, rules: Mapping[StrEnum, Rule], *, absent: type[NotFound] = NotFound) -> None:
        self.rules = dict(rules)
        self.absent = absent

    def allows(self, actor: Actor, permission: StrEnum, thing: Any = None) -> bool:
        """Tell whether `actor` may use `permission`, on `thing` if it is given."""
        return any(all(predicate(actor, thing) for predicate in all_of) for all_of in self.rules[permission])

    def must(self, actor: Actor, permission: StrEnum, thing: Any = None) -> None:
        """Return if `actor` may use `permission`, on `thing` if it is given.

        Raises SignInNeeded for a visitor; Forbidden if the actor's roles don't allow it; `absent` if they do but the
        thing is someone else's: whether it exists is then not to be learned.
        """
        if self.allows(actor, permission, thing):
            return
        if not actor.is_person and not actor.is_system:
            raise SignInNeeded
        if thing is not None and self._hidden(actor, permission, thing):
            raise self.absent
        raise Forbidden

    def _hidden(self, actor: Actor, permission: StrEnum, thing: Any) -> bool:
        open_to = [all_of for all_of in self.rules[permission] if all(predicate(actor, None) for predicate in all_of)]
        failing = [[predicate for predicate in all_of if not predicate(actor, thing)] for all_of in open_to]
        return bool(failing) and all(any(getattr(one, "hides", False) for one in some) for some in failing)
