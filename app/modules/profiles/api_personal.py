"""What a person says about themselves, through the JSON door."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from flask import Blueprint
from pydantic import Field
from pydantic.alias_generators import to_camel

from app.core.errors import Invalid
from app.core.scopes import Scope
from app.modules.profiles import api as api_of_profiles
from app.modules.profiles import errors, rules, service
from app.modules.profiles.forms_words import sentence
from app.modules.profiles.permissions import POLICY, Perm
from app.web.access import requires
from app.web.countries import codes
from app.web.current import current
from app.web.operations import Answer, Body, Shape, operation

api = Blueprint("personal_api", __name__, url_prefix="/api/profile/personal")
DOORS = (api_of_profiles.api, api)

Text = Annotated[str, Field(max_length=1000)]


class Residence(Body):
    """A country where somebody pays tax: with its tax number, or why there is none."""

    country: Annotated[str, Field(max_length=2)]
    tin: Annotated[str, Field(max_length=40)] = ""
    reason: Literal["", "not-issued", "not-obtained", "not-asked"] = ""


class PersonalValues(Body):
    """Who somebody is, where they live and where they pay tax. What is left out, is empty afterwards."""

    legal_name: Text = ""
    born: Text = ""
    nationality: Text = ""
    street: Text = ""
    postcode: Text = ""
    city: Text = ""
    country: Text = ""
    phone: Text = ""
    residences: list[Residence] = Field(default_factory=list, max_length=rules.MOST_RESIDENCES)


class ResidenceShown(Shape):
    """A country where you pay tax."""

    country: str
    tin: str
    reason: str


class PersonalShown(Shape):
    """What you said about yourself; empty where you said nothing."""

    legal_name: str = ""
    born: str = ""
    nationality: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    phone: str = ""
    residences: list[ResidenceShown] = Field(default_factory=list)


@api.get("")
@operation(summary="Read your personal data", answer=PersonalShown, scope=Scope.PROFILE)
@requires(Perm.DESCRIBE, POLICY)
def show() -> Answer:
    """Answer with what you said about yourself; nobody else reads it here."""
    return _shown()


@api.put("")
@operation(
    summary="Say your personal data", body=PersonalValues, answer=PersonalShown, scope=Scope.PROFILE, key="honoured",
    example={
        "legalName": "Alice Vermeer", "born": "1987-05-23", "nationality": "NL", "street": "Maashaven 12",
        "postcode": "3072 AG", "city": "Rotterdam", "country": "NL", "phone": "+31201234567",
        "residences": [{"country": "NL", "tin": "123456782"}],
    },
)  # fmt: skip
@requires(Perm.DESCRIBE, POLICY)
def describe(sent: PersonalValues) -> Answer:
    """Keep all of it anew, sealed. The record says which values changed, never what they are."""
    try:
        service.describe(
            current.session,
            actor=current.actor,
            values=sent.model_dump(),
            countries=codes(),
            secret_key=current.settings.secret_key,
            now=current.now,
        )
    except errors.BadValues as refused:
        raise Invalid(fields=_fields(refused.fields)) from None
    return _shown()


def _fields(problems: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong by the names of the document: `tax_2_tin` is the second of `residences`."""
    return {_place(name): sentence(name, code) for name, code in problems.items()}


def _place(name: str) -> str:
    row = re.fullmatch(r"tax_(\d+)_(\w+)", name)
    return f"residences.{int(row[1]) - 1}.{row[2]}" if row else to_camel(name)


def _shown() -> Answer:
    said: dict[str, Any] = service.personal(
        current.session, user_id=current.actor.require_id(), secret_key=current.settings.secret_key
    )
    return Answer(PersonalShown(**said), kept=False)
