"""Every page there is: it is drawn in every pack and language, carries its headers, and gives nothing to strangers."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.config import Settings
from app.core import clock
from app.core.permissions import Role
from app.lifecycle import Platform
from app.modules.accounts import service as accounts
from app.web import catalogues
from tenants import ids, service
from tenants.session import tenant_session
from tests.conftest import found
from tests.support import doors
from tests.support import sample as samples
from tests.support.desk import Desk, fresh_chain
from tests.support.http import Visitor
from tests.support.sample import Address, Sample

PAGE_POLICY = (
    "default-src 'none'; script-src 'nonce-NONCE' 'strict-dynamic'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-src 'none'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; object-src 'none'; manifest-src 'self'"
)
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture(scope="module")
def sample(settings: Settings, database: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    with fresh_chain(settings, tmp_path_factory.mktemp("chain")) as chained:
        desk = Desk.of(chained, found("acme", "Acme Real Assets"))
        yield samples.build(desk, samples.found_console(), settings.secret_key)


@pytest.fixture(scope="module", autouse=True)
def _unlimited(app: Platform) -> Iterator[None]:
    """All pages are asked for from one place, faster than people could."""
    with doors.unlimited(app):
        yield


@pytest.fixture(scope="module")
def visitors(app: Platform, sample: Sample) -> dict[str, Visitor]:
    """Return a browser for everybody, signed in; and one for nobody."""
    return {who: _visitor(app, sample.host(who), sample.token(who) if who else "") for who in ("", *sample.people)}


def _visitor(app: Platform, host: str, token: str) -> Visitor:
    visitor = Visitor(app, host)
    if token:
        visitor.client.set_cookie(accounts.cookie_name(secure=False), token, domain=host)
    return visitor


def look(visitors: dict[str, Visitor], address: Address) -> TestResponse:
    return visitors[address.who].get(address.path, follow=False).page


def test_every_page_of_the_map_has_an_example(app: Platform, sample: Sample) -> None:
    assert samples.unlisted(app, sample) == set()


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("pack", ["modern", "classic", "minimal"])
def test_every_page_is_drawn(sample: Sample, visitors: dict[str, Visitor], pack: str, language: str) -> None:
    for site in (sample.site, sample.console):
        service.change_branding(site.id, {"pack": pack}, now=clock.now())
        service.change_settings(site.id, {"languages": [language]})
    answers = [(address, look(visitors, address)) for address in sample.addresses]
    failed = [f"{address.path}: {answer.status}" for address, answer in answers if answer.status_code != address.status]
    assert failed == [], "\n".join(failed)
    whole = [answer.text for address, answer in answers if not address.fragment and address.endpoint != "outbox.mail"]
    assert [page[:300] for page in whole if f'lang="{language}"' not in page or "<h1" not in page] == []
    if language == "ar":  # mails are kept in the language they were written in
        ours = [answer.text for address, answer in answers if not address.endpoint.startswith("outbox.")]
        assert set().union(*map(_said, ours)) & _english_sentences() == set()


def _said(page: str) -> set[str]:
    return {" ".join(unescape(text).split()) for text in re.findall(r">([^<>]+)<", page)}


def _english_sentences() -> set[str]:
    """Return our own texts of several words as they stand in the sources."""
    texts = {message.id for message in catalogues.read("ar") if message.id != message.string}
    return {text for text in texts if isinstance(text, str) and " " in text}


def headers_of(answer: TestResponse) -> list[str]:
    """Return what is wrong with the headers of an answer."""
    wrong = [name for name, value in ALWAYS.items() if answer.headers.get(name) != value]
    policy = answer.headers.get("Content-Security-Policy", "")
    if answer.mimetype == "text/html":
        expected = re.sub(r"nonce-[\w-]{22}'", "nonce-NONCE'", policy) == PAGE_POLICY
    else:
        expected = "default-src 'none'" in policy and "sandbox" in policy
    if not expected and "sandbox" not in policy:
        wrong.append(f"policy {policy}")
    if answer.headers.get("Referrer-Policy") not in ("strict-origin-when-cross-origin", "no-referrer"):
        wrong.append("Referrer-Policy")
    if "X-Powered-By" in answer.headers or "Werkzeug" in answer.headers.get("Server", ""):
        wrong.append("says what it is made of")
    return wrong


def test_every_page_carries_its_headers(sample: Sample, visitors: dict[str, Visitor]) -> None:
    for address in sample.addresses:
        answer = look(visitors, address)
        assert headers_of(answer) == [], address.path
        kept = answer.headers["Cache-Control"]
        assert (
            kept == "no-store" if address.who or address.status >= 400 else kept in ("no-store", "private, no-cache")
        ), address.path


def test_answers_of_every_kind_carry_their_headers(sample: Sample, visitors: dict[str, Visitor]) -> None:
    alice, nobody, otto = visitors["alice"], visitors[""], visitors["otto"]
    sheets = re.findall(r'(?:href|src)="(/(?:static|theme|plates)/[^"#]+)"', nobody.get("/").text)
    assert len(sheets) > 3
    for make, status in (
        (lambda: nobody.get("/portfolio", follow=False), 303),
        (lambda: alice.get("/manage/people", follow=False), 403),
        (lambda: nobody.get("/no-such-page", follow=False), 404),
        (lambda: nobody.post("/login", {}, follow=False), 419),
        (lambda: nobody.get("/register").submit("", name="", follow=False), 422),
        (lambda: otto.get("/manage/audit/entries.csv", follow=False), 200),
        (lambda: visitors["ada"].get("/portfolio.csv", follow=False), 200),
        (lambda: nobody.get("/api/deals", follow=False), 200),
        (lambda: nobody.get("/api/deals/none", follow=False), 404),
        (lambda: nobody.get("/api/health", follow=False), 200),
        *[(lambda path=path: nobody.get(path, follow=False), 200) for path in sheets],
    ):
        answer = make().page
        assert answer.status_code == status, answer.request.path
        assert headers_of(answer) == [], answer.request.path
        if status >= 400:
            assert answer.headers["Cache-Control"] == "no-store", answer.request.path


def test_no_two_answers_share_a_nonce(visitors: dict[str, Visitor]) -> None:
    policies = [visitors[""].get("/login").page.headers["Content-Security-Policy"] for _ in range(50)]
    assert len({re.findall(r"nonce-([\w-]+)", policy)[0] for policy in policies}) == 50


def rules(app: Platform, methods: set[str]) -> list[Rule]:
    every = [rule for rule in app.url_map.iter_rules() if methods & (rule.methods or set())]
    return [rule for rule in every if not rule.rule.startswith("/api/")]


def path_of(app: Platform, rule: Rule, things: dict[str, Any]) -> str:
    """Return an address of the rule about these things; what isn't among them exists nowhere."""
    values: dict[str, Any] = {}
    for name, converter in rule._converters.items():
        choices = sorted(getattr(converter, "items", ()))
        kind = type(converter).__name__
        values[name] = things.get(name) or (
            ids.new() if kind == "UUIDConverter" else choices[0] if kind == "AnyConverter" else "x"
        )
    with app.test_request_context():
        built = app.url_map.bind("").build(rule.endpoint, values, method=next(iter(UNSAFE & rule.methods), "GET"))
    return str(built)


