"""From the first word of a draft to an approved deal, through the pages alone."""

import io
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from app.core import clock
from app.core.permissions import Role
from app.lifecycle import Platform
from app.modules.accounts import service as accounts
from app.modules.accounts.models import UserSession
from app.modules.deals import service
from app.modules.deals.models import Deal
from app.modules.deals.rules import KINDS
from tenants.service import Site
from tenants.session import tenant_session
from tests.functional.accounts import PASSWORD, acts, events, person, signed_in
from tests.support.dealing import drafted, filled, issuer_of, opened, pays_in_euro
from tests.support.http import Visitor
from tests.support.work import World

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
)
CHECKS = ["terms", "figures", "risks", "issuer", "regime"]


@pytest.fixture
def site(acme: Site) -> Site:
    """acme, paid in euro, with its issuer irene and its administrator otto."""
    site = pays_in_euro(acme)
    person(site, "irene", Role.ISSUER)
    person(site, "otto", Role.TENANT_ADMIN)
    return site


@pytest.fixture
def irene(app: Platform, site: Site) -> Visitor:
    return signed_in(app, site, "irene")


@pytest.fixture
def otto(app: Platform, site: Site) -> Visitor:
    return signed_in(app, site, "otto")


def begin(irene: Visitor, kind: str = "debt") -> str:
    """Begin a deal and return its id."""
    irene.get("/issuer/deals/new").submit("", title="Harbour Quarter, Rotterdam", kind=kind)
    assert irene.path.endswith("/edit"), irene.text
    return irene.path.split("/")[3]


def loaded(site: Site, deal_id: str) -> Deal:
    with tenant_session(site.id) as session:
        return service.load(session, UUID(deal_id))


@pytest.mark.parametrize("kind", KINDS)
def test_an_issuer_drafts_and_submits_a_deal_of_every_kind(irene: Visitor, site: Site, kind: str) -> None:
    deal_id = begin(irene, kind)
    irene.submit("", **filled(kind), do="submit")
    assert irene.path == f"/issuer/deals/{deal_id}", irene.text
    deal = loaded(site, deal_id)
    assert (deal.status, deal.kind, deal.hard_cap) == ("submitted", kind, 500_000 * 10**6)


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_deal_of_any_kind_cant_be_submitted_and_says_why(irene: Visitor, site: Site, kind: str) -> None:
    deal_id = begin(irene, kind)
    irene.submit("", do="submit")
    assert irene.status == 422
    assert "Fill this in." in irene.text
    assert loaded(site, deal_id).status == "draft"


def test_a_refused_submission_keeps_what_was_typed(irene: Visitor) -> None:
    begin(irene)
    irene.submit("", **filled(hard_cap="half a million", overview="Our <b>story</b>"), do="submit")
    assert irene.status == 422
    assert "half a million" in irene.text
    assert "Our &lt;b&gt;story&lt;/b&gt;" in irene.text
    assert "Enter an amount in digits" in irene.text


def test_after_a_refused_submission_the_mended_form_is_taken(irene: Visitor, site: Site) -> None:
    deal_id = begin(irene)
    irene.submit("", **filled(hard_cap="half a million"), do="submit")
    assert irene.status == 422
    irene.submit("", hard_cap="500,000", do="submit")
    assert irene.path == f"/issuer/deals/{deal_id}", irene.text
    assert loaded(site, deal_id).status == "submitted"


def test_a_submission_that_its_own_autosave_overtook_is_taken(irene: Visitor, site: Site) -> None:
    deal_id = begin(irene)
    before = irene.form("").fields
    irene.post(f"/issuer/deals/{deal_id}/edit", {**before, **filled()}, headers={"HX-Request": "true"})
    irene.post(f"/issuer/deals/{deal_id}/edit", {**before, **filled(title="Another"), "do": "submit"})
    assert irene.status == 409
    irene.post(f"/issuer/deals/{deal_id}/edit", {**before, **filled(), "do": "submit"})
    assert loaded(site, deal_id).status == "submitted"


