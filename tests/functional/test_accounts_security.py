"""Sessions, fixation, and another e-mail address, as people and thieves try them (batteries B31 and B38)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app import factory
from app.config import Settings
from app.core import clock
from app.core.permissions import Role
from app.lifecycle import Platform
from app.modules.accounts import service
from app.modules.accounts.models import User, UserSession
from app.modules.notifications.models import Mail
from app.web import access
from tenants import service as tenancy
from tenants.service import Site
from tenants.session import tenant_session
from tests.functional.accounts import OTHER, PASSWORD, acts, events, link, person, signed_in
from tests.support import tally
from tests.support.http import Visitor
from tests.support.work import World


def counted(what: str) -> None:
    tally.count(f"B31 sessions: {what}")


def sid(visitor: Visitor) -> str:
    cookie = visitor.client.get_cookie("sid", domain=visitor.host)
    assert cookie
    return str(cookie.value)


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/account", follow=False).status == 200


def opens(app: Platform, site: Site, token: str) -> bool:
    stranger = Visitor(app, site.host)
    stranger.client.set_cookie("sid", token, domain=site.host)
    return is_in(stranger)


def test_every_change_of_rights_voids_the_token_of_before(app: Platform, acme: Site) -> None:
    who = person(acme, "alice")
    person(acme, "otto", Role.TENANT_ADMIN)
    alice, otto = signed_in(app, acme, "alice"), signed_in(app, acme, "otto")

    old = sid(alice)
    alice.get("/account/password").submit("/account/password", current=PASSWORD, password=OTHER)
    assert (sid(alice) != old, opens(app, acme, old), opens(app, acme, sid(alice))) == (True, False, True)
    counted("token void after: password")

    old = sid(alice)
    with tenant_session(acme.id) as session:
        session.execute(update(UserSession).values(proved_at=clock.now() - timedelta(minutes=6)))
    alice.get("/account/email").submit("/login/again", **{"proof-password": OTHER})
    assert (sid(alice) != old, opens(app, acme, old)) == (True, False)
    counted("token void after: proof")

    otto.sign_in("otto@example.org", PASSWORD) if not is_in(otto) else None
    with tenant_session(acme.id) as session:
        session.execute(update(UserSession).values(proved_at=clock.now()))
    for act in ("grant", "revoke"):
        signed = Visitor(app, acme.host).sign_in("alice@example.org", OTHER)
        old = sid(signed)
        otto.get(f"/manage/people/{who.id}").submit(f"/roles/issuer/{act}")
        assert not opens(app, acme, old), act
        counted(f"token void after: role {act}")

    signed = Visitor(app, acme.host).sign_in("alice@example.org", OTHER)
    old = sid(signed)
    signed.get("/account").submit("/logout")
    assert not opens(app, acme, old)
    assert signed.page.history[0].headers["Clear-Site-Data"] == '"cache", "storage"'
    counted("token void after: sign-out")

    signed = Visitor(app, acme.host).sign_in("alice@example.org", OTHER)
    otto.get(f"/manage/people/{who.id}").submit("/suspend", reason="Left")
    assert not opens(app, acme, sid(signed))
    counted("token void after: suspension")


@pytest.mark.parametrize("planted", ["", "x", "0" * 64, "{tenant}.planted", "{other}.planted"])
def test_a_planted_token_is_not_taken_up(app: Platform, acme: Site, zeta: Site, planted: str) -> None:
    person(acme, "alice")
    token = planted.format(tenant=acme.id.hex, other=zeta.id.hex)
    visitor = Visitor(app, acme.host)
    visitor.client.set_cookie("sid", token, domain=acme.host)
    visitor.sign_in("alice@example.org", PASSWORD)
    assert is_in(visitor)
    assert sid(visitor) != token
    assert not opens(app, acme, token)
    counted("planted token refused")


COOKIES = [
    "sid={it}; sid=x", "sid=x; sid={it}", "sid={it}; sid={it}", "SID={it}", " sid ={it}x", "sid={it}x", "sid=",
    "__Host-sid={it}", "__Secure-sid={it}", "__host-sid={it}", "=sid={it}", 'sid="{it}', "sid={it}%00",
    "$sid={it}", "sid[]={it}", "form={it}", "device={it}",
]  # fmt: skip


@pytest.mark.parametrize("shape", COOKIES)
def test_a_session_is_read_from_one_well_formed_cookie_alone(app: Platform, acme: Site, shape: str) -> None:
    person(acme, "alice")
    token = sid(signed_in(app, acme, "alice"))
    plain = app.test_client(use_cookies=False)
    answer = plain.get("/account", base_url=f"http://{acme.host}", headers={"Cookie": shape.format(it=token)})
    assert answer.status_code == 303
    counted("cookie shapes refused")


def test_over_https_every_cookie_of_ours_is_bound_to_its_host(settings: Settings, acme: Site) -> None:
    person(acme, "alice")
    tenancy.change_settings(acme.id, {"languages": ["en", "ar"]})
    secure = factory.create_app(replace(settings, scheme="https", port=443))
    visitor = Visitor(secure, acme.host)
    client, base = visitor.client, f"https://{acme.host}"
    page = client.get("/login", base_url=base)
    visitor.page = page
    form = {**visitor.form("/login").fields, "email": "alice@example.org", "password": PASSWORD}
    answer = client.post("/login", data=form, base_url=base, headers={"Referer": base})
    assert answer.status_code == 303
    said = {line.partition("=")[0]: line for line in answer.headers.getlist("Set-Cookie")}
    said |= {line.partition("=")[0]: line for line in page.headers.getlist("Set-Cookie")}
    assert {"__Host-sid", "__Host-device", "__Host-form"} <= said.keys()
    for name, value in (("lang", "ar"), ("mode", "dark")):
        chosen = client.get(f"/preferences/{name}/{value}", base_url=base)
        said |= {line.partition("=")[0]: line for line in chosen.headers.getlist("Set-Cookie")}
    assert {"__Host-lang", "__Host-mode"} <= said.keys()
    assert [name for name in said if not name.startswith("__Host-")] == []
    drawn = client.get("/account", base_url=base).get_data(as_text=True)
    assert 'lang="ar"' in drawn
    assert 'data-mode="dark"' in drawn
    for name, line in said.items():
        assert "Secure" in line, name
        assert "HttpOnly" in line, name
        assert "Domain=" not in line, name
        assert "Path=/" in line, name
        counted("cookies judged")
    plain = {"Cookie": said["__Host-sid"].split(";")[0].replace("__Host-", "")}
    bare = secure.test_client(use_cookies=False)
    assert bare.get("/account", base_url=base, headers=plain).status_code == 303, "the plain name opens nothing here"


def test_what_a_page_asks_by_itself_is_no_use_of_the_session(app: Platform, acme: Site) -> None:
    person(acme, "alice")
    alice = signed_in(app, acme, "alice")

    def seen() -> object:
        with tenant_session(acme.id) as session:
            return session.scalars(select(UserSession.last_seen_at)).one()

    with tenant_session(acme.id) as session:
        session.execute(update(UserSession).values(last_seen_at=clock.now() - timedelta(minutes=10)))
    before, token = seen(), sid(alice)
    for polled in (True, False):
        with tenant_session(acme.id) as session:
            assert service.identify(session, token, now=clock.now(), remote="192.0.2.1", polled=polled).is_person
        assert (seen() == before) is polled
    asked = {name for name, view in app.view_functions.items() if access.is_polled(view)}
    assert {"deals.progress", "chain_admin.progress", "portfolio.live"} <= asked


def test_a_site_chooses_how_long_people_stay(app: Platform, acme: Site) -> None:
    person(acme, "otto", Role.TENANT_ADMIN)
    otto = signed_in(app, acme, "otto").get("/manage/people/entrance")
    otto.submit("/entrance", idle="240", roles="tenant_admin")
    assert otto.status == 200
    assert tenancy.site(acme.id).settings.idle_minutes == 240
    assert tenancy.site(acme.id).settings.second_factor_roles == ["tenant_admin"]
    assert "entrance.changed" in acts(acme)
    with tenant_session(acme.id) as session:
        session.execute(update(UserSession).values(last_seen_at=clock.now() - timedelta(minutes=200)))
    assert is_in(otto)
    otto.get("/manage/people/entrance").submit("/entrance", idle="7", roles="tenant_admin")
    assert otto.status == 422


def email_of(site: Site) -> str:
    with tenant_session(site.id) as session:
        return session.scalars(select(User.email)).one()


def ask_for(app: Platform, site: Site, address: str) -> Visitor:
    visitor = signed_in(app, site, "alice").get("/account/email")
    return visitor.submit("/account/email", email=address)


def event_link(settings: Settings, site: Site, kind: str, field: str) -> str:
    return link(settings, site, kind, {"token_id": events(site, "EmailChangeRequested")[-1][field]})


def test_another_address_is_confirmed_from_the_new_one_and_told_to_the_old(
    app: Platform, acme: Site, settings: Settings, world: World
) -> None:
    person(acme, "alice")
    alice = ask_for(app, acme, " New@Example.org ")
    assert "on its way" in alice.text
    assert email_of(acme) == "alice@example.org"
    world.settle()
    with tenant_session(acme.id) as session:
        mails = {(mail.kind, mail.address) for mail in session.scalars(select(Mail))}
    assert mails == {("new-email", "new@example.org"), ("email-changing", "alice@example.org")}
    path = event_link(settings, acme, "email", "token_id")
    reader = Visitor(app, acme.host).get(path)
    assert email_of(acme) == "alice@example.org", "opening a link changes nothing"
    reader.submit()
    assert reader.path == "/login"
    assert email_of(acme) == "new@example.org"
    assert not is_in(alice), "every session ends"
    assert Visitor(app, acme.host).get(path).status == 404
    assert Visitor(app, acme.host).sign_in("new@example.org", PASSWORD).path == "/"
    world.settle()
    with tenant_session(acme.id) as session:
        told = [mail.address for mail in session.scalars(select(Mail).where(Mail.kind == "email-changing"))]
    assert told == ["alice@example.org"] * 2
    assert {"email.change-requested", "email.changed"} <= set(acts(acme))


@pytest.mark.parametrize("done", [False, True])
def test_the_old_address_stops_a_change_or_takes_it_back(
    app: Platform, acme: Site, settings: Settings, done: bool
) -> None:
    person(acme, "alice")
    thief = ask_for(app, acme, "thief@example.net")
    if done:
        Visitor(app, acme.host).get(event_link(settings, acme, "email", "token_id")).submit()
        assert email_of(acme) == "thief@example.net"
        thief.sign_in("thief@example.net", PASSWORD)
    owner = Visitor(app, acme.host).get(event_link(settings, acme, "keep-email", "keep_id"))
    owner.submit()
    assert owner.path == "/forgot"
    assert email_of(acme) == "alice@example.org"
    assert not is_in(thief)
    assert Visitor(app, acme.host).get(event_link(settings, acme, "email", "token_id")).status == 404
    assert "email.kept" in acts(acme)


def test_an_address_that_somebody_has_is_answered_like_any_other(app: Platform, acme: Site) -> None:
    person(acme, "alice")
    person(acme, "bob")
    answers = []
    for address in ("bob@example.org", "nobody@example.org"):
        answers.append(ask_for(app, acme, address).text.count("on its way"))
    assert answers == [1, 1]
    assert len(events(acme, "EmailChangeRequested")) == 1
    tally.count("B38 authentication: addresses answered alike", 2)


def test_the_security_page_tells_what_happened_lately(app: Platform, acme: Site) -> None:
    person(acme, "alice")
    alice = signed_in(app, acme, "alice").get("/account/security")
    assert "Signed in" in alice.text
    assert "Not set up" in alice.text
    assert "127.0.0.1" in alice.text