@pytest.mark.parametrize("who", ["", "alice", "irene", "otto", "carol"])
def test_nothing_is_changed_without_the_forms_token(
    app: Platform, sample: Sample, visitors: dict[str, Visitor], who: str
) -> None:
    asked = rules(app, UNSAFE)
    assert len(asked) > 50
    for rule in asked:
        path = path_of(app, rule, sample.things | {"slug": sample.slug})
        assert visitors[who].post(path, {}, follow=False).status == 419, path
        forged = {"csrf_token": "ImFiYyI.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb"}
        assert visitors[who].post(path, forged, follow=False).status == 419, path


@pytest.fixture
def mallory(app: Platform, zeta: service.Site) -> Visitor:
    """Somebody who may do everything at zeta."""
    with tenant_session(zeta.id) as session:
        roles = (Role.INVESTOR, Role.ISSUER, Role.COMPLIANCE_OFFICER, Role.TENANT_ADMIN)
        made = accounts.create_user(
            session, email="mallory@example.com", name="Mallory", password="a long phrase of mallory", roles=roles,
            verified=True, now=clock.now(),
        )  # fmt: skip
        token = accounts.open_session(session, user_id=made.id, remote="127.0.0.1", now=clock.now())[0]
    return _visitor(app, zeta.host, token)


def said(answer: TestResponse) -> tuple[int, str]:
    """Return an answer without what differs in every one."""
    asked = answer.request.path
    text = answer.text.replace(asked, "HERE").replace(quote(asked, safe=""), "HERE")
    text = re.sub(r'nonce="[^"]*"|value="[\w.-]{60,}"', "", text)
    return answer.status_code, re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_belongs_to_another_tenant_answers_like_what_never_was(
    app: Platform, sample: Sample, mallory: Visitor, method: str
) -> None:
    token = mallory.get("/account").form().fields["csrf_token"]
    named = {"deal_id", "investment_id", "case_id", "user_id", "document_id", "notice_id", "mail_id"}
    named |= {"provider_id", "issuer_id", "identity_id", "wallet_id"}
    asked = [rule for rule in rules(app, {method}) if rule.arguments & named]
    assert len(asked) > 15
    nothing: dict[str, UUID] = {name: ids.new() for name in named}
    for rule in asked:
        answers = []
        for things in (sample.things, nothing):
            path = path_of(app, rule, things)
            asking = (
                mallory.get(path, follow=False)
                if method == "GET"
                else mallory.post(path, {"csrf_token": token}, follow=False)
            )
            answers.append(said(asking.page))
        assert answers[0] == answers[1], rule.rule
        assert answers[0][0] in (404, 422), rule.rule


def test_a_deal_of_another_tenant_answers_like_one_that_never_was(sample: Sample, mallory: Visitor) -> None:
    for pattern in ("/deals/{}", "/deals/{}/terms", "/deals/{}/progress", "/invest/{}"):
        answers = [said(mallory.get(pattern.format(slug), follow=False).page) for slug in (sample.slug, "never-was")]
        assert answers[0] == answers[1], pattern
        assert answers[0][0] == 404, pattern
