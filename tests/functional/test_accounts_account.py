"""A person's own account, the people page of the back office, and the JSON door."""

import pytest

from app.config import Settings
from app.core.permissions import Role
from app.lifecycle import Platform
from tenants.service import Site
from tests.functional.accounts import OTHER, PASSWORD, acts, events, link, person, signed_in
from tests.support.http import Visitor


def test_a_person_changes_the_profile_and_sees_it_in_the_record(app: Platform, acme: Site) -> None:
    person(acme, "alice")
    alice = signed_in(app, acme, "alice")
    alice.get("/account").submit(name="Alice Nyström", country="NO", locale="en")
    assert alice.status == 200
    assert 'value="Alice Nyström"' in alice.text
    assert "user.updated" in acts(acme)
    alice.submit(name="", country="NO", locale="en")
    assert alice.status == 422


def test_a_new_password_needs_the_old_one_and_ends_other_sessions(app: Platform, acme: Site) -> None:
    person(acme, "alice")
    alice, elsewhere = signed_in(app, acme, "alice"), signed_in(app, acme, "alice")
    alice.get("/account/password").submit("/account/password", current="not the password", password=OTHER)
    assert alice.status == 422
    assert "not your current password" in alice.text
    alice.submit("/account/password", current=PASSWORD, password=OTHER)
    assert alice.path == "/account/sessions"
    assert elsewhere.get("/account", follow=False).status == 303


def test_sessions_are_listed_and_ended(app: Platform, acme: Site) -> None:
    person(acme, "alice")
    person(acme, "bob")
    alice, elsewhere, bob = (signed_in(app, acme, name) for name in ("alice", "alice", "bob"))
    alice.get("/account/sessions")
    endings = [form for form in alice.forms() if form.action.endswith("/end")]
    assert len(endings) == 1, "this session has no button"
    bob.get("/account/sessions")
    token = bob.form("/logout").fields["csrf_token"]
    bob.post(endings[0].action, {"csrf_token": token})
    assert elsewhere.get("/account", follow=False).status == 200, "nobody ends another person's session"
    alice.post(endings[0].action, endings[0].fields)
    assert elsewhere.get("/account", follow=False).status == 303
    assert alice.get("/account", follow=False).status == 200


@pytest.mark.parametrize("role", [Role.INVESTOR, Role.ISSUER, Role.COMPLIANCE_OFFICER])
def test_only_administrators_see_people_and_the_record(app: Platform, acme: Site, role: Role) -> None:
    alice = person(acme, "alice", role)
    visitor = signed_in(app, acme, "alice")
    for path in ("/manage/people", "/manage/people/invite", f"/manage/people/{alice.id}", "/manage/audit"):
        assert visitor.get(path).status == 403
        assert Visitor(app, acme.host).get(path, follow=False).status == 303
    token = visitor.get("/account").form().fields["csrf_token"]
    visitor.post(f"/manage/people/{alice.id}/roles/tenant_admin/grant", {"csrf_token": token})
    assert visitor.status == 403
    assert events(acme, "RoleGranted") == []


def test_an_administrator_finds_people_by_name_address_and_role(app: Platform, acme: Site) -> None:
    person(acme, "otto", Role.TENANT_ADMIN)
    person(acme, "irene", Role.ISSUER)
    person(acme, "alice")
    otto = signed_in(app, acme, "otto")
    assert "Irene" in otto.get("/manage/people?q=iren").text
    assert "alice@example.org" not in otto.text
    assert "alice@example.org" in otto.get("/manage/people?role=investor").text
    assert "irene@example.org" not in otto.text
    assert "Nobody found" in otto.get("/manage/people?q=%25").text


def test_roles_are_given_and_taken_and_both_are_recorded(app: Platform, acme: Site) -> None:
    person(acme, "otto", Role.TENANT_ADMIN)
    carol = person(acme, "carol")
    otto, carols = signed_in(app, acme, "otto"), signed_in(app, acme, "carol")
    otto.get(f"/manage/people/{carol.id}").submit("/roles/compliance_officer/grant")
    assert otto.status == 200
    assert events(acme, "RoleGranted") == [{"user_id": str(carol.id), "role": "compliance_officer"}]
    assert carols.get("/account", follow=False).status == 303, "new rights begin with a new sign-in"
    otto.submit("/roles/compliance_officer/revoke")
    assert events(acme, "RoleRevoked") == [{"user_id": str(carol.id), "role": "compliance_officer"}]
    assert {"role.granted", "role.revoked"} <= set(acts(acme))


def test_nobody_makes_an_operator_or_drops_their_own_office(app: Platform, acme: Site) -> None:
    boss = person(acme, "otto", Role.TENANT_ADMIN)
    otto = signed_in(app, acme, "otto").get(f"/manage/people/{boss.id}")
    token = {"csrf_token": otto.form().fields["csrf_token"]}
    assert otto.post(f"/manage/people/{boss.id}/roles/super_admin/grant", token).status == 404
    assert otto.post(f"/manage/people/{boss.id}/roles/tenant_admin/revoke", token).status == 409
    assert otto.post(f"/manage/people/{boss.id}/suspend", {**token, "reason": "tired"}).status == 409


