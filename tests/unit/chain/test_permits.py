"""What of a wallet's signature a contract would take, and whether it is the owner's."""

from dataclasses import replace

import pytest
from eth_account import Account

from app.integrations.chain import permits
from app.integrations.chain.permits import Domain, Permit

EURO = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
SPENDER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
OWNER = Account.from_key("0x" + "11" * 32)
PERMIT = Permit(Domain("Demo Euro", "1", 31337, EURO), OWNER.address, SPENDER, 5_000_000, 3, 1_800_000_000)


def signed(permit: Permit = PERMIT) -> str:
    said = permit.typed_data()
    message = {name: value if value.startswith("0x") else int(value) for name, value in said["message"].items()}
    made = OWNER.sign_typed_data(full_message={**said, "message": message})
    return "0x" + made.signature.hex().removeprefix("0x")


def test_the_owners_signature_of_exactly_this_is_taken() -> None:
    parts = permits.taken_apart(signed())
    assert parts is not None
    assert permits.is_signed(PERMIT, parts)
    for change in (
        {"value": 5_000_001},
        {"nonce": 4},
        {"deadline": 1_800_000_001},
        {"spender": EURO},
        {"owner": SPENDER},
    ):
        assert not permits.is_signed(replace(PERMIT, **change), parts), change  # type: ignore[arg-type]
    other = replace(PERMIT, domain=replace(PERMIT.domain, chain_id=1))
    assert not permits.is_signed(other, parts)


@pytest.mark.parametrize(
    "spoil", ["", "0x", "0x00", "no", "0x" + "00" * 65, "0x" + "ff" * 65, signed()[2:], signed() + "00"]
)
def test_what_no_contract_would_take_is_none(spoil: str) -> None:
    assert permits.taken_apart(spoil) is None


def test_the_other_signature_of_the_same_message_is_refused() -> None:
    """For each (r, s, v) there is (r, -s, v'); tokens take only the lower s, so that none can be replaced."""
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    raw = bytes.fromhex(signed()[2:])
    flipped = order - int.from_bytes(raw[32:64])
    assert permits.taken_apart("0x" + (raw[:32] + flipped.to_bytes(32) + bytes([55 - raw[64]])).hex()) is None


def test_wallets_that_count_from_zero_are_understood() -> None:
    raw = bytes.fromhex(signed()[2:])
    assert permits.taken_apart("0x" + (raw[:64] + bytes([raw[64] - 27])).hex()) == permits.taken_apart(signed())