def test_a_draft_is_kept_even_where_it_is_wrong(irene: Visitor, site: Site) -> None:
    deal_id = begin(irene)
    irene.submit("", summary="A loan", soft_cap="a lot")
    assert irene.status == 200
    assert "Enter an amount in digits" in irene.text
    irene.get(f"/issuer/deals/{deal_id}/edit")
    assert 'value="a lot"' in irene.text
    assert loaded(site, deal_id).soft_cap is None


def test_autosave_answers_with_a_note_and_the_new_version(irene: Visitor, site: Site) -> None:
    deal_id = begin(irene)
    form = irene.form("")
    irene.post(f"/issuer/deals/{deal_id}/edit", {**form.fields, "summary": "A loan"}, headers={"HX-Request": "true"})
    assert irene.status == 200
    assert "<html" not in irene.text
    assert 'name="version" value="2"' in irene.text
    assert loaded(site, deal_id).summary == "A loan"


def test_a_second_window_doesnt_overwrite_the_first(irene: Visitor, site: Site) -> None:
    deal_id = begin(irene)
    first = irene.form("").fields
    irene.post(f"/issuer/deals/{deal_id}/edit", {**first, "summary": "From the first window"})
    irene.post(f"/issuer/deals/{deal_id}/edit", {**first, "summary": "From the second window"})
    assert irene.status == 409
    assert "changed in another window" in irene.text
    assert "From the second window" in irene.text
    assert loaded(site, deal_id).summary == "From the first window"


def test_a_reviewer_sees_the_changes_and_asks_for_more(irene: Visitor, otto: Visitor, site: Site, world: World) -> None:
    deal_id = begin(irene)
    irene.submit("", **filled(), do="submit")
    otto.get("/manage/deals")
    assert "Harbour Quarter, Rotterdam" in otto.text
    otto.get(f"/manage/deals/{deal_id}/review")
    assert "EUR\u00a0500,000" in otto.text
    otto.submit("/review", verdict="changes")
    assert otto.status == 422
    assert "Say what has to change" in otto.text
    otto.submit("/review", verdict="changes", reason="The valuation is missing.")
    assert loaded(site, deal_id).status == "changes_requested"
    irene.get(f"/issuer/deals/{deal_id}")
    assert "The valuation is missing." in irene.text
    irene.get(f"/issuer/deals/{deal_id}/edit").submit("", hard_cap="450,000", do="submit")
    otto.get(f"/manage/deals/{deal_id}/review")
    assert "<del>500,000</del>" in otto.text
    assert "<ins>450,000</ins>" in otto.text
    assert "Smallest ticket" not in otto.text
    otto.get(f"/manage/deals/{deal_id}/review?all=1")
    assert "Smallest ticket" in otto.text


def test_approval_needs_every_check(irene: Visitor, otto: Visitor, site: Site) -> None:
    deal_id = begin(irene)
    irene.submit("", **filled(), do="submit")
    otto.get(f"/manage/deals/{deal_id}/review").submit("/review", verdict="approve", check=CHECKS[:4])
    assert otto.status == 422
    assert "Tick every check" in otto.text
    otto.submit("/review", verdict="approve", check=CHECKS, reason="")
    assert loaded(site, deal_id).status == "approved"
    assert {"deal.drafted", "deal.submit", "deal.approve"} <= set(acts(site))
    assert events(site, "DealApproved")[0]["deal_id"] == deal_id


def test_those_concerned_are_told(irene: Visitor, otto: Visitor, world: World) -> None:
    deal_id = begin(irene)
    irene.submit("", **filled(), do="submit")
    world.settle()
    assert "For review: Harbour Quarter, Rotterdam" in otto.get("/notifications").text
    otto.get(f"/manage/deals/{deal_id}/review").submit("/review", verdict="changes", reason="More, please.")
    world.settle()
    assert "Changes wanted: Harbour Quarter, Rotterdam" in irene.get("/notifications").text


