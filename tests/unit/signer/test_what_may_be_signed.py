"""The table of what may be signed: each kind in its one form, and nothing that differs from it in any part."""

import ast
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from eth_account import Account
from eth_utils.address import to_checksum_address

from app.integrations.chain import abi, permits
from app.integrations.chain.contracts import NATIVE, Escrow, SaleTerms, TenantFactory, Token, TokenSale
from app.integrations.chain.forwarding import ForwardRequest
from app.modules.chain.forms_words import KINDS
from app.modules.chain.rules_sponsoring import REQUEST_GAS, intent_key
from app.signer.allowed import ALLOWED, Asked, Known, Refused, allowed
from tests.support import tally

ROOT = Path(__file__).resolve().parents[3]
TENANT, DEAL, INVESTMENT, ALICE = (UUID(int=number << 64) for number in (1, 2, 3, 4))
FACTORY, SALE, ESCROW, EURO, WALLET, MALLORY, FORWARDER = (
    str(to_checksum_address(f"0x{number:040x}")) for number in range(11, 18)
)
PAYER = Account.from_key("0x" + "11" * 32)
OPERATOR, DEMO = f"operator-{TENANT}", f"demo-{ALICE}"
TERMS = SaleTerms(
    token=SALE, asset=EURO, proceeds=WALLET, price=1, soft_cap=1, hard_cap=2, opens_at=1, closes_at=2, min_ticket=1,
    max_ticket=0,
)  # fmt: skip


def asked(kind: str, subject: UUID, call: Any, signer: str = OPERATOR) -> Asked:
    return Asked(TENANT, kind, subject, signer, call.to, call.data, call.value)


def by_hand(artifact: str, to: str, function: str, *arguments: Any) -> Any:
    class Made:
        data = abi.calldata(artifact, function, arguments)
        value = 0

    Made.to = to  # type: ignore[attr-defined]
    return Made


def sponsored(call: Any = None, *, nonce: int = 7, by: Any = PAYER, **changes: Any) -> Asked:
    """Return the intent that carries a payment, which its payer signed; `changes` are of the request."""
    paid = call or FACT.open_escrow_with_permit(
        INVESTMENT, DEAL, 5, payer=PAYER.address, deadline=9, v=27, r=bytes(32), s=bytes(32)
    )
    request = ForwardRequest(31337, FORWARDER, PAYER.address, FACTORY, REQUEST_GAS, nonce, 9, paid.data)
    request = replace(request, **changes)
    said = request.typed_data()
    message = {name: value if value.startswith("0x") else int(value) for name, value in said["message"].items()}
    message["data"] = bytes.fromhex(request.data.removeprefix("0x"))
    made = by.sign_typed_data(full_message={**said, "message": message})
    parts = permits.taken_apart("0x" + made.signature.hex().removeprefix("0x"))
    assert parts is not None
    key = intent_key(nonce, request.digest)
    return replace(asked("gas.sponsor", INVESTMENT, request.carried(parts)), target=FORWARDER, key=key)


