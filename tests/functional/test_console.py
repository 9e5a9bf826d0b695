"""The installation's console, and a tenant's own settings."""

import json

import pytest
from click.testing import CliRunner

from app import factory
from app.config import Settings
from app.core import clock
from app.core.permissions import Role
from app.lifecycle import Platform
from tenants import ids, service
from tenants.service import Site
from tests.functional.accounts import PASSWORD, acts, events, link, person, signed_in
from tests.support.http import Visitor


@pytest.fixture
def console(database: None) -> Site:
    """The installation's own site."""
    slug = f"console-{ids.new().hex[-12:]}"
    lenient = {"second_factor_roles": []}
    return service.found(
        slug=slug,
        name="Portico",
        host=f"{slug}.localhost",
        kind="installation",
        settings_values=lenient,
        now=clock.now(),
    )


@pytest.fixture
def sam(app: Platform, console: Site) -> Visitor:
    """The operator, signed in at the console."""
    person(console, "sam", Role.SUPER_ADMIN)
    return signed_in_at_console(app, console)


def signed_in_at_console(app: Platform, console: Site) -> Visitor:
    visitor = Visitor(app, console.host).sign_in("sam@example.org", PASSWORD)
    assert visitor.path == "/tenants", visitor.text
    return visitor


def fresh_slug() -> str:
    return f"kite-{ids.new().hex[-12:]}"


def test_the_operator_sees_every_site_and_what_it_lacks(sam: Visitor, acme: Site) -> None:
    sam.get(f"/tenants?q={acme.slug}")
    assert acme.name in sam.text
    assert "No administrator" in sam.text
    assert "No tenant found" in sam.get("/tenants?q=nosuchtenant").text


def test_a_founded_site_answers_and_its_administrator_is_invited(
    sam: Visitor, app: Platform, settings: Settings
) -> None:
    slug = fresh_slug()
    sam.get("/tenants/new").submit(
        "/tenants/new",
        name="Kite Ventures",
        slug=slug,
        pack="classic",
        admin_name="Otto",
        admin_email="otto@example.org",
    )
    assert sam.path == f"/tenants/{slug}", sam.text
    site = service.site_by_slug(slug)
    assert site.host == f"{slug}.localhost"
    assert site.branding.pack == "classic"
    otto = Visitor(app, site.host)
    otto.get(link(settings, site, "invite", events(site, "UserInvited")[0])).submit(password=PASSWORD)
    assert otto.get("/manage/site").status == 200
    assert "tenant.founded" in acts(site)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "Enter the name"),
        ("slug", "Bad Slug!", "letters, digits and hyphens"),
        ("slug", "console", "reserved"),
        ("slug", "{taken}", "in use already"),
        ("host", "http://x", "letters, digits and hyphens"),
        ("host", "{host}", "in use already"),
        ("admin_email", "nobody", "like name@example.org"),
    ],
)
def test_a_site_that_cannot_be_founded_says_why(sam: Visitor, acme: Site, field: str, value: str, words: str) -> None:
    values = {
        "name": "Kite",
        "slug": fresh_slug(),
        "host": "",
        "pack": "modern",
        "admin_name": "Otto",
        "admin_email": "otto@example.org",
    }
    given = value.replace("{taken}", acme.slug).replace("{host}", acme.host)
    before = len(service.sites())
    sam.get("/tenants/new").submit("/tenants/new", **{**values, field: given})
    assert sam.status == 422
    assert words in sam.text
    assert len(service.sites()) == before


def test_a_suspended_site_shows_its_503_page_until_reactivated(sam: Visitor, app: Platform, acme: Site) -> None:
    sam.get(f"/tenants/{acme.slug}").submit("/suspend", reason="")
    assert sam.status == 422
    sam.submit("/suspend", reason="Unpaid")
    assert "Unpaid" in sam.text
    closed = Visitor(app, acme.host).get("/")
    assert closed.status == 503
    assert acme.name in closed.text
    assert "Unpaid" not in closed.text
    assert acts(acme) == ["tenant.suspended"]
    sam.get(f"/tenants/{acme.slug}").submit("/reactivate")
    assert Visitor(app, acme.host).get("/").status == 200


def test_a_site_is_closed_only_when_its_name_is_typed(sam: Visitor, app: Platform, acme: Site) -> None:
    sam.get(f"/tenants/{acme.slug}").submit("/close", why="Contract ended", typed="acme")
    assert sam.status == 422
    assert service.site(acme.id).status == "active"
    sam.submit("/close", why="Contract ended", typed=acme.slug)
    assert service.site(acme.id).status == "closed"
    assert Visitor(app, acme.host).get("/").status == 404


def test_the_operator_adds_a_host_that_leads_to_the_primary_one(sam: Visitor, app: Platform, acme: Site) -> None:
    sam.get(f"/tenants/{acme.slug}").submit("/hosts", host=f"www-{acme.host}", kind="redirect")
    assert Visitor(app, f"www-{acme.host}").get("/", follow=False).status == 308
    sam.submit("/hosts", host=acme.host, kind="serve")
    assert sam.status == 422


def test_the_console_itself_cannot_be_suspended(sam: Visitor, console: Site) -> None:
    token = sam.get("/tenants/new").form("/tenants/new").fields["csrf_token"]
    assert sam.post(f"/tenants/{console.slug}/suspend", {"csrf_token": token, "reason": "x"}).status == 409
    assert sam.get("/tenants").status == 200


