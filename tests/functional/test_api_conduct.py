"""How the interface behaves everywhere: once for a key, unchanged for an ETag, in parts, nothing slipped in."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic.alias_generators import to_camel
from sqlalchemy import inspect, select, text, update

from app.api import openapi
from app.core import clock, idempotency
from app.core.permissions import RECENT, Role
from app.lifecycle import Platform
from app.modules.accounts.models import User
from app.modules.deals.models import Deal
from app.modules.tokens.models import Family
from app.web import limits, operations
from tenants import ids
from tenants.orm import Base
from tenants.service import Site
from tenants.session import tenant_session
from tests.support import dealing, tally
from tests.support.investing import PASSWORD, open_deal, person
from tests.support.programs import Program

DEAL = {"title": "Canal House, Utrecht", "assetType": "debt"}


@dataclass
class Cast:
    """Programs of people of acme."""

    site: Site
    programs: dict[str, Program]
    ids: dict[str, UUID]

    def __getattr__(self, name: str) -> Program:
        return self.programs[name]


@pytest.fixture
def cast(app: Platform, acme: Site) -> Cast:
    roles = {"alice": Role.INVESTOR, "irene": Role.ISSUER, "otto": Role.TENANT_ADMIN, "carol": Role.COMPLIANCE_OFFICER}
    known = {}
    with tenant_session(acme.id) as session:
        for name, role in roles.items():
            actor = person(session, acme, name, now=clock.now(), role=role, signs_in=True)
            known[name] = actor.require_id()
    programs = {name: Program(app, acme.host).sign_in(f"{name}@example.com", PASSWORD) for name in roles}
    return Cast(acme, programs, known)


def deals_of(site: Site) -> int:
    with tenant_session(site.id) as session:
        return len(session.scalars(select(Deal.id)).all())


def test_one_key_is_one_effect_and_one_answer(cast: Cast) -> None:
    key = {"Idempotency-Key": "order-00000001"}
    first = cast.irene.send("POST", "/api/issuer/deals", json=DEAL, headers=key)
    again = cast.irene.send("POST", "/api/issuer/deals", json=DEAL, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    assert (first.headers.get("Idempotency-Replayed"), again.headers["Idempotency-Replayed"]) == (None, "true")
    assert first.headers["ETag"] == again.headers["ETag"]
    assert deals_of(cast.site) == 1
    other = cast.irene.send("POST", "/api/issuer/deals", json={**DEAL, "title": "Other"}, headers=key)
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency-key-reused")
    with tenant_session(cast.site.id) as session:
        person(session, cast.site, "iris", now=clock.now(), role=Role.ISSUER, signs_in=True)
    iris = Program(cast.irene.visitor.client.application, cast.site.host).sign_in("iris@example.com", PASSWORD)
    assert iris.send("POST", "/api/issuer/deals", json=DEAL, headers=key).status_code == 201
    assert deals_of(cast.site) == 2, "keys belong to a person"


def test_a_refusal_is_not_kept_with_its_key(cast: Cast) -> None:
    key, path = {"Idempotency-Key": "order-00000002"}, "/api/investor/kyc"
    assert cast.alice.send("POST", path, headers=key).status_code == 404
    cast.alice.ask("POST", "/api/investor/kyc/start")
    assert cast.alice.send("POST", path, headers=key).get_json()["code"] == "case-incomplete"


@pytest.mark.parametrize("key", ["short", "x" * 201, "ключ-ключ".encode().decode("latin-1"), "with\ttab-inside"])
def test_a_key_that_is_none_is_refused(cast: Cast, key: str) -> None:
    answer = cast.irene.send("POST", "/api/issuer/deals", json=DEAL, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "idempotency-key-needed")
    assert deals_of(cast.site) == 0


def test_where_money_moves_a_key_is_needed_and_kept_for_ever(app: Platform, cast: Cast) -> None:
    for path, program in (
        (f"/api/deals/{ids.new()}/invest", cast.alice),
        (f"/api/admin/escrows/{ids.new()}/approve", cast.carol),
        (f"/api/admin/escrows/{ids.new()}/reject", cast.carol),
    ):
        body = {"amount": "1", "walletAddress": "0x" + "1" * 40, "acceptTerms": True}
        sent = body if path.endswith("invest") else {"reason": "x"}
        assert program.send("POST", path, json=sent).get_json()["code"] == "idempotency-key-needed", path
    now = clock.now()
    who: dict[str, Any] = {"actor_id": cast.ids["alice"], "request": {}}
    with tenant_session(cast.site.id) as session:
        for scope in ("api POST /x", "money POST /x", "investments.invest"):
            idempotency.claim(session, scope=scope, key="12345678", **who)
        session.execute(text("update app.idempotency_claims set at = at - interval '31 days'"))
        idempotency.forget_old(session, now=now)
        kept = set(session.scalars(select(idempotency.IdempotencyClaim.scope)))
    assert kept == {"money POST /x", "investments.invest"}


def test_every_write_takes_a_key_unless_a_secret_is_in_it(app: Platform) -> None:
    without = {
        path
        for method, path, rule in openapi.doors(app, app.sites, None)
        if (declared := operations.of(app.view_functions[rule.endpoint])) and method != "GET" and not declared.key
    }
    answered = {"/api/admin/webhooks", "/api/admin/webhooks/{endpoint_id}/secret", "/api/profile/keys"}
    entrance = (*limits.SENT_BY_OTHERS, "/api/auth/")  # a key belongs to a person who is signed in
    challenges = ("/api/profile/wallets/challenges",)  # their secret is answered and sent back
    others = {path for path in without - answered if not path.startswith((*entrance, *challenges))}
    assert others == {"/api/profile/password", "/api/profile/email"}  # the latter only sends the link again


def test_what_has_not_changed_is_not_sent_again(app: Platform, cast: Cast) -> None:
    issuer = dealing.issuer_of(cast.site, cast.ids["irene"])
    with tenant_session(cast.site.id) as session:
        deal_id = open_deal(session, issuer, now=clock.now())
    nobody = Program(app, cast.site.host)
    for path in ("/api/deals", f"/api/deals/{deal_id}", "/api/deals/featured", "/api/openapi.json"):
        tag = nobody.send("GET", path).headers["ETag"]
        same = nobody.send("GET", path, headers={"If-None-Match": tag})
        assert (same.status_code, same.data) == (304, b""), path
        assert nobody.send("GET", path, headers={"If-None-Match": '"other"'}).status_code == 200
    tag = nobody.send("GET", "/api/deals").headers["ETag"]
    with tenant_session(cast.site.id) as session:
        found = session.get_one(Deal, (cast.site.id, deal_id))
        found.featured = True
    assert nobody.send("GET", "/api/deals", headers={"If-None-Match": tag}).status_code == 200


def test_a_draft_is_not_changed_over_somebody_elses_change(cast: Cast) -> None:
    made = cast.irene.ask("POST", "/api/issuer/deals", DEAL)
    path = f"/api/issuer/deals/{made['id']}"
    old = cast.irene.send("GET", path).headers["ETag"]
    change = {"fields": {"summary": "First"}}
    changed = cast.irene.send("PATCH", path, json=change, headers={"If-Match": old})
    assert changed.status_code == 200
    late = cast.irene.send("PATCH", path, json={"fields": {"summary": "Second"}}, headers={"If-Match": old})
    assert (late.status_code, late.get_json()["code"]) == (412, "changed-meanwhile")
    new = {"If-Match": changed.headers["ETag"]}
    assert cast.irene.send("PATCH", path, json={"fields": {"summary": "Second"}}, headers=new).status_code == 200
    assert cast.irene.ask("GET", "/api/issuer/deals/{deal_id}", deal_id=made["id"])["fields"]["summary"] == "Second"


def test_the_record_is_read_in_parts_that_keep_their_place(cast: Cast) -> None:
    seen, mark = [], ""
    for turn in range(30):
        part = cast.otto.ask("GET", "/api/admin/audit", query=f"?limit=3&cursor={mark}")
        seen += [entry["id"] for entry in part["entries"]]
        if turn == 1:  # new entries come while somebody reads
            cast.irene.ask("POST", "/api/issuer/deals", DEAL)
        if not part["next"]:
            break
        mark = part["next"]
    assert len(seen) == len(set(seen)) > 6
    for odd in ("x", "bm9uZQ", "W10", "e30", "WyIyMDI2LTAxLTAxIiwgIngiXQ"):
        assert cast.otto.ask("GET", "/api/admin/audit", query=f"?cursor={odd}", well=False)["code"] == "bad-cursor"


def test_lists_have_an_end(cast: Cast) -> None:
    for path in ("/api/deals", "/api/notifications"):
        for query in ("limit=101", "limit=0", "limit=-1", "offset=-1", "limit=x", "offset=99999999999"):
            assert cast.alice.send("GET", f"{path}?{query}").status_code == 422, query


def test_a_deal_that_is_not_public_tells_nothing_to_investors(cast: Cast) -> None:
    issuer = dealing.issuer_of(cast.site, cast.ids["irene"])
    with tenant_session(cast.site.id) as session:
        deal_id = open_deal(session, issuer, now=clock.now(), status="approved")
    body = {"amount": "1", "walletAddress": "0x" + "1" * 40, "acceptTerms": True}
    answers = []
    for asked in (deal_id, ids.new()):
        key = {"Idempotency-Key": ids.new().hex}
        for method, tail, sent in (("POST", "invest", body), ("GET", "eligibility", None), ("GET", "updates", None)):
            answer = cast.alice.send(method, f"/api/deals/{asked}/{tail}", json=sent, headers=key)
            answers.append((tail, answer.status_code, answer.data))
    assert answers[:3] == answers[3:]
    assert {status for _tail, status, _data in answers} == {404}


@pytest.mark.parametrize("country", ["ZZ", "EU", "XX", "UN", "QQ"])
def test_nobody_registers_from_a_country_that_is_none(app: Platform, acme: Site, country: str) -> None:
    body = {"email": "n@example.com", "password": "seven wet herons on a dyke", "name": "N", "country": country}
    said = Program(app, acme.host).ask("POST", "/api/auth/register", body, well=False)
    assert set(said["errors"]) == {"country"}


@pytest.mark.parametrize("name", ["A\nBcc: x", "A\r\nB", "A\u2028B", "A\tB", "\x7fA"])
def test_nobody_registers_with_line_breaks_in_their_name(app: Platform, acme: Site, name: str) -> None:
    body = {"email": "n@example.com", "password": "seven wet herons on a dyke", "name": name, "country": "NL"}
    said = Program(app, acme.host).ask("POST", "/api/auth/register", body, well=False)
    assert set(said["errors"]) == {"name"}


def test_the_document_is_valid_and_has_every_address(app: Platform, acme: Site) -> None:
    said = openapi.document(app, app.sites, None)
    OpenAPIV31SpecValidator(said).validate()
    there = {(method, path) for method, path, _rule in openapi.doors(app, app.sites, None)}
    described = {(method.upper(), path) for path, methods in said["paths"].items() for method in methods}
    undescribed = {(method, path) for method, path in there - described if not path.startswith("/api/webhooks/")}
    assert undescribed == set()
    assert described <= there
    named = [one["operationId"] for methods in said["paths"].values() for one in methods.values()]
    assert len(named) == len(set(named))
    for path, methods in said["paths"].items():
        for one in methods.values():
            assert one["summary"], path
            assert one["x-access"], path
            assert set(one["responses"]) >= {"503"}, path
            body = one.get("requestBody", {}).get("content", {}).get("application/json")
            assert body is None or body["example"], path


def test_each_site_describes_what_answers_there(app: Platform, acme: Site) -> None:
    said = Program(app, acme.host).document
    assert not [path for path in said["paths"] if path.startswith("/api/console")]
    assert "/api/deals" in said["paths"]
    assert acme.host in said["servers"][0]["url"]


COLUMNS = {column.key for mapper in Base.registry.mappers for column in inspect(mapper.class_).columns}
ALWAYS = {
    "tenant_id", "tenantId", "role", "roles", "kyc_status", "kycStatus", "balance", "state", "status", "id", "is_admin",
    "userId", "user_id", "issuer_id", "issuerId", "__proto__", "constructor", "email_verified_at",
}  # fmt: skip


def writable(app: Platform) -> Iterator[tuple[str, str, dict[str, Any], set[str]]]:
    """Yield method, path, a body that would do, and the names that may be sent, of each operation that takes JSON."""
    said = openapi.document(app, app.sites, None)
    for path, methods in said["paths"].items():
        for method, one in methods.items():
            content = one.get("requestBody", {}).get("content", {}).get("application/json")
            if content:
                schema = said["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
                yield method.upper(), path, content["example"], set(schema["properties"])


def test_no_operation_takes_a_value_that_it_does_not_name(app: Platform, cast: Cast) -> None:
    """Every column of every table, and more, is offered to every body; each one is refused by its name."""
    programs = {"admin": cast.otto, "issuer": cast.irene}
    before, offered = _people(cast.site), 0
    for method, path, example, names in writable(app):
        if path.startswith(("/api/console", "/api/webhooks")):
            continue
        program = programs.get(path.split("/")[2], cast.alice)
        if path.startswith(("/api/admin/applications", "/api/admin/escrows")):
            program = cast.carol
        foreign = sorted(name for name in COLUMNS | ALWAYS if not {name, to_camel(name)} & names)
        address = path.replace("{verb}", "open")
        address = re.sub(r"\{\w+_id\}", str(ids.new()), address)
        address = address.replace("{name}", "escrow")
        headers = {"Idempotency-Key": ids.new().hex}
        answer = program.send(method, address, json={**example, **dict.fromkeys(foreign, "x")}, headers=headers)
        assert answer.status_code == 422, (method, path, answer.status, answer.text[:200])
        refused = answer.get_json()["errors"]
        assert set(foreign) <= set(refused), (path, set(foreign) - set(refused))
        offered += len(foreign)
    tally.count("B06 mass assignment: values offered and refused", offered)
    assert offered > 3000
    assert _people(cast.site) == before
    assert deals_of(cast.site) == 0


def _people(site: Site) -> str:
    with tenant_session(site.id) as session:
        rows = session.execute(select(User.__table__).order_by(User.id)).mappings().all()
        held = session.execute(text("select user_id, role from app.user_roles order by 1, 2")).all()
    return json.dumps([[dict(row) for row in rows], [tuple(row) for row in held]], default=str)


def test_free_names_inside_a_body_are_held_to_a_list_too(cast: Cast) -> None:
    for name in ("chain_id", "payment_tokens", "treasury", "second_factor_roles", "idle_minutes", "kyc", "tenant_id"):
        said = cast.otto.ask("PATCH", "/api/admin/site", {"settings": {name: "x"}}, well=False)
        assert f"settings.{name}" in said["errors"], name
    made = cast.irene.ask("POST", "/api/issuer/deals", DEAL)
    fields = {"status": "open", "raised": "1", "issuer_id": str(ids.new()), "featured": "true", "tenant_id": "x"}
    changed = cast.irene.ask("PATCH", "/api/issuer/deals/{deal_id}", {"fields": fields}, deal_id=made["id"])
    assert not set(fields) & set(changed["fields"])
    assert changed["status"] == "draft"


def test_what_matters_wants_a_log_in_of_the_last_minutes(cast: Cast) -> None:
    path = f"/api/admin/users/{cast.ids['alice']}/roles/issuer"
    assert cast.otto.send("PUT", path).status_code == 200
    with tenant_session(cast.site.id) as session:
        session.execute(update(Family).values(created_at=clock.now() - RECENT))
    refused = cast.otto.send("PUT", path)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "step-up-needed")
    assert cast.otto.send("GET", f"/api/admin/users/{cast.ids['alice']}").status_code == 200
    anew = Program(cast.otto.visitor.client.application, cast.site.host).sign_in("otto@example.com", PASSWORD)
    assert anew.send("DELETE", path).status_code == 200
