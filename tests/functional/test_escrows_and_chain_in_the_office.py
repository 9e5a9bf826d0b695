"""The back office's pages about escrows, contracts and deployments, on a real chain."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest

from app.config import Settings
from app.core import clock
from app.core.permissions import Role
from app.lifecycle import Platform
from app.modules.chain import service as chain
from app.modules.escrow import service as escrow
from tenants import ids
from tenants.service import Site
from tests.functional.accounts import acts, person, signed_in
from tests.support.desk import Desk, fresh_chain
from tests.support.http import Visitor


@pytest.fixture(scope="module")
def chained(settings: Settings, database: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with fresh_chain(settings, tmp_path_factory.mktemp("chain")) as chained:
        yield chained


@dataclass
class Office:
    """Acme's desk with money held of Alice, and the officer's browser."""

    desk: Desk
    app: Platform
    carol: Visitor
    deal_id: UUID
    investment_id: UUID

    @property
    def page(self) -> str:
        return f"/manage/escrows/{self.investment_id}"

    def browser(self, name: str, *roles: Role) -> Visitor:
        person(self.desk.site, name, *roles)
        return signed_in(self.app, self.desk.site, name)


@pytest.fixture
def office(app: Platform, chained: Settings, acme: Site) -> Office:
    desk = Desk.of(chained, acme)
    person(acme, "carol", Role.COMPLIANCE_OFFICER)
    deal_id = desk.open_deal()
    investment_id = desk.expect(deal_id, person(acme, "alice").id)
    desk.pay(investment_id)
    desk.settle()
    return Office(desk, app, signed_in(app, acme, "carol"), deal_id, investment_id)


def test_the_officer_sees_what_is_held_until_when_and_releases_it(office: Office) -> None:
    listed = office.carol.get("/manage/escrows")
    assert listed.status == 200
    assert "alice@example.org" in listed.text
    assert "500.00" in listed.text
    shown = office.carol.get(office.page)
    assert "Decision due by" in shown.text
    office.carol.submit("/approve")
    assert "Being released" in office.carol.get(office.page).text
    office.desk.settle()
    assert "Released to the deal" in office.carol.get(office.page).text
    assert "escrow.release" in acts(office.desk.site)
    assert "alice@example.org" not in office.carol.get("/manage/escrows").text
    assert "alice@example.org" in office.carol.get("/manage/escrows?status=released").text


def test_money_is_sent_back_only_with_a_reason(office: Office) -> None:
    office.carol.get(office.page).submit("/reject", reason="")
    assert office.carol.status == 422
    assert "the investor will read it" in office.carol.text
    office.carol.get(office.page).submit("/reject", reason="<b>No proof of address</b>")
    office.desk.settle()
    shown = office.carol.get(office.page)
    assert "Sent back to the investor" in shown.text
    assert "&lt;b&gt;No proof of address" in shown.text
    assert "<b>No proof" not in shown.text


def test_a_decision_that_was_already_taken_is_refused_in_words(office: Office) -> None:
    page = office.carol.get(office.page)
    with office.desk.session() as session:
        escrow.approve(session, actor=office.desk.officer, investment_id=office.investment_id, now=clock.now())
    page.submit("/approve")
    assert page.status == 409


@pytest.mark.parametrize("role", [Role.INVESTOR, Role.ISSUER])
def test_others_see_none_of_it(office: Office, role: Role) -> None:
    browser = office.browser("bob", role)
    for path in ("/manage/escrows", office.page, "/manage/chain", f"/manage/deployments/{office.deal_id}"):
        assert browser.get(path).status == 403, path


def test_an_admin_sees_escrows_but_does_not_decide(office: Office) -> None:
    otto = office.browser("otto", Role.TENANT_ADMIN)
    shown = otto.get(office.page)
    assert shown.status == 200
    assert not [form for form in shown.forms() if form.action.endswith("/approve")]
    borrowed = next(form for form in office.carol.get(office.page).forms() if form.action.endswith("/approve"))
    assert otto.post(borrowed.action, borrowed.fields).status in (400, 403, 419)
    assert office.desk.escrow(office.investment_id).status == "held"


def test_another_tenants_officer_finds_nothing(office: Office, zeta: Site) -> None:
    person(zeta, "mallory", Role.COMPLIANCE_OFFICER, Role.TENANT_ADMIN)
    mallory = signed_in(office.app, zeta, "mallory")
    assert mallory.get(office.page).status == 404
    assert mallory.get(f"/manage/deployments/{office.deal_id}").status == 404
    assert "alice@example.org" not in mallory.get("/manage/escrows?status=all").text
    assert office.desk.factory not in mallory.get("/manage/chain").text


def test_a_stray_deposit_is_shown_and_sent_back(office: Office) -> None:
    bob = person(office.desk.site, "bob").id
    investment_id = office.desk.expect(office.deal_id, bob)
    office.desk.pay(investment_id)
    with office.desk.session() as session:
        escrow.forget(session, investment_id=investment_id, now=clock.now())
    office.desk.settle()
    office.carol.get("/manage/escrows")
    assert "it was no longer expected" in office.carol.text
    office.carol.submit("/return")
    assert "Being sent back" in office.carol.get("/manage/escrows").text
    office.desk.settle()
    assert "it was no longer expected" not in office.carol.get("/manage/escrows").text


def test_the_admin_sees_contracts_transactions_and_a_finished_deployment(office: Office) -> None:
    otto = office.browser("otto", Role.TENANT_ADMIN)
    listed = otto.get("/manage/chain")
    assert listed.status == 200
    assert office.desk.factory in listed.text
    assert "Open the sale" not in listed.text  # each transaction stands on its own page alone
    assert "Open the sale" in otto.get("/manage/transactions").text
    shown = otto.get(f"/manage/deployments/{office.deal_id}")
    assert "takes money from its opening on" in shown.text
    assert "hx-get" not in shown.text
    assert otto.get(f"/manage/deployments/{ids.new()}").status == 404


def test_a_running_deployment_polls_and_a_failed_one_offers_to_go_on(office: Office) -> None:
    otto = office.browser("otto", Role.TENANT_ADMIN)
    deal_id = office.desk.start_deal(soft_cap=2, hard_cap=1)
    path = f"/manage/deployments/{deal_id}"
    assert "every 2s" in otto.get(path).text
    assert "every 2s" in otto.get(f"{path}/progress").text
    assert "<html" not in otto.text
    office.desk.settle()
    assert "the minimum must not be above the maximum" in otto.get(path).text
    with office.desk.session() as session:
        found = chain.deployment_of(session, deal_id)
        assert found is not None
        found.deployment.spec = {**found.deployment.spec, "soft_cap": "1"}
    otto.submit("/retry")
    office.desk.settle()
    assert "takes money from its opening on" in otto.get(path).text
