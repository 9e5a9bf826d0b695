"""Calls are encoded without a network exactly as web3.py would, and answers, logs and errors are read back."""

from typing import Any
from uuid import UUID

import pytest
from web3 import Web3

from app.integrations.chain import abi
from app.integrations.chain.contracts import (
    NATIVE,
    Escrow,
    PlatformService,
    SaleTerms,
    TenantFactory,
    Token,
    checksummed,
)
from app.integrations.chain.port import Log

INVESTMENT = UUID("0197c0de-0000-7000-8000-00000000abcd")
DEAL = UUID("0197c0de-1111-7000-8000-00000000ef01")
ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
TERMS = SaleTerms(ADDRESS, NATIVE, ADDRESS, 10**8, 1, 2**95, 1_800_000_000, 1_800_000_001, 5, 0)


def oracle(contract: str, function: str, *arguments: Any) -> str:
    return str(Web3().eth.contract(abi=abi.artifact(contract)["abi"]).encode_abi(function, args=list(arguments)))


def test_calls_are_encoded_as_web3_would() -> None:
    factory, deal, investment = TenantFactory(ADDRESS), abi.as_bytes32(DEAL), abi.as_bytes32(INVESTMENT, ADDRESS)
    pairs = [
        (factory.create_token(DEAL, "Hafen Çelik", "HAF", 18), "createToken", (deal, "Hafen Çelik", "HAF", 18)),
        (factory.create_sale(DEAL, TERMS), "createSale", (deal, TERMS.packed())),
        (factory.configure_sale(DEAL), "configureSale", (deal,)),
        (factory.activate_sale(DEAL), "activateSale", (deal,)),
        (factory.open_escrow(INVESTMENT, DEAL, 7, payer=ADDRESS, value=7), "openEscrow", (investment, deal, 7)),
        (factory.release(INVESTMENT, payer=ADDRESS), "release", (investment,)),
        (factory.reject(INVESTMENT, "no", payer=ADDRESS), "reject", (investment, b"no".ljust(32, b"\0"))),
    ]
    for call, function, arguments in pairs:
        assert call.data == oracle("TenantFactory", function, *arguments), function
    assert Token(ADDRESS).approve(ADDRESS, 2**200).data == oracle("DemoEuro", "approve", ADDRESS, 2**200)
    assert Escrow(ADDRESS).refund().data == oracle("Escrow", "refund")
    made = PlatformService(ADDRESS).create_tenant(DEAL, ADDRESS, ADDRESS)
    assert made.data == oracle("PlatformService", "createTenant", deal, ADDRESS, ADDRESS)


def test_ids_go_to_the_chain_and_back() -> None:
    assert abi.as_uuid("0x" + abi.as_bytes32(INVESTMENT).hex()) == INVESTMENT
    bound = abi.as_bytes32(INVESTMENT, ADDRESS)
    assert abi.as_uuid("0x" + bound.hex()) == INVESTMENT
    assert bound[16:].hex() == ADDRESS[-32:].lower()


def test_a_log_is_read_with_its_indexed_and_other_values() -> None:
    contract: Any = Web3().eth.contract(abi=abi.artifact("TenantFactory")["abi"])
    topic = "0x" + Web3.keccak(text="EscrowOpened(bytes32,bytes32,address,address,address,uint256,uint64,uint64)").hex()
    data = Web3().codec.encode(["address", "address", "uint256", "uint64", "uint64"], [ADDRESS, NATIVE, 2**90, 1, 2])
    topics = (
        topic,
        "0x" + abi.as_bytes32(INVESTMENT).hex(),
        "0x" + abi.as_bytes32(DEAL).hex(),
        "0x" + "0" * 24 + ADDRESS[2:],
    )
    said = TenantFactory(ADDRESS).read(Log(ADDRESS, topics, data, 1, "0x", "0x", 0))
    assert contract.events.EscrowOpened is not None
    assert said is not None
    assert said.name == "EscrowOpened"
    assert (said.args["payer"], said.args["amount"], said.args["asset"]) == (ADDRESS, 2**90, NATIVE)
    assert abi.as_uuid(said.args["investmentId"]) == INVESTMENT


def test_unknown_logs_are_passed_over() -> None:
    assert TenantFactory(ADDRESS).read(Log(ADDRESS, ("0x" + "12" * 32,), b"", 1, "0x", "0x", 0)) is None
    assert TenantFactory(ADDRESS).read(Log(ADDRESS, (), b"", 1, "0x", "0x", 0)) is None


def test_a_log_that_only_looks_like_ours_is_passed_over() -> None:
    topic = "0x" + Web3.keccak(text="EscrowReduced(bytes32,address,uint256)").hex().removeprefix("0x")
    ours = Log(ADDRESS, (topic, "0x" + INVESTMENT.hex + "0" * 32), bytes(64), 1, "0x", "0x", 0)
    assert TenantFactory(ADDRESS).read(ours) is not None
    for topics, data in (((topic,), bytes(64)), (ours.topics, b"\1"), (ours.topics, b"\xff" * 64), ((topic,) * 3, b"")):
        assert TenantFactory(ADDRESS).read(Log(ADDRESS, topics, data, 1, "0x", "0x", 0)) is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("0x" + Web3.keccak(text="EscrowDesk_Paused()")[:4].hex(), "EscrowDesk_Paused()"),
        ("0x08c379a0" + Web3().codec.encode(["string"], ["no luck"]).hex(), "no luck"),
        ("0x12345678", "the contract refused (0x12345678)"),
        ("0x08c379a0ff", "the contract refused"),
    ],
)
def test_refusals_are_read(data: str, words: str) -> None:
    assert abi.refusal(data).words == words


def test_a_refusal_names_its_values() -> None:
    selector = Web3.keccak(text="TokenSale_HardCapExceeded(uint256,uint256)")[:4].hex()
    data = "0x" + selector + Web3().codec.encode(["uint256", "uint256"], [5, 3]).hex()
    refused = abi.refusal(data)
    assert (refused.name, refused.words) == ("TokenSale_HardCapExceeded", "TokenSale_HardCapExceeded(amount=5, left=3)")


@pytest.mark.parametrize("text", [ADDRESS, ADDRESS.lower(), "0x" + ADDRESS[2:].upper()])
def test_an_address_gets_its_checksum(text: str) -> None:
    assert checksummed(text) == ADDRESS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        ADDRESS[2:],
        ADDRESS[:-1],
        ADDRESS + "0",
        ADDRESS.replace("C8", "c8"),
        "0x" + "g" * 40,
        " " + ADDRESS,
        "irene.eth",
    ],
)
def test_what_is_no_address_or_has_a_wrong_checksum_is_refused(text: str) -> None:
    assert checksummed(text) is None


def test_every_function_that_is_called_exists_in_the_contracts() -> None:
    used = {
        "TenantFactory": ["createToken", "createSale", "dealOf", "escrowOf", "OPERATOR_ROLE", "hasRole"],
        "PlatformService": ["factoryOf", "factoryAddress", "pause", "unpause"],
        "DemoEuro": ["balanceOf", "decimals", "mint"],
    }
    for contract, functions in used.items():
        names = {part["name"] for part in abi.artifact(contract)["abi"] if part["type"] == "function"}
        assert set(functions) <= names
