"""People are told: in the application, and by mails that stand on the local outbox page or leave."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from app import wiring
from app.config import Settings
from app.core import clock
from app.integrations.mail.memory import MemoryMailer
from app.lifecycle import Platform
from app.modules.accounts.service import Person
from app.modules.notifications import service
from app.modules.notifications.models import Mail, Notice
from tenants import service as tenancy
from tenants.service import Site
from tenants.session import tenant_session
from tests.functional.accounts import PASSWORD, person, signed_in
from tests.support.http import Visitor
from tests.support.work import World

REGISTRATION = {
    "name": "Alice Lindqvist",
    "email": "alice@example.org",
    "country": "SE",
    "password": PASSWORD,
    "terms": "y",
}


def tell(site: Site, whom: Person, kind: str = "investment-held", **words: str) -> None:
    with tenant_session(site.id) as session:
        service.tell(session, user_id=whom.id, kind=kind, url="/verification", now=clock.now(), **words)


def mails(site: Site) -> list[Mail]:
    with tenant_session(site.id) as session:
        return list(session.scalars(select(Mail).order_by(Mail.created_at)))


def test_the_outbox_shows_the_link_that_confirms_the_address(visitor: Visitor, acme: Site, world: World) -> None:
    visitor.get("/register").submit(**REGISTRATION)
    world.settle()
    visitor.get("/outbox")
    assert "Only for trying things out" in visitor.text
    assert "alice@example.org" in visitor.text
    link = re.search(rf'href="http://{re.escape(acme.host)}(/verify/[^"]+)"', visitor.text)
    assert link, visitor.text
    visitor.get(link[1]).submit()
    assert visitor.get("/account", follow=False).status == 200
    assert [(mail.kind, mail.state) for mail in mails(acme)] == [("verify-email", "sent")]


def test_a_mail_stands_on_its_own_sites_outbox_only(
    app: Platform, visitor: Visitor, acme: Site, zeta: Site, world: World
) -> None:
    visitor.get("/register").submit(**REGISTRATION)
    world.settle()
    stranger = Visitor(app, zeta.host).get("/outbox")
    assert stranger.status == 200
    assert "alice@example.org" not in stranger.text
    assert stranger.get(f"/outbox/{mails(acme)[0].id}").status == 404


def test_the_rich_form_of_a_mail_runs_nothing(visitor: Visitor, acme: Site, world: World) -> None:
    visitor.get("/register").submit(**REGISTRATION)
    world.settle()
    answer = visitor.get(f"/outbox/{mails(acme)[0].id}").page
    assert answer.status_code == 200
    assert "Confirm your e-mail address" in answer.text
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("change", [{"mail": "smtp"}, {"base_domain": "example.org"}])
def test_there_is_no_outbox_where_others_could_read_it(
    app: Platform, visitor: Visitor, settings: Settings, change: dict[str, str]
) -> None:
    app.portico = replace(settings, **change)  # type: ignore[arg-type]
    try:
        assert visitor.get("/outbox").status == 404
        assert "Local outbox" not in visitor.get("/login").text
    finally:
        app.portico = settings


def test_a_password_reset_goes_by_mail(app: Platform, acme: Site, visitor: Visitor, world: World) -> None:
    person(acme, "alice")
    visitor.get("/forgot").submit(email="alice@example.org")
    world.settle()
    link = re.search(r'href="http://[^"/]+(/reset/[^"]+)"', visitor.get("/outbox").text)
    assert link
    assert visitor.get(link[1]).status == 200


def test_a_notice_is_listed_counted_and_read(app: Platform, acme: Site) -> None:
    who = person(acme, "alice")
    alice = signed_in(app, acme, "alice")
    tell(acme, who, deal="Harbour <b>Loan</b>")
    alice.get("/notifications")
    assert "Held in escrow: Harbour &lt;b&gt;Loan&lt;/b&gt;" in alice.text
    assert "Today" in alice.text
    assert "1</span>" in alice.get("/notifications/badge").text
    link = re.search(r'href="(/notifications/[0-9a-f-]{36})"', alice.get("/notifications").text)
    assert link
    assert alice.get(link[1]).path == "/verification"
    assert 'class="count"' not in alice.get("/notifications/badge").text
    assert "Nothing unread" in alice.get("/notifications?show=unread").text


def test_all_notices_are_read_at_once(app: Platform, acme: Site) -> None:
    who = person(acme, "alice")
    alice = signed_in(app, acme, "alice")
    for number in range(25):
        tell(acme, who, deal=f"Deal {number}")
    alice.get("/notifications")
    assert "1–20 of 25" in alice.text
    alice.submit("/notifications/read")
    with tenant_session(acme.id) as session:
        assert session.scalars(select(Notice).where(Notice.read_at.is_(None))).all() == []


def test_nobody_reads_anothers_notices(app: Platform, acme: Site, zeta: Site) -> None:
    who = person(acme, "alice")
    person(acme, "irene")
    person(zeta, "mallory")
    tell(acme, who, deal="Secret Harbour")
    with tenant_session(acme.id) as session:
        notice = session.scalars(select(Notice)).one()
    for site, name in ((acme, "irene"), (zeta, "mallory")):
        other = signed_in(app, site, name)
        assert "Secret Harbour" not in other.get("/notifications").text
        assert other.get(f"/notifications/{notice.id}").status == 404
    with tenant_session(acme.id) as session:
        assert session.scalars(select(Notice)).one().read_at is None
    assert Visitor(app, acme.host).get("/notifications", follow=False).status == 303


def test_a_person_chooses_what_is_mailed(app: Platform, acme: Site) -> None:
    who = person(acme, "alice")
    alice = signed_in(app, acme, "alice")
    alice.get("/notifications/wishes").submit("/notifications/wishes", topics="deals")
    assert alice.status == 200
    tell(acme, who, deal="Harbour")
    tell(acme, who, "verification-approved")
    assert [mail.kind for mail in mails(acme)] == ["verification-approved"], "some mails can't be muted"
    alice.get("/notifications/wishes").submit("/notifications/wishes", topics="security-of-others")
    assert alice.status == 422


def test_a_mail_carries_no_deal_and_leads_to_the_tenants_own_host(
    app: Platform, acme: Site, settings: Settings
) -> None:
    who = person(acme, "alice")
    tell(acme, who, deal="Harbour Loan")
    mailer = MemoryMailer()
    leave(app, replace(settings, mail="smtp"), mailer)
    leave(app, replace(settings, mail="smtp"), mailer)
    sent = [message for message in mailer.sent if acme.host in message.text]
    assert len(sent) == 1
    message = sent[0]
    assert message.to == "alice@example.org"
    assert message.sender_name == "Acme Real Assets"
    assert f"http://{acme.host}/verification" in message.text
    assert f"http://{acme.host}/verification" in message.html
    assert "Harbour" not in message.subject + message.text + message.html
    assert mails(acme)[0].state == "sent"


def test_a_mail_speaks_its_readers_language(app: Platform, acme: Site, settings: Settings) -> None:
    tenancy.change_settings(acme.id, {"languages": ["en", "ar"]})
    who = person(acme, "alice")
    tell(acme, who, deal="Harbour Loan")
    with tenant_session(acme.id) as session:
        session.scalars(select(Mail)).one().locale = "ar"
    mailer = MemoryMailer()
    leave(app, replace(settings, mail="smtp"), mailer)
    message = next(message for message in mailer.sent if acme.host in message.text)
    assert 'lang="ar" dir="rtl"' in message.html


def leave(app: Platform, settings: Settings, mailer: MemoryMailer) -> None:
    """Run the worker as an installation does that really sends mail."""
    ports = replace(wiring.ports(settings), mail=mailer)
    with app.app_context():
        World(settings, ports).settle()
