"""The interface can do what the pages can: every address of the pages beside its operations, in `json_doors.txt`.

An address that isn't there, or a line about none, fails; so does an operation that doesn't exist, or that no page has
and nobody has said why. What a page asks of those who enter, its operations ask too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from werkzeug.routing import Rule
from wtforms.fields.core import UnboundField

from app.api import openapi
from app.core.permissions import Role
from app.lifecycle import Platform
from app.modules.accounts import api_staff
from app.modules.accounts.forms_factors import EntranceForm
from app.modules.compliance import api_admin, rules
from app.modules.console import api_look, api_site
from app.modules.console.forms import BrandForm, SettingsForm
from app.modules.federation import api_admin as providers
from app.modules.federation import forms as federation_forms
from app.modules.federation.rules import NEVER_MAPPED
from app.modules.tokens import api_keys
from app.modules.tokens import forms as key_forms
from app.web import access
from tests.support import tally

TABLE = Path(__file__).with_name("json_doors.txt")
PAGE_ONLY, INTERFACE_ONLY = "page only: ", "interface only: "
# Where the two ask for different rights, and why that is right.
OTHERWISE = {
    "POST /issuer/deals/<uuid:deal_id>/edit": "a draft is begun and edited on one page",
    "POST /issuer/deals/<uuid:deal_id>/comments": "the service asks about the deal's issuer or a reviewer",
}


@dataclass(frozen=True)
class Line:
    """A line of the table: an address and its operations, or the reason why there are none."""

    address: str
    operations: tuple[str, ...]
    reason: str


def lines() -> list[Line]:
    """Return the table's lines. Raises AssertionError for one that can't be read."""
    found = []
    for text in TABLE.read_text("utf-8").splitlines():
        if not text or text.startswith("#"):
            continue
        address, sign, said = text.partition(" | ")
        assert sign, text
        if said.startswith((PAGE_ONLY, INTERFACE_ONLY)):
            reason = said.partition(": ")[2]
            assert len(reason) > 5, text
            found.append(Line(address, (), reason))
        else:
            found.append(Line(address, tuple(said.split(" + ")), ""))
    return found


def pages(app: Platform) -> Iterator[tuple[str, Rule]]:
    """Yield every address of the pages with its rule."""
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/"):
            for method in (rule.methods or set()) & set(openapi.METHODS):
                yield f"{method} {rule.rule}", rule


def operations(app: Platform) -> dict[str, Rule]:
    """Return every operation of the interface with its rule."""
    return {f"{method} {path}": rule for method, path, rule in openapi.doors(app, app.sites, None)}


def test_every_address_of_the_pages_has_its_operations_or_a_reason(app: Platform) -> None:
    table = [line.address for line in lines() if "/api/" not in line.address]
    there = {address for address, _rule in pages(app)}
    assert sorted(set(table)) == sorted(table), "each address once"
    assert there - set(table) == set(), "these have no line"
    assert set(table) - there == set(), "these are no addresses of the pages"
    said = [line for line in lines() if line.operations]
    tally.count("B28 interface: addresses of pages with the same as JSON", len(said))
    tally.count("B28 interface: addresses of pages alone, with the reason", len(there) - len(said))


def test_every_operation_of_the_table_exists_and_every_other_says_why_no_page_has_it(app: Platform) -> None:
    there = set(operations(app))
    named = {one for line in lines() for one in line.operations}
    alone = {line.address for line in lines() if "/api/" in line.address}
    assert named - there == set(), "these don't exist"
    assert alone - there == set(), "these don't exist"
    assert named & alone == set(), "a page has these"
    assert there - named - alone == set(), "no page has these"


def test_what_a_page_changes_is_changed_by_an_operation_and_not_by_reading() -> None:
    reads = {"/claim", "/refund"}  # the page leads to what one's own wallet signs; nothing changes here
    for line in lines():
        if line.address.startswith("POST ") and line.operations and not line.address.endswith(tuple(reads)):
            assert any(not one.startswith("GET ") for one in line.operations), line.address


def test_operations_ask_of_those_who_enter_what_the_page_asks(app: Platform) -> None:
    """The same right, on the same sites, and a fresh proof where the page wants one."""
    rules, views, asked = operations(app), app.view_functions, 0
    by_address = dict(pages(app))
    for line in lines():
        if line.address.startswith("GET ") or not line.operations:
            continue
        page = by_address[line.address]
        for one in line.operations:
            ours, theirs = _entry(app, page), _entry(app, rules[one])
            asked += 1
            same = ours["right"] == theirs["right"]
            assert same is (line.address not in OTHERWISE), (line.address, one, ours, theirs)
            assert (ours["site"], ours["on"]) == (theirs["site"], theirs["on"]), (line.address, one, ours, theirs)
            if access.is_fresh(views[page.endpoint]):
                assert access.is_fresh(views[rules[one].endpoint]), f"{one} wants no fresh proof, {line.address} does"
    tally.count("B28 interface: operations held against the page's own rights", asked)
    assert asked > 100


def test_what_forms_offer_operations_take() -> None:
    assert fields(SettingsForm) - {"name"} - api_site.SETTABLE == {"treasury"}, "where fees go is set on its page alone"
    assert fields(BrandForm) == set(api_look.Look.model_fields)
    minutes = {int(each.value) for each in offered(EntranceForm, "idle")}
    assert choices(api_staff.EntranceRules, "idle_minutes") == minutes
    assert choices(api_keys.NewKey, "days") == {int(days) for days in key_forms.DAYS}
    assert choices(api_admin.NewCheck, "kind") == set(rules.CHECK_KINDS)
    assert choices(api_admin.NewCheck, "outcome") == set(rules.CHECK_OUTCOMES)
    assert choices(providers.NewProvider, "preset") == set(federation_forms.PRESETS)
    assert get_args(providers.Given) == tuple(role.value for role in Role if role not in NEVER_MAPPED)


def fields(form: type) -> set[str]:
    """Return the names of a form's fields."""
    return {name for name in dir(form) if isinstance(getattr(form, name), UnboundField)}


def offered(form: type, name: str) -> list[Any]:
    """Return what a field of a form offers to choose from."""
    return list(getattr(form, name).kwargs["choices"])


def choices(body: type[BaseModel], name: str) -> set[Any]:
    """Return what a value of a body may be."""
    return set(get_args(body.model_fields[name].annotation))


def _entry(app: Platform, rule: Rule) -> dict[str, Any]:
    entered = access.of(app.view_functions[rule.endpoint]) or access.Access()
    feature = access.feature_of(app.view_functions[rule.endpoint])
    return {"right": entered.permission, "site": app.sites.get(rule.endpoint.partition(".")[0], "both"), "on": feature}
