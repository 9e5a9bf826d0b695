"""Whom the interface refuses where people, verification and the ways in are looked after, and what it never tells."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from app.core import clock
from app.core.permissions import RECENT, Role
from app.core.scopes import FOR_KEYS
from app.lifecycle import Platform
from app.modules.accounts import service as accounts
from app.modules.federation.models import IdentityProvider
from app.modules.investments import queries
from app.modules.tokens import service as tokens
from app.modules.tokens.models import Family
from tenants import ids
from tenants.service import Site
from tenants.session import tenant_session
from tests.support import dealing
from tests.support.investing import PASSWORD, answered, open_deal, person, pledge
from tests.support.programs import Program
from tests.support.sample import found_console

CASE, FILE = "/api/admin/applications/{case_id}", "/api/admin/deals/{deal_id}/comments"
PROVIDERS, ISSUERS = "/api/admin/sign-in/providers", "/api/admin/sign-in/issuers"
PROVIDER = {"preset": "other", "name": "Acme ID", "issuer": "https://login.example.com", "clientId": "portico"}
ISSUER = {"name": "Machines", "issuer": "https://tokens.example.com", "audience": "acme"}
NOWHERE = str(ids.new())
ROLES = {
    "alice": Role.INVESTOR, "irene": Role.ISSUER, "ivo": Role.ISSUER, "otto": Role.TENANT_ADMIN,
    "carol": Role.COMPLIANCE_OFFICER,
}  # fmt: skip


class Cast:
    """Programs of people of acme and of who runs the installation; each signs in when first asked for."""

    def __init__(self, app: Platform, site: Site) -> None:
        self.app, self.site, self.nobody = app, site, Program(app, site.host)
        self.ids: dict[str, UUID] = {}

    def __getattr__(self, name: str) -> Program:
        if name == "sam":
            console, email = found_console(), f"sam@{self.site.slug}.example"
            with tenant_session(console.id) as session:
                accounts.create_user(
                    session, email=email, name="Sam", password=PASSWORD, roles=[Role.SUPER_ADMIN], verified=True,
                    now=clock.now(),
                )  # fmt: skip
            self.sam = Program(self.app, console.host).sign_in(email, PASSWORD)
            return self.sam
        with tenant_session(self.site.id) as session:
            made = person(session, self.site, name, now=clock.now(), role=ROLES[name], verified=False, signs_in=True)
        self.ids[name] = made.require_id()
        setattr(self, name, Program(self.app, self.site.host).sign_in(f"{name}@example.com", PASSWORD))
        return self.__dict__[name]

    def deal(self, slug: str = "harbour") -> UUID:
        """Return an open deal of irene."""
        assert self.irene.token
        with tenant_session(self.site.id) as session:
            return open_deal(session, dealing.issuer_of(self.site, self.ids["irene"]), slug=slug, now=clock.now())


@pytest.fixture
def cast(app: Platform, acme: Site) -> Cast:
    return Cast(app, acme)


def refused(program: Program, method: str, path: str, body: dict[str, Any] | None = None, **at: Any) -> Any:
    """Return the status, the code and the names of what is wrong."""
    said = program.ask(method, path, body, well=False, **at)
    return program.answer.status_code, said["code"], set(said.get("errors", {}))


def test_files_of_verification_are_kept_by_officers_alone(cast: Cast) -> None:
    at: dict[str, Any] = {"case_id": cast.alice.ask("POST", "/api/investor/kyc/start")["caseId"]}
    for method, path in (("POST", "/checks"), ("GET", "/trail"), ("POST", "/notes")):
        assert refused(cast.otto, method, CASE + path, **at)[:2] == (403, "forbidden")
        assert refused(cast.alice, method, CASE + path, **at)[:2] == (403, "forbidden")
        assert refused(cast.carol, method, CASE + path, case_id=NOWHERE)[:2] == (404, "no-such-case")
    odd = {"kind": "tarot", "outcome": "clear", "finding": ""}
    assert refused(cast.carol, "POST", CASE + "/checks", odd, **at) == (422, "invalid", {"kind", "finding"})
    clear = cast.carol.ask("POST", CASE + "/checks", **at)["checks"][0]["id"]
    assert refused(cast.carol, "PUT", CASE + "/checks/{check_id}", check_id=clear, **at)[:2] == (404, "no-such-case")
    assert refused(cast.carol, "POST", CASE + "/notes", {"text": "  "}, **at) == (422, "invalid", {"text"})
    assert [each["what"] for each in cast.carol.ask("GET", CASE + "/trail", **at)["lines"]].count("note") == 0


def test_a_deals_conversation_is_its_issuers_and_the_reviewers(cast: Cast) -> None:
    mine, at = "/api/issuer/deals/{deal_id}/comments", {"deal_id": cast.deal()}
    assert refused(cast.otto, "POST", FILE, {"body": " "}, **at) == (422, "invalid", {"body"})
    assert refused(cast.otto, "POST", FILE, deal_id=NOWHERE)[:2] == (404, "deal-not-found")
    assert refused(cast.carol, "GET", FILE, **at)[:2] == (403, "forbidden")
    assert refused(cast.ivo, "GET", mine, **at)[:2] == refused(cast.ivo, "GET", mine, deal_id=NOWHERE)[:2]
    assert cast.ivo.answer.status_code == 404
    assert cast.irene.ask("GET", mine, **at)["comments"] == []


def test_an_investment_in_a_deal_is_its_issuers_to_read_once_it_is_pledged(cast: Cast) -> None:
    one, deal_id, now = "/api/issuer/deals/{deal_id}/investors/{investment_id}", cast.deal(), clock.now()
    with tenant_session(cast.site.id) as session:
        ada = person(session, cast.site, "ada", now=now)
        draft = answered(session, ada, deal_id, now=now).id
    at = {"deal_id": deal_id, "investment_id": draft}
    assert refused(cast.irene, "GET", one, **at)[:2] == (404, "unknown-investment"), "a draft is ada's alone"
    with tenant_session(cast.site.id) as session:
        pledge(session, ada, queries.get(session, draft), now=now)
    said = cast.irene.ask("GET", one, **at)
    assert (said["status"], said["amount"], said["escrow"], said["paidIn"]) == ("pledged", "10000", None, None)
    assert refused(cast.irene, "GET", one, deal_id=deal_id, investment_id=NOWHERE)[:2] == (404, "unknown-investment")
    assert refused(cast.irene, "GET", one, deal_id=cast.deal("other"), investment_id=draft)[:2] == (
        404,
        "unknown-investment",
    )
    assert refused(cast.ivo, "GET", one, **at)[0] == 404


def test_people_are_looked_after_by_administrators_and_never_by_themselves(cast: Cast) -> None:
    act, reset = "/api/admin/users/{user_id}/invitation/{act}", "/api/admin/users/{user_id}/reset-factors"
    assert cast.alice.token
    for verb in ("resend", "withdraw"):
        said = refused(cast.otto, "POST", act, act=verb, user_id=cast.ids["alice"])
        assert said[:2] == (409, "no-invitation"), "she has a password"
        assert refused(cast.otto, "POST", act, act=verb, user_id=NOWHERE)[:2] == (404, "unknown-person")
    assert refused(cast.otto, "POST", reset, user_id=cast.ids["otto"])[:2] == (409, "role-not-allowed")
    for path in ("invitations", "roles", "entrance"):
        assert refused(cast.carol, "GET", f"/api/admin/{path}")[:2] == (403, "forbidden")
    odd = {"secondFactorRoles": ["super_admin"], "idleMinutes": 60}
    assert refused(cast.otto, "PUT", "/api/admin/entrance", odd) == (422, "invalid", {"secondFactorRoles"})
    odd = {"secondFactorRoles": ["tenant_admin"], "idleMinutes": 7}
    assert refused(cast.otto, "PUT", "/api/admin/entrance", odd) == (422, "invalid", {"idleMinutes"})


def test_a_provider_is_held_to_what_its_page_asks(cast: Cast) -> None:
    odds: list[tuple[dict[str, Any], set[str]]] = [
        ({"preset": "microsoft", "issuer": "https://login.example.com"}, {"issuer"}),
        ({"issuer": "http://127.0.0.1:8000"}, {"issuer"}),
        ({"issuer": "https://login.example.com?x=1"}, {"issuer"}),
        ({"roleMap": {"everybody": "super_admin"}}, {"roleMap.everybody"}),
        ({"preset": "homemade", "name": ""}, {"preset", "name"}),
    ]
    for odd, wrong in odds:
        assert refused(cast.otto, "POST", PROVIDERS, {**PROVIDER, **odd}) == (422, "invalid", wrong)
    assert cast.otto.ask("GET", PROVIDERS)["providers"] == []


def test_an_issuer_of_tokens_is_held_to_what_its_page_asks(cast: Cast) -> None:
    shared = {"keys": [{"kty": "oct", "k": "c2VjcmV0LXRoYXQtZXZlcnlib2R5LWtub3dz"}]}
    for odd, wrong in (
        ({}, {"keys"}),
        ({"keys": shared}, {"keys"}),
        ({"keysUrl": "http://169.254.169.254/keys"}, {"keysUrl"}),
        ({"issuer": "anybody", "keysUrl": "https://tokens.example.com/keys.json"}, {"issuer"}),
    ):
        assert refused(cast.otto, "POST", ISSUERS, {**ISSUER, **odd}) == (422, "invalid", wrong)
    cast.otto.ask("POST", ISSUERS)
    assert refused(cast.otto, "POST", ISSUERS) == (422, "bad-provider", {"issuer"})
    assert len(cast.otto.ask("GET", ISSUERS)["issuers"]) == 1
    assert refused(cast.irene, "GET", ISSUERS)[:2] == (403, "forbidden")


def test_a_providers_secret_is_taken_and_never_told(cast: Cast) -> None:
    secret, one = "a secret of the provider", PROVIDERS + "/{provider_id}"
    made = cast.otto.ask("POST", PROVIDERS, {**PROVIDER, "secret": secret})
    told = [cast.otto.answer.text]
    for method, path in (("GET", one), ("PUT", one), ("POST", one + "/test")):
        cast.otto.ask(method, path, PROVIDER_CHANGE if method == "PUT" else None, provider_id=made["id"])
        told.append(cast.otto.answer.text)
    told += [str(cast.otto.ask("GET", path)) for path in (PROVIDERS, "/api/admin/audit")]
    with tenant_session(cast.site.id) as session:
        kept = session.scalars(select(IdentityProvider)).one()
        told += [repr(kept.client_secret)]
        told += [str(row) for row in session.execute(text("select * from app.idempotency_claims"))]
        assert kept.client_secret
    assert len(told) > 6
    assert [each for each in told if secret in each] == []


PROVIDER_CHANGE = {name: value for name, value in PROVIDER.items() if name != "preset"}


def test_look_hosts_and_features_are_held_to_what_there_is(cast: Cast) -> None:
    odd = {"pack": "baroque", "brand": "red", "size": 9}
    assert refused(cast.otto, "PUT", "/api/admin/site/brand", odd) == (422, "invalid", {"pack", "brand", "size"})
    assert refused(cast.carol, "GET", "/api/admin/site/brand")[:2] == (403, "forbidden")
    assert refused(cast.carol, "GET", "/api/admin/site/hosts")[:2] == (403, "forbidden")
    hosts, at = "/api/console/tenants/{slug}/hosts", {"slug": cast.site.slug}
    assert refused(cast.sam, "POST", hosts, {"host": cast.site.host}, **at) == (422, "bad-site", {"host"})
    assert refused(cast.sam, "POST", hosts, {"host": "not a host"}, **at) == (422, "bad-site", {"host"})
    assert refused(cast.sam, "GET", hosts, slug="nobody-here")[:2] == (404, "unknown-site")
    switch = "/api/console/tenants/{slug}/features/{name}"
    assert refused(cast.sam, "PUT", switch, name="teleport", **at)[:2] == (404, "unknown-site")
    assert cast.otto.send("GET", hosts.format(**at)).status_code == 404, "the console answers on its own host alone"


def test_a_key_has_no_more_than_its_person_and_makes_no_other_key(cast: Cast) -> None:
    wish = {"name": "Too much", "scopes": ["read", "office"], "days": 30}
    assert refused(cast.alice, "POST", "/api/profile/keys", wish) == (422, "invalid", {"scopes"})
    made = cast.alice.ask("POST", "/api/profile/keys", {"name": "Ledger", "scopes": ["read", "invest"]})
    assert cast.alice.answer.headers["Cache-Control"] == "no-store"
    program = Program(cast.app, cast.site.host)
    program.token = made["secret"]
    assert program.ask("GET", "/api/auth/me")["email"] == "alice@example.com"
    assert refused(program, "POST", "/api/profile/keys")[:2] == (403, "scope-missing")
    at = {"provider_id": cast.otto.ask("POST", PROVIDERS, PROVIDER)["id"]}
    with tenant_session(cast.site.id) as session:
        who = accounts.person(session, cast.ids["otto"])
        actor = accounts.as_actor(who, "127.0.0.1")
        said: dict[str, Any] = {"actor": actor, "name": "Office", "expires_at": None, "now": clock.now()}
        program.token = tokens.make_key(session, scopes=FOR_KEYS, **said)[1]
    assert refused(program, "DELETE", PROVIDERS + "/{provider_id}", **at)[:2] == (403, "step-up-needed")


def test_links_that_were_not_mailed_open_nothing(cast: Cast) -> None:
    nobody = cast.nobody
    for path in ("invitation", "email/confirm", "email/keep"):
        body = {"token": "x" * 60, **({"password": PASSWORD} if path == "invitation" else {})}
        assert refused(nobody, "POST", f"/api/auth/{path}", body)[:2] == (404, "link-unusable")
    known = nobody.ask("POST", "/api/auth/verify/again", {"email": "alice@example.com"})
    assert nobody.ask("POST", "/api/auth/verify/again", {"email": "nobody@example.com"}) == known
    made = cast.otto.ask("POST", "/api/admin/users")
    with tenant_session(cast.site.id) as session:
        link = accounts.new_link(session, UUID(made["id"]), "invite", clock.now())
        path = accounts.link_for("invite", link, cast.app.portico.secret_key)
    body = {"token": path.rpartition("/")[2], "password": "password"}
    assert refused(nobody, "POST", "/api/auth/invitation", body) == (422, "invalid", {"password"})
    assert refused(cast.alice, "GET", "/api/admin/audit/check")[:2] == (403, "forbidden")
    assert cast.otto.send("GET", "/api/admin/audit/check?first=0").status_code == 422
    assert cast.otto.ask("GET", "/api/admin/audit/check", query="?first=1204&hash=+%C3%BF&number=508")["same"] is False


def test_what_matters_asks_for_a_log_in_of_the_last_minutes(cast: Cast) -> None:
    deal_id, program, known = cast.deal(), cast.otto, {"user_id": cast.ids["otto"]}
    at = {"provider_id": NOWHERE, "issuer_id": NOWHERE}
    with tenant_session(cast.site.id) as session:
        session.execute(update(Family).values(created_at=clock.now() - RECENT))
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", PROVIDERS, {}), ("PUT", PROVIDERS + "/{provider_id}", at),
        ("DELETE", PROVIDERS + "/{provider_id}", at),
        ("PUT", PROVIDERS + "/{provider_id}/enabled", at), ("POST", ISSUERS, {}), ("PUT", ISSUERS + "/{issuer_id}", at),
        ("DELETE", ISSUERS + "/{issuer_id}", at), ("PUT", ISSUERS + "/{issuer_id}/enabled", at),
        ("POST", "/api/admin/users/{user_id}/reset-factors", known), ("PUT", "/api/admin/entrance", {}),
        ("POST", "/api/admin/users/{user_id}/invitation/{act}", {**known, "act": "resend"}),
        ("POST", "/api/admin/deals/{deal_id}/{verb}", {"deal_id": deal_id, "verb": "pause"}),
        ("POST", "/api/profile/keys", {}), ("DELETE", "/api/profile/keys/{key_id}", {"key_id": NOWHERE}),
    ]  # fmt: skip
    for method, path, where in asked:
        assert refused(program, method, path, **where)[:2] == (403, "step-up-needed"), path