FACT = TenantFactory(FACTORY)
REASON = b"because".ljust(32, b"\0")
ID = abi.as_bytes32(INVESTMENT)
TOGETHER = [UUID(int=number << 64) for number in (5, 6, 7)]
IDS = [abi.as_bytes32(one, PAYER.address) for one in TOGETHER]
RELEASED = [asked("escrow.release", one, FACT.release(one, payer=PAYER.address)) for one in TOGETHER]
KNOWN = Known(
    factory=FACTORY, sales={SALE: DEAL}, escrows={ESCROW: INVESTMENT}, money=frozenset({EURO}), own_address=WALLET,
    chain_id=31337, forwarder=FORWARDER, carried=RELEASED,
)  # fmt: skip
GOOD = {
    "deal.token": asked("deal.token", DEAL, FACT.create_token(DEAL, "Harbour", "HARB", 18)),
    "deal.sale": asked("deal.sale", DEAL, FACT.create_sale(DEAL, TERMS)),
    "deal.configure": asked("deal.configure", DEAL, FACT.configure_sale(DEAL)),
    "deal.activate": asked("deal.activate", DEAL, FACT.activate_sale(DEAL)),
    "sale.finalise": asked("sale.finalise", DEAL, TokenSale(SALE).finalise()),
    "sale.fail": asked("sale.fail", DEAL, TokenSale(SALE).fail("because")),
    "sale.pause": asked("sale.pause", DEAL, TokenSale(SALE).pause()),
    "sale.unpause": asked("sale.unpause", DEAL, TokenSale(SALE).unpause()),
    "escrow.release": asked("escrow.release", INVESTMENT, by_hand("TenantFactory", FACTORY, "release", ID)),
    "escrow.release_many": asked("escrow.release_many", DEAL, FACT.release_many(IDS)),
    "escrow.reject": asked("escrow.reject", INVESTMENT, by_hand("TenantFactory", FACTORY, "reject", ID, REASON)),
    "escrow.expire": asked("escrow.expire", INVESTMENT, Escrow(ESCROW).refund()),
    "gas.sponsor": sponsored(),
    "demo.mint": asked("demo.mint", INVESTMENT, Token(EURO).mint(WALLET, 5), DEMO),
    "demo.pay": asked("demo.pay", INVESTMENT, Token(EURO).approve(FACTORY, 5), DEMO),
    "demo.refund": asked("demo.refund", INVESTMENT, Escrow(ESCROW).refund(), DEMO),
    "demo.claim": asked("demo.claim", INVESTMENT, by_hand("TokenSale", SALE, "claimRefund", ID), DEMO),
}
OTHER = UUID(int=99 << 64)
TWISTS: dict[str, Callable[[Asked], Asked]] = {
    "another contract": lambda one: replace(one, target=MALLORY),
    "coin sent along": lambda one: replace(one, value=1),
    "bytes behind the arguments": lambda one: replace(one, data=one.data + "00"),
    "arguments cut short": lambda one: replace(one, data=one.data[:-2]),
    "another function": lambda one: replace(one, data=Token(EURO).mint(MALLORY, 1).data[:9] + "0" + one.data[10:]),
    "no call at all": lambda one: replace(one, data="0x"),
    "another kind": lambda one: replace(one, kind="ledger.post"),
    "another tenant's key": lambda one: replace(one, signer=f"operator-{OTHER}"),
    "the installation's key": lambda one: replace(one, signer="owner"),
    "about something else": lambda one: replace(one, subject_id=OTHER),
}
# What these say doesn't name what they are about; what they may touch is bound in other ways.
UNBOUND = {(kind, "about something else") for kind in ("demo.mint", "demo.pay", "escrow.release_many")}


def test_every_kind_that_is_asked_for_has_a_rule_a_word_and_an_example() -> None:
    assert set(ALLOWED) == set(GOOD) == set(KINDS) - {"nonce.fill", "install"}
    for path in (ROOT / "app" / "modules").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
            if name != "intend":
                continue
            kind = next(word.value for word in node.keywords if word.arg == "kind")  # type: ignore[attr-defined]
            if isinstance(kind, ast.Constant):
                assert kind.value in ALLOWED, f"{path}: {kind.value}"
            elif isinstance(kind, ast.JoinedStr):
                prefix = kind.values[0].value  # type: ignore[attr-defined]
                assert any(known.startswith(prefix) for known in ALLOWED), f"{path}: {prefix}…"


@pytest.mark.parametrize("kind", GOOD)
def test_each_kind_is_signed_in_its_own_form(kind: str) -> None:
    assert allowed(GOOD[kind], KNOWN) == (WALLET if kind == "deal.sale" else "")


@pytest.mark.parametrize("twist", TWISTS)
def test_nothing_twisted_is_signed(twist: str) -> None:
    for kind, one in GOOD.items():
        if (kind, twist) in UNBOUND:
            continue
        with pytest.raises(Refused):
            allowed(TWISTS[twist](one), KNOWN)
        tally.count("signer: twisted requests refused")


def test_no_kind_makes_the_call_of_another() -> None:
    for kind, one in GOOD.items():
        for other in GOOD.values():
            if other.data[:10] == one.data[:10]:
                continue
            with pytest.raises(Refused):
                allowed(replace(other, kind=kind, signer=one.signer), KNOWN)
            tally.count("signer: calls of another kind refused")


def test_a_demo_wallet_may_let_only_the_factory_take_money_and_mint_only_for_itself() -> None:
    for call, kind in ((Token(EURO).approve(MALLORY, 5), "demo.pay"), (Token(EURO).mint(MALLORY, 5), "demo.mint")):
        with pytest.raises(Refused):
            allowed(asked(kind, INVESTMENT, call, DEMO), KNOWN)