def test_the_console_is_not_on_tenants_hosts_nor_open_to_their_administrators(
    app: Platform, acme: Site, console: Site
) -> None:
    person(acme, "otto", Role.TENANT_ADMIN, Role.SUPER_ADMIN)
    otto = signed_in(app, acme, "otto")
    assert otto.get("/tenants").status == 404
    assert otto.get(f"/tenants/{acme.slug}").status == 404
    assert Visitor(app, console.host).get("/tenants", follow=False).status == 303
    assert Visitor(app, console.host).get("/register").status == 404
    assert Visitor(app, console.host).get("/manage/site").status == 404
    person(console, "carol", Role.COMPLIANCE_OFFICER)
    carol = Visitor(app, console.host).sign_in("carol@example.org", PASSWORD)
    assert carol.get("/tenants").status == 403


def test_an_administrator_changes_settings_and_the_record_shows_what_changed(app: Platform, acme: Site) -> None:
    person(acme, "otto", Role.TENANT_ADMIN)
    otto = signed_in(app, acme, "otto").get("/manage/site")
    otto.submit(
        "/manage/site",
        languages=["en", "ar"],
        name="Acme & Daughters",
        currency="CHF",
        contact_email="hello@acme.example.org",
        blocked_countries="us, kp",
        terms_text="Be kind.\n\nPay on time.",
    )
    assert otto.status == 200, otto.text
    kept = service.site(acme.id).settings
    assert (kept.currency, kept.languages, kept.blocked_countries) == ("CHF", ["en", "ar"], ["KP", "US"])
    assert "Pay on time." in otto.get("/legal/terms").text
    assert "Acme &amp; Daughters" in otto.text
    assert {"settings.changed", "site.renamed"} <= set(acts(acme))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("currency", "euro"),
        ("time_zone", "Mars/Olympus"),
        ("contact_email", "nobody"),
        ("blocked_countries", "Germany"),
        ("treasury", "0x12"),
        ("languages", None),
        ("required_level", "none"),
        ("legal_text", "x" * 2001),
    ],
)
def test_a_setting_of_the_wrong_type_is_refused_beside_its_field(
    app: Platform, acme: Site, field: str, value: str | None
) -> None:
    person(acme, "otto", Role.TENANT_ADMIN)
    otto = signed_in(app, acme, "otto").get("/manage/site")
    otto.submit("/manage/site", **{field: value})
    assert otto.status == 422
    assert 'class="error"' in otto.text
    assert service.site(acme.id).settings == acme.settings


def test_a_new_look_shows_on_the_next_page(app: Platform, acme: Site) -> None:
    person(acme, "otto", Role.TENANT_ADMIN)
    otto = signed_in(app, acme, "otto").get("/manage/site/brand")
    otto.submit("/brand", pack="minimal", brand="#aa3355", tint="20", header_style="floating", sidebar="right")
    assert otto.status == 200, otto.text
    assert 'data-pack="minimal"' in otto.text
    assert service.site(acme.id).branding.brand == "#aa3355"
    otto.submit("/brand", brand="red", size="9", tint="1e3")
    assert otto.status == 422
    assert service.site(acme.id).branding.size == 1.0


def test_a_feature_is_switched_on_ones_own_site_alone(app: Platform, acme: Site, zeta: Site) -> None:
    person(acme, "otto", Role.TENANT_ADMIN)
    otto = signed_in(app, acme, "otto").get("/manage/site/features")
    otto.submit("/features/escrow/off")
    assert service.site(acme.id).features == frozenset()
    assert service.site(zeta.id).features == {"escrow"}
    token = otto.form("/features/escrow/on").fields["csrf_token"]
    assert otto.post("/manage/site/features/teleport/on", {"csrf_token": token}).status == 404
    assert acme.host in otto.get("/manage/site/hosts").text
    assert zeta.host not in otto.text


@pytest.mark.parametrize("path", ["/manage/site", "/manage/site/brand", "/manage/site/features", "/manage/site/hosts"])
def test_only_administrators_manage_the_site(app: Platform, acme: Site, path: str) -> None:
    person(acme, "irene", Role.ISSUER, Role.COMPLIANCE_OFFICER)
    assert signed_in(app, acme, "irene").get(path).status == 403
    assert Visitor(app, acme.host).get(path, follow=False).status == 303


def test_the_operators_commands_found_and_suspend_and_create_people(
    app: Platform, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.save()
    monkeypatch.setenv("PORTICO_HOME", str(settings.home))
    cli, run, slug = factory.create_cli(), CliRunner(), fresh_slug()

    def portico(*words: str, expect: int = 0) -> str:
        outcome = run.invoke(cli, words, catch_exceptions=False)
        assert outcome.exit_code == expect, outcome.output
        return outcome.output

    branding = json.dumps({"pack": "classic"})
    portico("tenants", "found", "--slug", slug, "--name", "Kite", "--host", f"{slug}.localhost", "--branding", branding)
    assert "already" in portico("tenants", "found", "--slug", slug, "--name", "K", "--host", "a.localhost", expect=1)
    assert slug in portico("tenants", "list")
    made = portico("users", "create", "--tenant", slug, "--email", "otto@example.org", "--name", "Otto")
    password = made.rpartition("Password: ")[2].strip()
    portico("users", "grant", "--tenant", slug, "--email", "otto@example.org", "--role", "tenant_admin")
    assert "investor,tenant_admin" in portico("users", "list", "--tenant", slug)
    otto = Visitor(app, f"{slug}.localhost").sign_in("otto@example.org", password)
    assert otto.get("/manage/people").status == 200
    portico("tenants", "suspend", slug, "--reason", "Test")
    assert otto.get("/").status == 503
    portico("tenants", "reactivate", slug)
    portico("tenants", "add-host", slug, f"www-{slug}.localhost")
    assert "no tenant" in portico("tenants", "suspend", "nosuch", "--reason", "x", expect=1)
