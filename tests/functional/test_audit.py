"""The record: complete, searchable, sealed."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from app.config import Settings
from app.core import clock
from app.core.permissions import Role, system
from app.lifecycle import Platform
from app.modules.audit import service
from tenants.service import Site
from tenants.session import tenant_session
from tests.functional.accounts import person, signed_in
from tests.isolation.scratch import libpq
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
    assert "session.opened" not in otto.get("/manage/audit?area=thing").text
    table = otto.get("/manage/audit/entries.csv?area=thing").text
    assert table.splitlines()[0].startswith("number,at,actor")
    assert len(table.splitlines()) == 3
    assert "audit.exported" in otto.get("/manage/audit").text


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
