"""Made-up requests for every operation, as everybody: no answer of 500 and above, none that isn't documented."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import delete, update

from app import factory
from app.config import Settings
from app.core import clock
from app.core.permissions import Role
from app.core.scopes import FOR_KEYS
from app.modules.chain.models_signer import SignerLimit, SignerState
from app.modules.tokens import service as tokens
from app.web import assets
from tenants.session import platform_session, tenant_session
from tests.conftest import found
from tests.support import dealing, tally
from tests.support.investing import open_deal, person
from tests.support.sample import found_console

DEEP = bool(os.environ.get("PORTICO_DEEP"))
EXAMPLES = 50 if DEEP else 3
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
ROLES = {
    "alice": Role.INVESTOR, "irene": Role.ISSUER, "otto": Role.TENANT_ADMIN, "carol": Role.COMPLIANCE_OFFICER,
}  # fmt: skip
SLOW = [hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.filter_too_much, hypothesis.HealthCheck.data_too_large]


@dataclass
class Field:
    """A site's interface, and a key of each of its people."""

    schema: Any
    keys: dict[str, str]


def hosted(app: Any, host: str) -> Callable[..., Any]:
    """Return the application as somebody meets it on one host."""

    def asked(environ: dict[str, Any], start: Any) -> Any:
        return app({**environ, "HTTP_HOST": host, "REMOTE_ADDR": "127.0.0.1"}, start)

    return asked


@pytest.fixture(scope="module")
def fields(settings: Settings, database: None) -> Iterator[dict[str, Field]]:
    assets.build(settings.static)
    most = 10_000_000
    app = factory.create_app(replace(settings, limit_public=most, limit_person=most, limit_office=most))
    acme, console, made = found("acme", "Acme Real Assets"), found_console(), {}
    for site, roles in ((acme, ROLES), (console, {"sam": Role.SUPER_ADMIN})):
        keys, now = {"": ""}, clock.now()
        with tenant_session(site.id) as session:
            for name, role in roles.items():
                actor = person(session, site, name, now=now, role=role, verified=False)
                who: dict[str, Any] = {"actor": actor, "name": "fuzz", "expires_at": None, "now": now}
                keys[name] = tokens.make_key(session, scopes=FOR_KEYS, **who)[1]
            if site is acme:
                open_deal(session, dealing.issuer_of(site, actor.require_id()), now=now)
        schema = schemathesis.openapi.from_wsgi("/api/openapi.json", hosted(app, site.host))
        made[site.slug.partition("-")[0]] = Field(schema, keys)
    yield made
    with platform_session() as session:  # a made-up request may have halted or limited the signer of all sites
        session.execute(delete(SignerLimit))
        session.execute(update(SignerState).values(halted=False, reason=""))


def who_asks(path: str, keys: dict[str, str]) -> list[str]:
    """Return whose requests are made up for an operation: in the deep run everybody's."""
    if DEEP or len(keys) == 2:
        return list(keys)
    whose = {"issuer": "irene", "admin": "otto"}.get(path.split("/")[2], "alice")
    officer = path.startswith(("/api/admin/applications", "/api/admin/escrows"))
    return ["", "carol" if officer else whose]


def made_up(operation: Any, key: str, examples: int) -> int:
    """Send made-up requests for an operation, and return how many."""
    sent = 0
    headers = {"Authorization": f"Bearer {key}"} if key else {}

    @hypothesis.given(case=operation.as_strategy())
    @hypothesis.settings(
        max_examples=examples, deadline=None, database=None, derandomize=not DEEP, suppress_health_check=SLOW,
        phases=[hypothesis.Phase.generate],
    )  # fmt: skip
    def one(case: Any) -> None:
        nonlocal sent
        sent += 1
        case.headers = {name: value for name, value in (case.headers or {}).items() if name != "Authorization"}
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=CHECKS)

    one()
    return sent


@pytest.mark.parametrize("site", ["acme", "console"])
def test_made_up_requests_are_answered_as_the_document_says(fields: dict[str, Field], site: str) -> None:
    field, total, seen = fields[site], 0, 0
    for result in field.schema.get_all_operations():
        operation, seen = result.ok(), seen + 1
        for name in who_asks(operation.path, field.keys):
            total += made_up(operation, field.keys[name], EXAMPLES if name else 1 + DEEP * EXAMPLES)
    tally.count("B28 interface: made-up requests", total)
    assert seen >= (90 if site == "acme" else 30)


@pytest.mark.parametrize("site", ["acme", "console"])
def test_no_operation_that_asks_for_a_token_goes_without_one(fields: dict[str, Field], site: str) -> None:
    field, asked = fields[site], 0
    for result in field.schema.get_all_operations():
        operation = result.ok()
        if not operation.definition.raw["security"]:
            continue
        for headers in ({}, {"Authorization": "Bearer pk_aaaaaaaaaa_" + "a" * 43}, {"Cookie": "sid=x"}):
            case = operation.Case(path_parameters=_anything(operation), headers=dict(headers))
            answer = case.call(headers=headers)
            assert answer.status_code == 401, (operation.label, answer.status_code)
            asked += 1
    tally.count("B28 interface: requests without a valid token refused", asked)
    assert asked > 30


def _anything(operation: Any) -> dict[str, str]:
    anything = {}
    for each in operation.path_parameters:
        schema = each.definition["schema"]
        of_form = "01a1fea6-1b2c-7211-bb0d-2a42db3370d6" if schema.get("format") == "uuid" else "x"
        anything[each.name] = (schema.get("enum") or [of_form])[0]
    return anything