def test_nobody_reviews_their_own_deal(app: Platform, site: Site) -> None:
    person(site, "ida", Role.ISSUER, Role.TENANT_ADMIN)
    ida = signed_in(app, site, "ida")
    deal_id = begin(ida)
    ida.submit("", **filled(), do="submit")
    assert "can’t review a deal of your own" in ida.get(f"/manage/deals/{deal_id}/review").text
    token = ida.form("/comments").fields["csrf_token"]
    ida.post(f"/manage/deals/{deal_id}/review", {"csrf_token": token, "verdict": "approve", "check": CHECKS})
    assert ida.status == 409
    assert loaded(site, deal_id).status == "submitted"


def test_a_submitted_deal_cant_be_changed_until_it_is_taken_back(irene: Visitor, site: Site) -> None:
    deal_id = begin(irene)
    form = irene.form("").fields
    irene.submit("", **filled(), do="submit")
    irene.post(f"/issuer/deals/{deal_id}/edit", {**form, "version": "", "title": "Something else"})
    assert irene.status == 409
    irene.get(f"/issuer/deals/{deal_id}").submit("/withdraw")
    assert loaded(site, deal_id).status == "draft"
    irene.get(f"/issuer/deals/{deal_id}/edit").submit("", title="Harbour Two")
    assert loaded(site, deal_id).title == "Harbour Two"


def test_issuer_and_reviewer_talk(irene: Visitor, otto: Visitor) -> None:
    deal_id = begin(irene)
    irene.submit("", **filled(), do="submit")
    otto.get(f"/manage/deals/{deal_id}/review").submit("/comments", body="Who values it? <script>")
    irene.get(f"/issuer/deals/{deal_id}")
    assert "Who values it? &lt;script&gt;" in irene.text
    irene.submit("/comments", body="Cushing Vermeer.")
    assert "Cushing Vermeer." in otto.get(f"/manage/deals/{deal_id}/review").text
    irene.submit("/comments", body="")
    assert irene.status == 422


def test_documents_are_uploaded_checked_and_removed(irene: Visitor, app: Platform, site: Site) -> None:
    deal_id = begin(irene)
    irene.get(f"/issuer/deals/{deal_id}")
    irene.submit("/documents", file=(io.BytesIO(b"MZ not a pdf"), "memo.pdf"), title="Memorandum", access="public")
    assert irene.status == 422
    irene.submit("/documents", file=(io.BytesIO(PDF), "memo.pdf"), title="Memorandum", access="public", required="y")
    assert irene.status == 200, irene.text
    assert "Memorandum" in irene.text
    irene.submit("/remove")
    assert "Memorandum" not in irene.get(f"/issuer/deals/{deal_id}").text


def test_an_update_is_published_and_shown(irene: Visitor, site: Site, world: World) -> None:
    with tenant_session(site.id) as session:
        user_id = accounts.people_with_role(session, Role.ISSUER)[0]
    deal = opened(site, issuer_of(site, user_id))
    irene.get(f"/issuer/deals/{deal.id}/updates").submit("", title="", body="")
    assert irene.status == 422
    irene.submit("", title="Minimum reached", body="A quarter million is committed.")
    assert irene.path == f"/deals/{deal.slug}/updates"
    assert "Minimum reached" in irene.text
    world.settle()


def test_an_administrator_pauses_resumes_and_closes(irene: Visitor, otto: Visitor, site: Site) -> None:
    with tenant_session(site.id) as session:
        user_id = accounts.people_with_role(session, Role.ISSUER)[0]
    deal = opened(site, issuer_of(site, user_id))
    otto.get(f"/manage/deals/{deal.id}").submit("/pause", reason="A question of the regulator")
    assert loaded(site, str(deal.id)).status == "paused"
    assert "The deal is paused" in Visitor(otto.client.application, site.host).get(f"/deals/{deal.slug}").text
    otto.submit("/resume")
    otto.submit("/feature")
    assert loaded(site, str(deal.id)).featured
    otto.submit("/close")
    assert loaded(site, str(deal.id)).status == "failed"
    assert events(site, "DealClosed")[0]["raised"] == "0"


