"""The record: complete, searchable, sealed."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask import g
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from app.config import Settings
from app.core import clock
from app.core.permissions import Actor, Role, system
from app.lifecycle import Platform
from app.modules.audit import rules_sealed, rules_words, service
from tenants import ids
from tenants.service import Site
from tenants.session import tenant_session
from tests.functional.accounts import acts, events, person, signed_in
from tests.isolation.scratch import libpq
from tests.support.http import Visitor
from tests.support.services import postgres_admin_url


def write(site: Site, action: str, **values: object) -> None:
    with tenant_session(site.id) as session:
        service.record(
            session,
            actor=system(site.id, "test"),
            action=action,
            subject_kind="thing",
            subject_id="1",
            after=values,
            now=clock.now(),
        )


def test_an_administrator_searches_the_record_and_takes_it_away(app: Platform, acme: Site) -> None:
    person(acme, "otto", Role.TENANT_ADMIN)
    otto = signed_in(app, acme, "otto")
    write(acme, "lamp.lit", colour="amber")
    write(acme, "door.shut", reason="=cmd()")
    assert "lamp.lit" in otto.get("/manage/audit").text
    assert "door.shut" not in otto.get("/manage/audit?q=amber").text
    assert "lamp.lit" in otto.text
    assert "Nothing found" in otto.get("/manage/audit?since=2999-01-01").text
    assert ">session.opened</code>" not in otto.get("/manage/audit?area=thing").text
    table = otto.get("/manage/audit/entries.csv?area=thing").text
    assert table.splitlines()[0].startswith("number,at,actor")
    assert len(table.splitlines()) == 3
    listed = json.loads(otto.get("/manage/audit/entries.json?area=thing").text)
    assert [(entry["action"], entry["after"]) for entry in listed] == [
        ("lamp.lit", {"colour": "amber"}),
        ("door.shut", {"reason": "=cmd()"}),
    ]
    assert json.loads(otto.get("/manage/audit/entries.json?act=nothing.at-all").text) == []
    page = otto.get("/manage/audit").text
    assert "Took the record away as a file" in page
    assert "Signed in" in page
    assert "lamp: lit" in page, "an act without words of its own is spelled out"


def test_who_what_and_about_what_can_be_asked_for(app: Platform, acme: Site) -> None:
    otto = person(acme, "otto", Role.TENANT_ADMIN)
    browser = signed_in(app, acme, "otto")
    write(acme, "lamp.lit")
    for query, found in (
        ("who=ott", False), (f"who={otto.id}", False), ("who=test", True), ("act=lamp.lit", True),
        ("act=lamp.out", False), ("thing=1", True), ("thing=2", False), ("q=lamp", True),
        ("until=2001-01-01", False), ("since=2001-01-01", True),
    ):  # fmt: skip
        assert ("lamp: lit" in browser.get(f"/manage/audit?{query}").text) is found, query


def test_pages_follow_one_another_however_many_entries_come_in_between(app: Platform, acme: Site) -> None:
    person(acme, "otto", Role.TENANT_ADMIN)
    otto = signed_in(app, acme, "otto")
    for number in range(120):
        write(acme, f"act.number-{number:03}")
    seen, path = [], "/manage/audit?area=thing"
    while path:
        text = otto.get(path).text
        seen += re.findall(r"<code class=\"ltr\">act\.number-(\d+)</code>", text)
        older = re.search(r'href="(/manage/audit\?before=[^"]+)"', text)
        path = older[1].replace("&amp;", "&") if older else ""
        write(acme, "act.late")
    assert seen == [f"{number:03}" for number in reversed(range(120))]
    for strange in ("x", str(ids.new()), "' or 1=1"):
        assert otto.get(f"/manage/audit?before={strange}").status == 200


def test_a_sealed_record_that_was_downloaded_verifies_and_a_changed_one_does_not(
    app: Platform, acme: Site, settings: Settings
) -> None:
    person(acme, "otto", Role.TENANT_ADMIN)
    otto = signed_in(app, acme, "otto")
    for number in range(3):
        write(acme, f"act.{number}", amount=10**30, name="صندوق", at=clock.now())
    with tenant_session(acme.id) as session:
        service.seal(session, now=clock.now())
        head = service.head(session)
        assert head is not None
    verdict = rules_sealed.verify(otto.get("/manage/audit/sealed.jsonl").text.splitlines())
    assert (verdict.problem, verdict.last, verdict.head) == ("", head.number, head.hash.hex())
    kept = f"number={head.number}&hash={head.hash.hex()}"
    assert "still has this seal" in otto.get(f"/manage/audit/check?{kept}").text
    assert head.hash.hex() in otto.text
    assert "has no such seal" in otto.get(f"/manage/audit/check?number={head.number}&hash={'0' * 64}").text
    tamper(settings, f"update app.audit_entries set remote = 'x' where tenant_id = '{acme.id}' and action = 'act.1'")
    changed = otto.get("/manage/audit/sealed.jsonl").text.splitlines()
    assert "doesn't fit its hash" in rules_sealed.verify(changed).problem


def test_a_part_of_the_chain_is_checked_from_the_seal_before_it(acme: Site, settings: Settings) -> None:
    for number in range(9):
        write(acme, f"act.{number}")
    with tenant_session(acme.id) as session:
        service.seal(session, now=clock.now())
        assert service.check(session, first=4, most=3) == service.Checked(3, None)
        assert service.check(session, first=8) == service.Checked(2, None)
    tamper(settings, f"update app.audit_entries set action = 'x' where tenant_id = '{acme.id}' and action = 'act.4'")
    with tenant_session(acme.id) as session:
        assert service.check(session, first=4, most=3).broken_at == 5
        assert service.check(session, first=6).holds


def test_sealing_tells_the_newest_hash_to_those_who_listen(acme: Site) -> None:
    write(acme, "act.1")
    with tenant_session(acme.id) as session:
        service.seal(session, now=clock.now())
        service.seal(session, now=clock.now())
        head = service.head(session)
        assert head is not None
    [told] = events(acme, "RecordSealed")
    assert (told["number"], told["hash"], told["entries"]) == ("1", head.hash.hex(), "1")


def test_what_the_database_refuses_in_a_request_is_recorded(app: Platform, acme: Site) -> None:
    otto = person(acme, "otto", Role.TENANT_ADMIN)
    with app.test_request_context("/reach/for/it", base_url=f"http://{acme.host}"):
        g.site, g.now, g.actor = acme, clock.now(), Actor(acme.id, otto.id, otto.roles, "Otto")
        with pytest.raises(ProgrammingError), tenant_session(acme.id) as session:
            session.execute(text("delete from app.audit_entries"))
    assert acts(acme)[-1] == "tenant.guarded"
    page = signed_in(app, acme, "otto").get("/manage/audit").text
    assert "The database refused to touch protected rows" in page
    assert "/reach/for/it" in page


def test_a_session_shown_on_another_sites_host_is_recorded_there(app: Platform, acme: Site, zeta: Site) -> None:
    person(acme, "otto", Role.TENANT_ADMIN)
    otto = signed_in(app, acme, "otto")
    cookie = otto.client.get_cookie("sid", domain=acme.host)
    assert cookie is not None
    stranger = Visitor(app, zeta.host)
    stranger.client.set_cookie("sid", cookie.value, domain=zeta.host)
    assert stranger.get("/manage/audit", follow=False).status == 303
    assert acts(zeta)[-1] == "session.foreign"


def test_every_act_in_the_code_has_words() -> None:
    spoken = {act for file in sorted(Path("app").rglob("*.py")) for act in recorded(ast.parse(file.read_text("utf-8")))}
    assert len(spoken) > 40
    assert sorted(spoken - rules_words.ACTIONS.keys()) == []


def recorded(tree: ast.Module) -> Iterator[str]:
    """Yield the acts that a file records by a literal name."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in {
            "record", "log", "_log", "_record", "_note", "_audited",
        }:  # fmt: skip
            for value in [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "action")]:
                found = [part.value for part in ast.walk(value) if isinstance(part, ast.Constant)]
                acts_named = [each for each in found if isinstance(each, str)]
                yield from (each for each in acts_named if re.fullmatch(r"[a-z_]+\.[a-z_-]+", each))