def test_people_of_another_site_are_not_there(app: Platform, acme: Site, zeta: Site) -> None:
    mallory = person(zeta, "mallory")
    person(acme, "otto", Role.TENANT_ADMIN)
    otto = signed_in(app, acme, "otto")
    assert otto.get(f"/manage/people/{mallory.id}").status == 404
    assert "mallory" not in otto.get("/manage/people").text.lower()
    token = otto.form().fields["csrf_token"]
    assert otto.post(f"/manage/people/{mallory.id}/suspend", {"csrf_token": token, "reason": "x"}).status == 404


def test_a_suspended_person_is_out_until_reactivated(app: Platform, acme: Site) -> None:
    person(acme, "otto", Role.TENANT_ADMIN)
    bob = person(acme, "bob")
    otto, bobs = signed_in(app, acme, "otto"), signed_in(app, acme, "bob")
    otto.get(f"/manage/people/{bob.id}").submit("/suspend", reason="")
    assert otto.status == 422
    otto.submit("/suspend", reason="Chargeback")
    assert bobs.get("/account", follow=False).status == 303
    bobs.sign_in("bob@example.org", PASSWORD)
    assert bobs.status == 422
    assert "suspended" in bobs.text
    otto.get(f"/manage/people/{bob.id}").submit("/reactivate")
    bobs.sign_in("bob@example.org", PASSWORD)
    assert bobs.path == "/"


def test_an_invited_person_chooses_a_password_and_has_the_role(app: Platform, acme: Site, settings: Settings) -> None:
    person(acme, "otto", Role.TENANT_ADMIN)
    otto = signed_in(app, acme, "otto").get("/manage/people/invite")
    otto.submit("/invite", name="Carol Brandt", email="carol@example.org", role="compliance_officer")
    assert "is invited" in otto.text
    path = link(settings, acme, "invite", events(acme, "UserInvited")[0])
    carol = Visitor(app, acme.host)
    carol.sign_in("carol@example.org", "")
    assert carol.status == 422, "there is no password yet, not even an empty one"
    carol.get(path)
    assert "Carol Brandt" in carol.text
    carol.submit(password=PASSWORD)
    assert carol.get("/account", follow=False).status == 200
    assert carol.get(path).status == 404
    otto.get("/manage/people/invite").submit("/invite", name="Carol Brandt", email="carol@example.org", role="investor")
    assert otto.status == 422


def test_a_program_signs_in_and_uses_its_token(app: Platform, acme: Site, zeta: Site) -> None:
    alice = person(acme, "alice")
    client, base = app.test_client(use_cookies=False), f"http://{acme.host}"
    sent = {"email": "alice@example.org", "password": PASSWORD}
    answer = client.post("/api/auth/login", json=sent, base_url=base)
    assert answer.status_code == 200
    assert answer.json["user"] == {"id": str(alice.id), "email": "alice@example.org", "role": "investor"}
    bearer = {"Authorization": f"Bearer {answer.json['token']}"}
    assert client.get("/account", base_url=base, headers=bearer).status_code == 303, "pages take cookies alone"
    client.post("/api/auth/logout", base_url=base, headers=bearer)
    assert acts(acme).count("token.ended") == 1
    refused = client.post("/api/auth/login", json={**sent, "password": "no"}, base_url=base)
    assert refused.status_code == 422
    assert refused.mimetype == "application/problem+json"
    assert refused.json["code"] == "wrong-credentials"
    assert client.post("/api/auth/login", json=sent, base_url=f"http://{zeta.host}").status_code == 422


def test_a_cookie_is_nobody_at_the_json_door(app: Platform, acme: Site) -> None:
    person(acme, "alice")
    alice = signed_in(app, acme, "alice")
    alice.post("/api/auth/logout", follow=False)
    assert alice.get("/account", follow=False).status == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "x", "password": PASSWORD, "name": "A", "country": "SE"}, "email"),
        ({"email": "a@example.org", "password": "short", "name": "A", "country": "SE"}, "password"),
        ({"email": "a@example.org", "password": PASSWORD, "name": "", "country": "SE"}, "name"),
        ({"email": "a@example.org", "password": PASSWORD, "name": "A", "country": "Sweden"}, "country"),
        ({"email": "a@example.org", "password": PASSWORD, "name": "A", "country": "SE", "roles": ["x"]}, "roles"),
    ],
)
def test_a_registration_that_cannot_be_accepted_names_the_field(
    app: Platform, acme: Site, body: dict[str, object], field: str
) -> None:
    answer = app.test_client().post("/api/auth/register", json=body, base_url=f"http://{acme.host}")
    assert answer.status_code == 422
    assert field in answer.json["errors"]
    assert events(acme, "UserRegistered") == []


def test_a_program_registers_somebody(app: Platform, acme: Site) -> None:
    body = {"email": "a@example.org", "password": PASSWORD, "name": "Ada", "country": "SE"}
    answer = app.test_client().post("/api/auth/register", json=body, base_url=f"http://{acme.host}")
    assert answer.status_code == 202
    assert answer.json["success"] is True
    assert len(events(acme, "UserRegistered")) == 1
    assert app.test_client().post("/api/auth/register", data="x", base_url=f"http://{acme.host}").status_code == 422