def test_a_running_deal_is_steered_only_after_a_recent_proof(irene: Visitor, otto: Visitor, site: Site) -> None:
    with tenant_session(site.id) as session:
        user_id = accounts.people_with_role(session, Role.ISSUER)[0]
    deal = opened(site, issuer_of(site, user_id))
    otto.get(f"/manage/deals/{deal.id}")
    with tenant_session(site.id) as session:
        session.execute(update(UserSession).values(proved_at=clock.now() - timedelta(minutes=6)))
    otto.submit("/pause", reason="A question of the regulator")
    assert loaded(site, str(deal.id)).status == "open"
    sent = {**otto.form("/login/again").fields, "proof-password": PASSWORD}
    otto.post("/login/again", sent, follow=False)
    assert otto.status == 307
    otto.post(otto.page.headers["Location"], sent)
    assert loaded(site, str(deal.id)).status == "paused"


def test_opening_without_the_tenants_contracts_says_so_and_changes_nothing(
    irene: Visitor, otto: Visitor, site: Site
) -> None:
    deal_id = begin(irene)
    irene.submit("", **filled(), do="submit")
    otto.get(f"/manage/deals/{deal_id}/review").submit("/review", verdict="approve", check=CHECKS, reason="")
    otto.get(f"/manage/deals/{deal_id}").submit("/open")
    assert otto.status == 409
    assert loaded(site, deal_id).status == "approved"


def test_a_deal_whose_closing_passed_cant_be_opened(irene: Visitor, otto: Visitor, site: Site) -> None:
    deal_id = begin(irene)
    irene.submit("", **filled(), do="submit")
    with tenant_session(site.id) as session:
        deal = session.get_one(Deal, (site.id, loaded(site, deal_id).id))
        deal.form = {**deal.form, "closes_at": clock.now().date().isoformat()[:4] + "-01-01"}
    otto.get(f"/manage/deals/{deal_id}/review").submit("/review", verdict="approve", check=CHECKS, reason="")
    otto.get(f"/manage/deals/{deal_id}").submit("/open")
    assert otto.status == 422
    assert "Choose a date that is still to come." in otto.text


@pytest.mark.parametrize("path", ["/issuer", "/issuer/deals/new", "/manage/deals"])
def test_investors_and_visitors_dont_enter(app: Platform, site: Site, path: str) -> None:
    person(site, "alice", Role.INVESTOR)
    alice = signed_in(app, site, "alice")
    assert alice.get(path).status == 403
    assert Visitor(app, site.host).get(path).path == "/login"


def test_another_issuers_deal_is_out_of_reach(app: Platform, irene: Visitor, site: Site) -> None:
    ivan = person(site, "ivan", Role.ISSUER)
    deal_id = drafted(site, issuer_of(site, ivan.id))
    for path in (f"/issuer/deals/{deal_id}", f"/issuer/deals/{deal_id}/edit"):
        assert irene.get(path).status == 404
    token = irene.get("/issuer/deals/new").form("").fields["csrf_token"]
    for path in ("edit", "submit", "withdraw", "cancel", "comments", "documents", "updates"):
        assert irene.post(f"/issuer/deals/{deal_id}/{path}", {"csrf_token": token, "title": "x"}).status in (404, 409)
    assert loaded(site, str(deal_id)).title == "Harbour Quarter, Rotterdam"


def test_another_tenants_deal_doesnt_exist(app: Platform, site: Site, zeta: Site, irene: Visitor) -> None:
    other = pays_in_euro(zeta)
    mallory = person(other, "mallory", Role.ISSUER, Role.TENANT_ADMIN)
    deal_id = drafted(other, issuer_of(other, mallory.id))
    assert irene.get(f"/issuer/deals/{deal_id}").status == 404
    assert irene.get(f"/issuer/deals/{deal_id}/edit").status == 404
    assert signed_in(app, site, "otto").get(f"/manage/deals/{deal_id}/review").status == 404
