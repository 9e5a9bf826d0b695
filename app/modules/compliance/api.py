"""One's own verification through the JSON door."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint
from flask_babel import gettext as _
from pydantic import Field

from app.core.errors import Invalid
from app.core.scopes import Scope
from app.modules.compliance import errors, queries, service
from app.modules.compliance.forms import OLDEST, YOUNGEST
from app.modules.compliance.models import Case
from app.modules.compliance.permissions import POLICY, Perm
from app.modules.compliance.rules import Step
from app.web.access import requires
from app.web.countries import countries
from app.web.current import current
from app.web.operations import Body, Shape, operation

api = Blueprint("compliance_api", __name__, url_prefix="/api")

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Standing(Shape):
    """Where a verification stands: the level that is held, and what an open case still lacks."""

    status: str
    level: str
    requested_level: str | None
    required_level: str
    missing: list[str]
    case_id: UUID | None
    submitted_at: datetime | None
    expires_at: datetime | None
    success: bool | None = None


class Begin(Body):
    """The level that is wanted."""

    level: Literal["standard", "enhanced", "accredited"] = "standard"


class About(Body):
    """Who somebody is, as in their passport."""

    legal_name: str = Field(min_length=1, max_length=120)
    born: date
    nationality: Country


class Home(Body):
    """Where somebody lives."""

    street: str = Field(min_length=1, max_length=200)
    postcode: str = Field(min_length=1, max_length=20)
    city: str = Field(min_length=1, max_length=120)
    country: Country


class Funds(Body):
    """Where the money comes from."""

    source: Literal["salary", "savings", "sale", "inheritance", "business"]
    explanation: str = Field(min_length=1, max_length=2000)


class Ground(Body):
    """Why somebody counts as accredited."""

    ground: Literal["wealth", "income", "experience", "institution"]


CLOSED = [errors.NoSuchCase, errors.NotOpen]


@api.get("/profile/verification")
@operation(summary="Where your verification stands", answer=Standing, scope=Scope.READ)
@requires(Perm.TAKE_PART, POLICY)
def status() -> Standing:
    """Answer with the level you hold and where the newest case stands."""
    return _standing()


@api.get("/investor/kyc")
@operation(summary="Where your verification stands", answer=Standing, scope=Scope.READ)
@requires(Perm.TAKE_PART, POLICY)
def kyc() -> Standing:
    """The same, under the address that investors' programs know."""
    return _standing()


@api.post("/investor/kyc/start")
@operation(
    summary="Begin a verification",
    body=Begin,
    answer=Standing,
    scope=Scope.VERIFY,
    key="honoured",
    example={"level": "standard"},
)
@requires(Perm.TAKE_PART, POLICY)
def start(sent: Begin) -> Standing:
    """Open a case for a level, or go on with the open one."""
    service.begin(current.session, actor=current.actor, level=sent.level, now=current.now)
    return _standing()


@api.put("/investor/kyc/about")
@operation(
    summary="Say who you are",
    body=About,
    answer=Standing,
    scope=Scope.VERIFY,
    key="honoured",
    problems=CLOSED,
    example={"legalName": "Alice Vermeer", "born": "1987-05-23", "nationality": "NL"},
)
@requires(Perm.TAKE_PART, POLICY)
def about(sent: About) -> Standing:
    """Keep the first step."""
    today = current.now.date()
    age = today.year - sent.born.year - ((today.month, today.day) < (sent.born.month, sent.born.day))
    if not YOUNGEST <= age <= OLDEST:
        raise Invalid(fields={"born": _("You have to be at least %(years)s years old.", years=YOUNGEST)})
    _check_country("nationality", sent.nationality)
    return _declared(Step.ABOUT, sent)


@api.put("/investor/kyc/address")
@operation(
    summary="Say where you live",
    body=Home,
    answer=Standing,
    scope=Scope.VERIFY,
    key="honoured",
    problems=CLOSED,
    example={"street": "Maashaven 12", "postcode": "3072 AG", "city": "Rotterdam", "country": "NL"},
)
@requires(Perm.TAKE_PART, POLICY)
def address(sent: Home) -> Standing:
    """Keep the typed part of the address; its proof is a document."""
    _check_country("country", sent.country)
    return _declared(Step.ADDRESS, sent)


@api.put("/investor/kyc/funds")
@operation(
    summary="Say where the money comes from",
    body=Funds,
    answer=Standing,
    scope=Scope.VERIFY,
    key="honoured",
    problems=CLOSED,
    example={"source": "savings", "explanation": "Saved from my salary since 2012."},
)
@requires(Perm.TAKE_PART, POLICY)
def funds(sent: Funds) -> Standing:
    """Keep the typed part of the source of funds."""
    return _declared(Step.FUNDS, sent)


@api.put("/investor/kyc/standing")
@operation(
    summary="Say why you are accredited",
    body=Ground,
    answer=Standing,
    scope=Scope.VERIFY,
    key="honoured",
    problems=CLOSED,
    example={"ground": "experience"},
)
@requires(Perm.TAKE_PART, POLICY)
def standing(sent: Ground) -> Standing:
    """Keep the typed part of the standing."""
    return _declared(Step.STANDING, sent)


@api.post("/investor/kyc")
@operation(
    summary="Send your verification for review",
    answer=Standing,
    scope=Scope.VERIFY,
    key="honoured",
    problems=[*CLOSED, errors.Incomplete],
)
@requires(Perm.TAKE_PART, POLICY)
def submit() -> Standing:
    """Send the open case for review, when nothing is missing."""
    service.submit(current.session, actor=current.actor, case_id=open_case().id, now=current.now)
    return _standing(success=True)


def open_case() -> Case:
    """Return the caller's open case. Raises NoSuchCase."""
    case = queries.open_case(current.session, current.actor.require_id())
    if case is None:
        raise errors.NoSuchCase
    return case


def _declared(step: Step, sent: Body) -> Standing:
    values: dict[str, Any] = {name: str(value) for name, value in sent.model_dump(mode="json").items()}
    service.declare(current.session, actor=current.actor, case_id=open_case().id, step=step, values=values)
    return _standing()


def _check_country(name: str, code: str) -> None:
    if code not in {known for known, _label in countries()}:
        raise Invalid(fields={name: _("Send the two letters of a country.")})


def _standing(*, success: bool | None = None) -> Standing:
    found = service.status_of(current.session, current.actor.require_id(), current.now)
    return Standing(
        status=found.status.value,
        level=found.level.value,
        requested_level=found.requested.value if found.requested else None,
        required_level=current.site.settings.required_level,
        missing=found.missing,
        case_id=found.case_id,
        submitted_at=found.submitted_at,
        expires_at=found.expires_at,
        success=success,
    )
