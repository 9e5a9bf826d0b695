"""What nobody sends by mistake is refused as the sender's fault, and never becomes an error of ours."""

import subprocess
import sys

import pytest

from app.core import clock
from app.core.permissions import Role
from app.lifecycle import Platform
from tenants.service import Site
from tenants.session import tenant_session
from tests.support.http import Visitor
from tests.support.investing import PASSWORD, person


@pytest.fixture
def otto(app: Platform, acme: Site) -> Visitor:
    """The administrator of acme, signed in."""
    with tenant_session(acme.id) as session:
        actor = person(session, acme, "otto", now=clock.now(), role=Role.TENANT_ADMIN, verified=False, signs_in=True)
    return Visitor(app, acme.host).sign_in(actor.email, PASSWORD)


@pytest.mark.parametrize("path", ["/deals/a%00b", "/deals/%00/terms", "/invest/%00", "/verify/%00", "/%00"])
def test_an_address_with_a_zero_byte_is_no_address_of_ours(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status == 404


@pytest.mark.parametrize("path", ["/manage/people?q=%00", "/manage/audit?q=%00", "/deals?q=%00", "/?%00=1"])
def test_a_zero_byte_in_a_search_is_left_out(otto: Visitor, path: str) -> None:
    assert otto.get(path).status == 200


@pytest.mark.parametrize("path", ["/notifications", "/manage/people", "/manage/audit", "/outbox"])
def test_a_page_number_beyond_every_list_shows_an_empty_page(otto: Visitor, path: str) -> None:
    assert otto.get(f"{path}?page={10**25}").status == 200


@pytest.mark.parametrize("goal", ["//[", "http://[::", "https://[x"])
def test_a_broken_goal_leads_to_the_front_page(visitor: Visitor, goal: str) -> None:
    answer = visitor.get("/preferences/mode/dark", query_string={"next": goal}, follow=False).page
    assert (answer.status_code, answer.location) == (303, "/")
    assert visitor.get("/login", query_string={"next": goal}).status == 200


@pytest.mark.parametrize(
    "body", ["[1]", '"x"', "7", '{"address": 7}', '{"address": ["x"]}', "[" * 3000, '{"a": "\\u0000"}']
)
@pytest.mark.parametrize("path", ["/account", "/login", "/investments/01a1fe2c-d3b7-735a-bf00-95a1b092251f/payer"])
def test_json_of_another_shape_is_refused_at_pages(otto: Visitor, path: str, body: str) -> None:
    token = otto.get("/account").form().fields["csrf_token"]
    options = {"data": body, "content_type": "application/json", "headers": {"X-CSRFToken": token}}
    answer = otto.client.post(path, base_url=f"http://{otto.host}", **options)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        "[" * 3000,
        '{"a":' * 3000,
        '{"email": "a\\u0000@b.example", "password": "x"}',
        '{"email": "a@b.example", "password": "\\ud800"}',
        '{"email": 7, "password": null}',
        "[]",
    ],
)
def test_json_that_cannot_be_read_is_refused_at_the_json_door(visitor: Visitor, body: str) -> None:
    options = {"data": body, "content_type": "application/json"}
    answer = visitor.client.post("/api/auth/login", base_url=f"http://{visitor.host}", **options)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")


def test_text_with_a_backslash_before_zeros_is_only_text(visitor: Visitor) -> None:
    sent = {"email": "a@b.example", "password": "\\u0000"}
    answer = visitor.client.post("/api/auth/login", base_url=f"http://{visitor.host}", json=sent)
    assert answer.get_json()["code"] == "wrong-credentials"


def test_no_library_lifts_the_limit_that_keeps_nested_input_off_the_stack() -> None:
    told = "import sys, app.factory; print(sys.getrecursionlimit())"
    limit = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout
    assert int(limit) <= 1000
