"""In whose name a person invests, through the JSON door."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field
from pydantic.alias_generators import to_camel

from app.core.errors import Invalid
from app.core.scopes import Scope
from app.modules.accounts.errors import TooManyAttempts
from app.modules.profiles import errors, rules, service
from app.modules.profiles.forms_words import sentence
from app.modules.profiles.permissions import POLICY, Perm
from app.web.access import requires
from app.web.countries import codes
from app.web.current import current
from app.web.operations import Answer, Body, Done, Shape, operation

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


class ProfileValues(Body):
    """What a profile says. A joint holder has `name`, `born` and `email`; a company `name`, `number`, `country`,
    `address`, perhaps `lei`, and `owners` or `noOwner`; a trust `name`, `country` and `trustees`, one a line.
    """

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


class NewProfile(ProfileValues):
    """A profile: `kind` says of what, and with it which values there are."""

    kind: Literal["joint", "company", "trust"]


class OwnerShown(Shape):
    """Somebody who owns a quarter of a company or more."""

    name: str
    share: str


class ProfileShown(Shape):
    """Everything a profile says; values that its kind doesn't have are empty."""

    id: UUID
    kind: str
    name: str
    born: str = ""
    email: str = ""
    number: str = ""
    country: str = ""
    lei: str = ""
    address: str = ""
    trustees: str = ""
    owners: list[OwnerShown] = Field(default_factory=list)
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
    problems=[errors.TooManyProfiles, TooManyAttempts],
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
    with _judged():
        made = service.add(current.session, actor=current.actor, kind=sent.kind, values=sent.model_dump(), **_ground())
    return _shown(service.holder(current.session, actor=current.actor, profile_id=made.id))


@api.get("/profiles/<uuid:profile_id>")
@operation(
    summary="Read an investor profile", answer=ProfileShown, scope=Scope.PROFILE, problems=[errors.NoSuchProfile]
)
@requires(Perm.KEEP, POLICY)
def show(profile_id: UUID) -> Answer:
    """Answer with everything that one of your profiles says."""
    return _whole(profile_id)


@api.put("/profiles/<uuid:profile_id>")
@operation(
    summary="Change an investor profile", body=ProfileValues, answer=ProfileShown, scope=Scope.PROFILE,
    key="honoured", problems=[errors.NoSuchProfile, TooManyAttempts],
    example={"name": "Jan de Vries", "born": "1984-11-02", "email": "jan@example.com"},
)  # fmt: skip
@requires(Perm.KEEP, POLICY)
def change(profile_id: UUID, sent: ProfileValues) -> Answer:
    """Say all of a profile anew; its kind stays. Investments that were made in its name keep the name they had."""
    with _judged():
        service.change(
            current.session, actor=current.actor, profile_id=profile_id, values=sent.model_dump(), **_ground()
        )
    return _whole(profile_id)


@api.delete("/profiles/<uuid:profile_id>")
@operation(
    summary="Remove an investor profile", answer=Done, scope=Scope.PROFILE, key="honoured",
    problems=[errors.NoSuchProfile],
)  # fmt: skip
@requires(Perm.KEEP, POLICY)
def remove(profile_id: UUID) -> Done:
    """Remove one of your profiles. Investments that were made in its name keep it."""
    service.remove(current.session, actor=current.actor, profile_id=profile_id, now=current.now)
    return Done()


@contextmanager
def _judged() -> Iterator[None]:
    """Say what is wrong with values by the names of the document."""
    try:
        yield
    except errors.BadValues as refused:
        raise Invalid(fields=_fields(refused.fields)) from None


def _ground() -> dict[str, Any]:
    return {"countries": codes(), "secret_key": current.settings.secret_key, "now": current.now}


def _whole(profile_id: UUID) -> Answer:
    known = service.holder(current.session, actor=current.actor, profile_id=profile_id)
    said = service.details(
        current.session, actor=current.actor, profile_id=profile_id, secret_key=current.settings.secret_key
    )
    return Answer(ProfileShown(id=profile_id, kind=known.kind, **said), kept=False)


def _fields(problems: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong by the names of the document: `owner_2_share` is the second of `owners`."""
    return {_place(name): sentence(name, code) for name, code in problems.items()}


def _place(name: str) -> str:
    row: Any = re.fullmatch(r"owner_(\d+)_(\w+)", name)
    return f"owners.{int(row[1]) - 1}.{row[2]}" if row else to_camel(name)


def _shown(each: service.Holder) -> HolderShown:
    return HolderShown(id=each.profile_id, kind=each.kind, name=each.name, country=each.country)
