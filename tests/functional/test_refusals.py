"""Refusals speak the reader's language and say what to do, as pages and as JSON."""

import pytest

from app.core.errors import Conflict, Invalid
from app.lifecycle import Platform
from app.web import problems
from tenants import service
from tenants.service import Site
from tests.conftest import found
from tests.support.http import Visitor

ARABIC = {"Accept-Language": "ar"}
NOWHERE = "/api/deals/00000000-0000-7000-8000-000000000000"


@pytest.fixture
def noor(database: None) -> Site:
    """A tenant that speaks Arabic first."""
    site = found("noor", "نور كابيتال")
    service.change_settings(site.id, {"languages": ["ar", "en"]})
    return site


def test_a_refusal_as_json_is_in_the_readers_language(app: Platform, noor: Site) -> None:
    answer = Visitor(app, noor.host).get(NOWHERE, headers=ARABIC).page
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    told = answer.get_json()
    assert told["code"] == "deal-not-found"
    assert (told["title"], told["detail"][:16]) == ("غير موجود", "لا صفقة كهذه هنا")


def test_the_same_refusal_is_english_for_an_english_reader(visitor: Visitor) -> None:
    told = visitor.get(NOWHERE).page.get_json()
    assert told["detail"].startswith("There is no such deal here")


def test_a_value_that_json_has_wrong_is_named_in_the_readers_language(app: Platform, noor: Site) -> None:
    answer = Visitor(app, noor.host).post("/api/auth/login", json={"email": "a@b.example"}, headers=ARABIC).page
    assert answer.status_code == 422
    assert answer.get_json()["errors"] == {"password": "هذا ناقص. أرسله أيضًا."}


def test_a_value_that_json_has_wrong_shows_nothing_of_the_library(visitor: Visitor) -> None:
    told = visitor.get("/api/deals?limit=1000&status=odd").page.get_json()
    assert told["errors"] == {"limit": "This number is too large.", "status": "This isn't one of the possible values."}


@pytest.mark.parametrize("path", ["/nowhere", "/deals/nowhere"])
def test_a_missing_page_is_said_in_the_readers_language(app: Platform, noor: Site, path: str) -> None:
    page = Visitor(app, noor.host).get(path, headers=ARABIC)
    assert page.status == 404
    assert "The page may have moved" not in page.text
    assert "There is no such deal" not in page.text


def test_a_wrong_method_is_not_told_as_a_missing_page(visitor: Visitor) -> None:
    page = visitor.get("/logout")
    assert page.status == 405
    assert "There is nothing at this address." not in page.text
    assert "Open the page from the menu and use its buttons." in page.text


def test_the_places_of_a_sentence_are_filled_after_it_is_translated(app: Platform, noor: Site) -> None:
    error = Invalid("%(asset)s has at most %(decimals)s decimals.", words={"asset": "EUR", "decimals": 2})
    assert error.message == str(error) == "EUR has at most 2 decimals."
    with app.test_request_context("/", base_url=f"http://{noor.host}", headers=ARABIC):
        app.preprocess_request()
        assert problems.said(error).startswith("لا يقبل EUR أكثر من 2")


def test_codes_of_fields_stay_codes(app: Platform, noor: Site) -> None:
    error = Invalid(fields={"level": "standard", "kind": "Choose the kind of document first."})
    with app.test_request_context("/", base_url=f"http://{noor.host}", headers=ARABIC):
        app.preprocess_request()
        assert problems.fields_said(error) == {"level": "standard", "kind": "اختر نوع المستند أولًا."}


def test_a_percent_sign_in_a_sentence_without_places_is_harmless(app: Platform, acme: Site) -> None:
    with app.test_request_context("/", base_url=f"http://{acme.host}"):
        app.preprocess_request()
        assert problems.said(Conflict("The rate is 100% of it.")) == "The rate is 100% of it."
