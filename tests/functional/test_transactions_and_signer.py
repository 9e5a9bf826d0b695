"""Operators look at transactions, offer more, cancel; the installation's operator halts the signer."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from app.config import Settings
from app.core import clock
from app.core.permissions import Role
from app.lifecycle import Platform
from tenants.service import Site
from tests.conftest import found
from tests.functional.accounts import PASSWORD, acts, person, signed_in
from tests.support import sample as samples
from tests.support.desk import Desk, fresh_chain
from tests.support.http import Visitor


@dataclass
class Office:
    """A desk with a transaction that no block took, its administrator's browser, and the console's."""

    desk: Desk
    otto: Visitor
    carol: Visitor
    sam: Visitor
    console: Site
    page: str


@pytest.fixture(scope="module")
def office(
    app: Platform, settings: Settings, database: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    with fresh_chain(settings, tmp_path_factory.mktemp("chain")) as chained:
        desk, console = Desk.of(chained, found("acme", "Acme Real Assets")), samples.found_console()
        person(desk.site, "otto", Role.TENANT_ADMIN)
        person(desk.site, "carol", Role.COMPLIANCE_OFFICER)
        person(console, "sam", Role.SUPER_ADMIN)
        with desk.session() as session:
            stuck = samples.stuck_transaction(session, desk, clock.now())
        yield Office(
            desk, signed_in(app, desk.site, "otto"), signed_in(app, desk.site, "carol"),
            Visitor(app, console.host).sign_in("sam@example.org", PASSWORD), console, f"/manage/transactions/{stuck}",
        )  # fmt: skip


def test_the_stuck_transaction_is_found_and_its_life_is_told(office: Office) -> None:
    listed = office.otto.get("/manage/transactions?state=stuck")
    assert "Make a token" in listed.text
    assert "needs a person" in listed.text
    shown = office.otto.get(office.page)
    assert "The key has too little coin for the fee." in shown.text
    assert "Offer a higher fee" in shown.text
    assert "No transaction is in this state." in office.otto.get("/manage/transactions?state=final").text


def test_an_officer_sees_but_does_not_steer(office: Office) -> None:
    assert "Offer a higher fee" not in office.carol.get(office.page).text
    assert office.carol.get(f"{office.page}/bump").status == 403


def test_a_stranger_to_the_site_finds_nothing(app: Platform, office: Office, zeta: Site) -> None:
    person(zeta, "mallory", Role.TENANT_ADMIN)
    assert signed_in(app, zeta, "mallory").get(office.page).status == 404


def test_offering_more_shows_the_price_first_and_is_recorded(office: Office) -> None:
    asked = office.otto.get(f"{office.page}/bump")
    assert "1.125" in asked.text
    office.otto.submit("/bump")
    assert "Waits for the signer" in office.otto.get(office.page).text or "Signed" in office.otto.get(office.page).text
    assert "transaction.bumped" in acts(office.desk.site)


def test_a_transaction_names_the_releases_in_it_and_each_of_them_the_transaction(office: Office) -> None:
    with office.desk.session() as session:
        (carrier, member), (failed, alone) = (
            samples.batch(session, office.desk, clock.now(), failed=failed) for failed in (False, True)
        )
    listed = office.otto.get("/manage/transactions").text
    assert "Release several escrows together" in listed
    assert listed.count("sent together</span>") == 2
    whole = office.otto.get(f"/manage/transactions/{carrier}")
    assert "All of these happen, or none does." in whole.text
    assert f"/manage/transactions/{member}" in whole.text
    assert "0.000213616" in whole.text
    shown = office.otto.get(f"/manage/transactions/{member}").text
    assert "It is sent together with 1 other release, in one transaction for less gas." in shown
    assert f"/manage/transactions/{carrier}" in shown
    assert "Fee paid" not in shown
    assert "Each of these is sent alone" in office.otto.get(f"/manage/transactions/{failed}").text
    left = office.otto.get(f"/manage/transactions/{alone}").text
    assert "but that transaction had no effect: it is sent alone." in left
    assert f"/manage/transactions/{failed}" in left


def test_the_tenant_sees_its_limits_and_the_operator_halts_all_signing(office: Office) -> None:
    assert "Signed in the last hour" in office.otto.get("/manage/signing").text
    assert office.otto.get("/signer").status == 404
    console = office.sam.get("/signer")
    assert "Halt all signing" in console.text
    assert "What the installation’s key paid" in console.text
    assert "The platform’s contracts" in console.text
    refused = office.sam.submit("/signer/halt", reason="")
    assert (refused.status, "Say why." in refused.text) == (422, True)
    office.sam.get("/signer")
    office.sam.submit("/signer/halt", reason="a key may be lost")
    try:
        assert "a key may be lost" in office.sam.get("/signer").text
        assert "The operator has halted all signing." in office.otto.get("/manage/signing").text
        assert "a key may be lost" not in office.otto.get("/manage/signing").text.split("<table")[0]
    finally:
        office.sam.get("/signer")
        office.sam.submit("/signer/resume")
    assert "Halt all signing" in office.sam.get("/signer").text
    assert {"signer.halted", "signer.resumed"} <= set(acts(office.console))


def test_limits_are_entered_in_whole_coins_and_nonsense_is_refused(office: Office) -> None:
    page = office.sam.get("/signer")
    wrong = page.submit("/signer/limits/tenant", **{"tenant-each_one": "-1"})
    assert (wrong.status, "Enter a number of whole coins" in wrong.text) == (422, True)
    page = office.sam.get("/signer")
    assert page.submit("/signer/limits/tenant", **{"tenant-each_one": "0.25"}).status == 200
    assert "0.25" in office.sam.get("/signer").text
    office.sam.get("/signer").submit("/signer/limits/tenant", **{"tenant-each_one": "0.5"})
