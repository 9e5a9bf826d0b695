"""In whose name a person invests, through the JSON door."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field
from pydantic.alias_generators import to_camel

from app.core.errors import Invalid
from app.core.scopes import Scope
from app.modules.profiles import errors, rules, service
from app.modules.profiles.forms_words import sentence
from app.modules.profiles.permissions import POLICY, Perm
from app.web.access import requires
from app.web.countries import codes
from app.web.current import current
from app.web.operations import Body, Shape, operation

api = Blueprint("investor_profiles_api", __name__, url_prefix="/api/profile")

Text = Annotated[str, Field(max_length=1000)]


class HolderShown(Shape):
    """In whose name one can invest. The one without `id` is the person alone, always there."""

    id: UUID | None
    kind: str
    name: str
    country: str


class HoldersShown(Shape):
    """Everybody in whose name one can invest."""

    profiles: list[HolderShown]


class Owner(Body):
    """Somebody who owns a quarter of a company or more. `share` is in percent, a decimal string."""

    name: Text
    share: Annotated[str, Field(max_length=20)]


class NewProfile(Body):
    """A profile. A joint holder has `name`, `born` and `email`; a company `name`, `number`, `country`, `address`,
    perhaps `lei`, and `owners` or `noOwner`; a trust `name`, `country` and `trustees`, one a line.
    """

    kind: Literal["joint", "company", "trust"]
    name: Text
    born: Text = ""
    email: Text = ""
    number: Text = ""
    country: Text = ""
    lei: Text = ""
    address: Text = ""
    trustees: Text = ""
    owners: list[Owner] = Field(default_factory=list, max_length=rules.MOST_OWNERS)
    no_owner: bool = False


@api.get("/profiles")
@operation(summary="List your investor profiles", answer=HoldersShown, scope=Scope.READ)
@requires(Perm.KEEP, POLICY)
def index() -> HoldersShown:
    """Answer with everybody in whose name you can invest; your own comes first."""
    mine = service.holders(current.session, actor=current.actor)
    return HoldersShown(profiles=[_shown(each) for each in mine])


@api.post("/profiles")
@operation(
    summary="Add an investor profile",
    body=NewProfile,
    answer=HolderShown,
    status=201,
    scope=Scope.PROFILE,
    key="honoured",
    problems=[errors.TooManyProfiles],
    example={
        "kind": "company",
        "name": "Vermeer Holding B.V.",
        "number": "72349801",
        "country": "NL",
        "address": "Keizersgracht 100, 1015 CV Amsterdam",
        "owners": [{"name": "Alice Vermeer", "share": "100"}],
    },
)
@requires(Perm.KEEP, POLICY)
def add(sent: NewProfile) -> HolderShown:
    """Keep a profile that you can choose when you invest."""
    try:
        made = service.add(
            current.session,
            actor=current.actor,
            kind=sent.kind,
            values=sent.model_dump(),
            countries=codes(),
            secret_key=current.settings.secret_key,
            now=current.now,
        )
    except errors.BadValues as refused:
        raise Invalid(fields=_fields(refused.fields)) from None
    return _shown(service.holder(current.session, actor=current.actor, profile_id=made.id))


def _fields(problems: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong by the names of the document: `owner_2_share` is the second of `owners`."""
    return {_place(name): sentence(name, code) for name, code in problems.items()}


def _place(name: str) -> str:
    row: Any = re.fullmatch(r"owner_(\d+)_(\w+)", name)
    return f"owners.{int(row[1]) - 1}.{row[2]}" if row else to_camel(name)


def _shown(each: service.Holder) -> HolderShown:
    return HolderShown(id=each.profile_id, kind=each.kind, name=each.name, country=each.country)