def test_a_cell_of_the_table_never_runs_in_a_spreadsheet(app: Platform, acme: Site) -> None:
    person(acme, "otto", Role.TENANT_ADMIN)
    write(acme, "=HYPERLINK(1)")
    table = signed_in(app, acme, "otto").get("/manage/audit/entries.csv?area=thing").text
    assert ",'=HYPERLINK(1)," in table


def test_the_record_of_another_site_is_not_there(app: Platform, acme: Site, zeta: Site) -> None:
    person(acme, "otto", Role.TENANT_ADMIN)
    write(zeta, "zeta.secret")
    assert "zeta.secret" not in signed_in(app, acme, "otto").get("/manage/audit").text


def test_secrets_are_hidden_and_amounts_stay_exact(acme: Site) -> None:
    write(acme, "x", password="p", api_key="k", nested={"token": "t"}, amount=10**30)
    with tenant_session(acme.id) as session:
        after = session.scalar(text("select after from app.audit_entries"))
    assert after == {"password": "•••", "api_key": "•••", "nested": {"token": "•••"}, "amount": str(10**30)}


def test_entries_can_be_neither_changed_nor_removed(acme: Site) -> None:
    write(acme, "x")
    for statement in ("update app.audit_entries set action = 'y'", "delete from app.audit_entries"):
        with pytest.raises(ProgrammingError, match="permission denied"), tenant_session(acme.id) as session:
            session.execute(text(statement))


def test_seals_chain_entries_and_show_tampering(app: Platform, acme: Site, settings: Settings) -> None:
    for number in range(3):
        write(acme, f"act.{number}")
    with tenant_session(acme.id) as session:
        assert service.seal(session, now=clock.now()) == 3
        assert service.seal(session, now=clock.now()) == 0
    write(acme, "act.3")
    with tenant_session(acme.id) as session:
        assert service.seal(session, now=clock.now()) == 1
        assert service.check(session) == service.Checked(4, None)
    person(acme, "otto", Role.TENANT_ADMIN)
    otto = signed_in(app, acme, "otto")
    assert "4 seals were recomputed and hold" in otto.get("/manage/audit/check").text
    tamper(settings, "update app.audit_entries set action = 'forged' where action = 'act.1'")
    assert "breaks at seal 2" in otto.get("/manage/audit/check").text


def test_a_removed_entry_breaks_the_chain(acme: Site, settings: Settings) -> None:
    for number in range(3):
        write(acme, f"act.{number}")
    with tenant_session(acme.id) as session:
        service.seal(session, now=clock.now())
    tamper(settings, f"delete from app.audit_seals where number = 2 and tenant_id = '{acme.id}'")
    with tenant_session(acme.id) as session:
        assert service.check(session).broken_at == 2


def tamper(settings: Settings, statement: str) -> None:
    """Do what only somebody with the database server in hands can do."""
    database = make_url(settings.tenant_url).database or ""
    with psycopg.connect(libpq(postgres_admin_url(), database=database)) as owner:
        owner.execute(statement)
