"""What stands on the chain is what was built, and belongs to whom it should."""

from collections.abc import Sequence
from dataclasses import replace

from click.testing import CliRunner

from app.integrations.chain.port import Call
from app.modules.chain import tasks_inspecting
from app.modules.chain.cli import chain
from app.modules.chain.tasks_inspecting import Finding, Plan
from app.modules.chain.tasks_installing import installed
from tests.support.desk import Desk

STRANGER = "0x3a11000000000000000000000000000000003A11"


def plan(desk: Desk) -> Plan:
    keys = desk.ports.keys
    return Plan(installed(desk.settings.chain_id), keys.address("owner"), keys.address("treasury"), since=0)


def head(desk: Desk) -> int:
    block = desk.ports.chain.block("latest")
    assert block is not None
    return block.number


def of_factory(desk: Desk) -> list[Finding]:
    keys = desk.ports.keys
    return tasks_inspecting.factory(
        desk.ports.chain,
        plan(desk),
        tenant_id=desk.site.id,
        address=desk.factory,
        admin=keys.address(f"admin-{desk.site.id}"),
        operator=keys.address(f"operator-{desk.site.id}"),
        at=head(desk),
    )


def wrong(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(one.contract, one.what) for one in findings if not one.agrees]


def test_every_contract_of_the_platform_is_the_one_that_was_built(desk: Desk) -> None:
    findings = tasks_inspecting.platform(desk.ports.chain, plan(desk), at=head(desk))
    assert wrong(findings) == []
    assert {one.contract for one in findings if one.what == "code"} == {
        name for name in plan(desk).installed if not name.startswith("factory-")
    }


def test_another_contract_another_owner_and_another_treasury_are_told(desk: Desk) -> None:
    should = plan(desk)
    swapped = should.installed | {"Escrow": should.installed["Pool"]}
    other = replace(should, installed=swapped, owner=STRANGER, treasury=STRANGER)
    findings = tasks_inspecting.platform(desk.ports.chain, other, at=head(desk))
    assert wrong(findings) == [
        ("Escrow", "code"), ("PlatformService", "owner"), ("PlatformService", "treasury"), ("Forwarder", "owner"),
    ]  # fmt: skip


def test_one_changed_byte_is_told(desk: Desk) -> None:
    address = plan(desk).installed["Vesting"]
    code = desk.ports.chain.code(address, at="latest")
    desk.rpc("anvil_setCode", address, "0x" + code[:-1].hex() + f"{code[-1] ^ 1:02x}")
    try:
        findings = tasks_inspecting.platform(desk.ports.chain, plan(desk), at="latest")
        assert wrong(findings) == [("Vesting", "code")]
    finally:
        desk.rpc("anvil_setCode", address, "0x" + code.hex())


def test_a_factory_is_a_clone_for_its_tenant_and_its_roles_are_those_given(desk: Desk) -> None:
    findings = of_factory(desk)
    assert wrong(findings) == []
    assert [one.what for one in findings] == ["code", "ADMIN", "AGENT", "OPERATOR"]


def test_a_role_that_someone_was_given_beside_is_told(desk: Desk) -> None:
    admin = desk.ports.keys.address(f"admin-{desk.site.id}")
    desk.rpc("anvil_impersonateAccount", admin)
    desk.rpc("anvil_setBalance", admin, hex(10**18))
    role, account = tasks_inspecting.ROLES["OPERATOR"].hex(), STRANGER[2:].lower().rjust(64, "0")
    for selector, told in (("2f2ff15d", [(f"factory of {desk.site.id}", "OPERATOR")]), ("d547741f", [])):
        call = Call(to=desk.factory, data=f"0x{selector}{role}{account}")
        desk.rpc("eth_sendTransaction", {"from": admin, "to": call.to, "data": call.data})
        assert wrong(of_factory(desk)) == told


def test_the_command_says_that_all_agrees_or_what_differs(desk: Desk) -> None:
    desk.settle()
    ask = ["inspect", "--tenant", desk.site.slug]
    agreed = CliRunner().invoke(chain, ask, obj=desk.settings)
    assert (agreed.exit_code, agreed.output[:3]) == (0, "all"), agreed.output
    service = plan(desk).installed["PlatformService"]
    kept = desk.rpc("eth_getStorageAt", service, "0x2", "latest")
    desk.rpc("anvil_setStorageAt", service, "0x2", "0x" + "00" * 12 + "3a11" * 10)
    desk.mine(4)
    try:
        differing = CliRunner().invoke(chain, ask, obj=desk.settings)
        assert differing.exit_code == 1
        assert "DIFFERS PlatformService: treasury should be" in differing.output
    finally:
        desk.rpc("anvil_setStorageAt", service, "0x2", kept)
        desk.mine(4)