def test_a_request_is_carried_only_as_its_payer_signed_it_and_for_a_payment_alone() -> None:
    paying = {"payer": PAYER.address, "deadline": 9, "v": 27, "r": bytes(32), "s": bytes(32)}
    others = FACT.open_escrow_with_permit(INVESTMENT, DEAL, 5, **{**paying, "payer": MALLORY})
    another = FACT.open_escrow_with_permit(OTHER, DEAL, 5, **paying)
    wrong = {
        "isn't signed by the wallet that pays": [
            sponsored(by=Account.from_key("0x" + "22" * 32)),
            sponsored(chain_id=1),
            sponsored(forwarder=MALLORY),
            replace(sponsored(), key=intent_key(8, "0x")),
        ],
        "isn't a payment": [
            sponsored(FACT.create_token(DEAL, "A", "A", 18)),
            sponsored(FACT.open_escrow(INVESTMENT, DEAL, 5, payer=PAYER.address, value=0)),
            replace(sponsored(), key="another:7:0x"),
            replace(sponsored(), key="sponsor:seven:0x"),
        ],
        "isn't to this tenant's factory": [sponsored(to=MALLORY)],
        "more gas than a payment needs": [sponsored(gas=REQUEST_GAS + 1)],
        "another wallet's than the request": [sponsored(others), sponsored(sender=MALLORY)],
        "about something else": [sponsored(another)],
        "the platform's forwarder": [replace(sponsored(), target=FACTORY)],
    }
    for words, requests in wrong.items():
        for one in requests:
            with pytest.raises(Refused, match=words):
                allowed(one, KNOWN)
            tally.count("signer: requests of others refused")


def many(identifiers: list[bytes]) -> Asked:
    return asked("escrow.release_many", DEAL, FACT.release_many(identifiers))


def test_releases_go_together_only_as_each_would_by_itself_and_no_other_with_them() -> None:
    foreign = abi.as_bytes32(OTHER, PAYER.address)
    another = abi.as_bytes32(TOGETHER[0], MALLORY)
    calls = {
        "an id added": [*IDS, foreign],
        "an id instead of another": [*IDS[:2], foreign],
        "the id of another wallet": [another, *IDS[1:]],
        "a doubled id": [*IDS, IDS[0]],
        "a doubled id instead of another": [*IDS[:2], IDS[0]],
        "an id left out": IDS[:2],
    }
    for words, identifiers in calls.items():
        with pytest.raises(Refused, match="something else than what the intent carries"):
            allowed(many(identifiers), KNOWN)
        tally.count("signer: forged batches refused")
        assert words
    for count in (0, 1, 21):
        with pytest.raises(Refused, match="escrows together"):
            allowed(many([abi.as_bytes32(UUID(int=number << 64)) for number in range(count)]), KNOWN)
        tally.count("signer: forged batches refused")
    assert allowed(many(IDS[::-1]), KNOWN) == ""


def test_a_release_that_may_not_be_signed_by_itself_may_not_in_a_batch() -> None:
    rejected = asked("escrow.reject", TOGETHER[2], by_hand("TenantFactory", FACTORY, "reject", IDS[2], REASON))
    carried = [
        rejected,
        replace(RELEASED[2], target=MALLORY),
        replace(RELEASED[2], tenant_id=OTHER),
        replace(RELEASED[2], subject_id=OTHER),
        replace(RELEASED[2], value=1),
        replace(RELEASED[2], data=RELEASED[2].data + "00"),
        replace(RELEASED[2], kind="escrow.release_many"),
    ]
    for one in carried:
        with pytest.raises(Refused):
            allowed(many(IDS), replace(KNOWN, carried=[*RELEASED[:2], one]))
        tally.count("signer: forged batches refused")
    with pytest.raises(Refused):
        allowed(many(IDS), replace(KNOWN, carried=()))


def test_before_a_tenant_has_a_factory_nothing_of_it_is_signed() -> None:
    for kind in ("deal.token", "escrow.release", "demo.pay"):
        with pytest.raises(Refused):
            allowed(replace(GOOD[kind], target=""), replace(KNOWN, factory=""))
    assert NATIVE not in KNOWN.sales
