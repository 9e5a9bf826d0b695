"""Administrators see their contracts as they stand, whether they are what was built, and what the chain costs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from click.testing import CliRunner

from app.config import Settings
from app.core import clock
from app.core.permissions import Role
from app.lifecycle import Platform
from app.modules.chain import service_contracts, tasks_alarming, tasks_contracts
from app.modules.chain import service_following as following
from app.modules.chain.cli import chain
from app.modules.chain.models_contracts import ChainSnapshot
from app.modules.chain.models_following import ChainVerification
from app.modules.chain.tasks_installing import installed
from tenants.service import Site
from tenants.session import platform_session
from tests.conftest import found
from tests.functional.accounts import person, signed_in
from tests.support.desk import Desk, fresh_chain
from tests.support.http import Visitor

PAGE, GAS = "/manage/chain/contracts", "/manage/chain/gas"
STRANGER = "0x3a11000000000000000000000000000000003A11"


@dataclass
class Office:
    """Acme's desk with a deal and money in escrow, and the administrator's browser."""

    desk: Desk
    otto: Visitor
    deal_id: UUID

    def look(self) -> str:
        """Let the worker look, and return the page."""
        tasks_contracts.refresh(self.desk.context)
        return self.otto.get(PAGE).text

    def address(self, kind: str) -> str:
        picture = self.inventory().picture
        assert picture is not None
        return next(one.address for one in picture.contracts if one.kind == kind)

    def inventory(self) -> service_contracts.Inventory:
        with self.desk.session() as session:
            return service_contracts.inventory(session, self.desk.settings.chain_id)


@pytest.fixture(scope="module")
def office(
    app: Platform, settings: Settings, database: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    with fresh_chain(settings, tmp_path_factory.mktemp("chain")) as chained:
        desk = Desk.of(chained, found("acme", "Acme Real Assets"))
        person(desk.site, "otto", Role.TENANT_ADMIN)
        otto = signed_in(app, desk.site, "otto")
        before = otto.get(PAGE).text
        assert "Not looked at yet" in before
        assert "Nothing was spent yet" in otto.get(GAS).text
        deal_id = desk.open_deal()
        desk.pay(desk.expect(deal_id, person(desk.site, "alice").id))
        desk.settle()
        yield Office(desk, otto, deal_id)


def test_the_button_lets_the_worker_look_and_the_page_tells_block_state_money_and_roles(office: Office) -> None:
    office.otto.get(PAGE).submit("/refresh")
    assert "The contracts are being looked at." in office.otto.text
    assert "A new look is under way." in office.otto.text
    office.desk.deliver()
    shown = office.otto.get(PAGE).text
    assert "A new look is under way." not in shown
    assert f"As of block {office.inventory().snapshot.block_number:,}" in shown  # type: ignore[union-attr]
    for words in ("All ", "comparisons of code, owners, roles and terms agree", "Harbour Loan", "Open", "and 1 escrow"):
        assert words in shown
    for words in ("this site’s operator key", "the installation’s owner key", "Nothing is offered now"):
        assert words in shown
    assert "Differs" not in shown
    assert office.inventory().escrows == service_contracts.Counted(opened=1, holding=1)


def test_asking_twice_is_asking_once(office: Office) -> None:
    office.look()
    for _again in range(3):
        office.otto.get(PAGE).submit("/refresh")
    with office.desk.session() as session:
        row = session.get_one(ChainSnapshot, (office.desk.site.id, office.desk.settings.chain_id))
        asked = row.asked_at
    office.otto.get(PAGE).submit("/refresh")
    assert office.inventory().snapshot.asked_at == asked  # type: ignore[union-attr]
    office.desk.deliver()


@pytest.mark.parametrize("kind", ["token", "sale", "factory"])
def test_one_changed_byte_of_a_clone_is_told_on_the_page_and_by_the_command(office: Office, kind: str) -> None:
    office.look()
    address, asked = office.address(kind), ["inspect", "--tenant", office.desk.site.slug]
    code = office.desk.ports.chain.code(address, at="latest")
    at = len(code) - 20  # within the terms
    office.desk.rpc("anvil_setCode", address, "0x" + code[:at].hex() + f"{code[at] ^ 1:02x}" + code[at + 1 :].hex())
    office.desk.mine(4)
    try:
        command = CliRunner().invoke(chain, asked, obj=office.desk.settings)
        assert (command.exit_code, f"DIFFERS {kind} of" in command.output) == (1, True), command.output
        if kind != "factory":  # without its own code a factory answers nothing that could be shown
            shown = office.look()
            assert "Something on the chain isn’t what was built or given." in shown
            told = shown.partition("What differs")[2].partition("This site’s contracts")[0]
            assert (kind.title() in told, "Harbour Loan" in told) == (True, True)
    finally:
        office.desk.rpc("anvil_setCode", address, "0x" + code.hex())
        office.desk.mine(4)
    assert "What differs" not in office.look()
    assert CliRunner().invoke(chain, asked, obj=office.desk.settings).exit_code == 0


def test_a_role_that_a_stranger_was_given_is_told_and_gone_when_it_is_taken(office: Office) -> None:
    desk = office.desk
    admin, role = desk.ports.keys.address(f"admin-{desk.site.id}"), tasks_contracts.tasks_inspecting.ROLES["OPERATOR"]
    desk.rpc("anvil_impersonateAccount", admin)
    desk.rpc("anvil_setBalance", admin, hex(10**18))
    for selector, differs in (("2f2ff15d", True), ("d547741f", False)):
        data = f"0x{selector}{role.hex()}{STRANGER[2:].lower().rjust(64, '0')}"
        desk.rpc("eth_sendTransaction", {"from": admin, "to": desk.factory, "data": data})
        desk.mine(4)
        shown = office.look()
        assert ("not a key of this installation" in shown, "who is operator" in shown) == (differs, differs)


def test_money_that_a_contract_holds_is_counted_and_a_pause_is_seen(office: Office) -> None:
    assert "As built" in office.look()
    desk, sale = office.desk, office.address("sale")
    desk.rpc("anvil_setBalance", sale, hex(3 * 10**18))
    admin = desk.ports.keys.address(f"admin-{desk.site.id}")
    desk.rpc("anvil_impersonateAccount", admin)
    desk.rpc("anvil_setBalance", admin, hex(10**18))
    desk.rpc("eth_sendTransaction", {"from": admin, "to": sale, "data": "0x8456cb59"})
    desk.mine(4)
    shown = office.look()
    assert "Paused" in shown
    assert "3.000000" in shown
    desk.rpc("eth_sendTransaction", {"from": admin, "to": sale, "data": "0x3f4ba83a"})
    desk.rpc("anvil_setBalance", sale, "0x0")
    desk.mine(4)
    assert "Paused" not in office.look()


def test_what_explorers_know_stands_beside_the_contract(office: Office) -> None:
    chain_id = office.desk.settings.chain_id
    row = ChainVerification(
        chain_id=chain_id, address=installed(chain_id)["TokenSale"], explorer="Sourcify", contract="TokenSale",
        state="verified", updated_at=clock.now(),
    )  # fmt: skip
    with platform_session() as session:
        session.add(row)
    try:
        office.look()
        assert "Sources published" in office.otto.get(PAGE).text
    finally:
        with platform_session() as session:
            session.delete(session.merge(row))


def test_a_node_that_is_away_leaves_the_last_picture_and_says_so(office: Office) -> None:
    before = office.inventory().snapshot
    office.look()
    away = Desk.of(office.desk.settings, office.desk.site)
    away.ports.chain.block = lambda _at: None  # type: ignore[method-assign,assignment]
    tasks_contracts.refresh(away.context)
    shown = office.otto.get(PAGE).text
    assert "The last look told nothing new" in shown
    assert "Harbour Loan" in shown
    assert before is not None
    assert "The last look told nothing new" not in office.look()


def test_fees_of_final_transactions_stand_by_kind_and_the_key_is_known_to_last(office: Office) -> None:
    office.look()
    shown = office.otto.get(GAS).text
    for words in ("Make a token", "Make a sale", "Open the sale", "This month", "Last 30 days"):
        assert words in shown
    with office.desk.session() as session:
        gas = service_contracts.gas(session, office.desk.settings.chain_id, month=clock.now(), now=clock.now())
    assert gas.transactions == 4
    assert gas.days == sum(one.days for one in gas.kinds) > 0
    assert gas.month == 0
    assert gas.lasts is not None
    assert not gas.low
    assert "running out of coin" not in shown


def test_a_key_that_is_running_out_is_warned_of(office: Office) -> None:
    operator = office.desk.ports.keys.address(f"operator-{office.desk.site.id}")
    had = office.desk.ports.chain.balance(operator, at="latest")
    office.desk.rpc("anvil_setBalance", operator, hex(10**9))
    office.desk.mine(4)
    try:
        office.look()
        shown = office.otto.get(GAS).text
        assert "The operator’s key is running out of coin" in shown
        assert "about 0 transactions" in shown
    finally:
        office.desk.rpc("anvil_setBalance", operator, hex(had))
        office.desk.mine(4)
        office.look()


def test_the_worker_looks_again_when_time_has_passed_or_there_is_a_new_contract(office: Office) -> None:
    office.look()
    chain_id, later = office.desk.settings.chain_id, clock.now() + timedelta(minutes=11)
    old = tasks_contracts.OLD_AFTER
    with office.desk.session() as session:
        assert not service_contracts.is_due(session, chain_id, older=old, now=clock.now())
        assert service_contracts.is_due(session, chain_id, older=old, now=later)
        row = session.get_one(ChainSnapshot, (office.desk.site.id, chain_id))
        row.taken_at = clock.now() - timedelta(minutes=5)
    office.desk.open_deal()
    with office.desk.session() as session:
        assert service_contracts.is_due(session, chain_id, older=old, now=clock.now())


def test_investors_and_strangers_see_nothing(app: Platform, office: Office, zeta: Site) -> None:
    person(office.desk.site, "ada")
    assert signed_in(app, office.desk.site, "ada").get(PAGE).status == 403
    person(zeta, "mallory", Role.TENANT_ADMIN)
    mallory = signed_in(app, zeta, "mallory")
    shown = mallory.get(PAGE).text
    assert "Not looked at yet" in shown
    assert "Harbour Loan" not in shown
    assert "Nothing was spent yet" in mallory.get(GAS).text


@pytest.mark.parametrize("code", ["0x", "0x60006000fd", "0x602a60005260206000f3", "0xfe"])
def test_a_contract_that_was_replaced_is_told_and_the_look_goes_on(office: Office, code: str) -> None:
    """Whatever stands there: nothing, what refuses, what answers anything with a number, or what is no code."""
    desk, chain_id = office.desk, office.desk.settings.chain_id
    replaced = [office.address("factory"), office.address("sale"), office.address("token")]
    replaced += [installed(chain_id)["PlatformService"]]
    kept = {address: desk.rpc("eth_getCode", address, "latest") for address in replaced}
    try:
        for address in replaced:
            desk.rpc("anvil_setCode", address, code)
        desk.mine(4)
        shown = office.look()
        assert "Something on the chain isn’t what was built or given." in shown
        assert "Doesn’t answer as ours do" in shown
        tasks_alarming.look_at_contracts(desk.settings, now=clock.now())
        alarms = {one.kind: one.details for one in following.following(chain_id).alarms}
        assert desk.site.name in alarms["contracts-differ"]["sites"]
    finally:
        for address in replaced:
            desk.rpc("anvil_setCode", address, kept[address])
        desk.mine(4)
    assert "Doesn’t answer" not in office.look()
    tasks_alarming.look_at_contracts(desk.settings, now=clock.now())
    assert "contracts-differ" not in {one.kind for one in following.following(chain_id).alarms}
