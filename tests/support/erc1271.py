"""A wallet that is a contract (ERC-1271): it takes the signatures of one owner, and says so."""

import time
from typing import Any

import requests
from eth_utils.address import to_checksum_address

DEPLOYER = "0x15d34aaf54267db7d7c367839aaf71a00a2c6a65"  # one of anvil's own, which it signs for


def code(owner: str) -> str:
    """Return the creation code of a contract that compares the recovered signer with `owner`, by hand.

    isValidSignature(bytes32 hash, bytes signature): calldata has the selector, the hash at 4, the offset of the bytes
    at 36, their length at 68, then r at 100, s at 132 and v in the first byte of 164. ecrecover is precompile 1.
    """
    run = bytes.fromhex(
        "600435" "600052"  # mem[0] = hash
        "60a435" "60f81c" "602052"  # mem[32] = v
        "606435" "604052"  # mem[64] = r
        "608435" "606052"  # mem[96] = s
        "6020" "6080" "6080" "6000" "6001" "5a" "fa" "50"  # staticcall(gas, 1, 0, 128, 128, 32)
        "608051" "73" + owner[2:].lower() + "14"  # signer == owner
        "7f1626ba7e" + "00" * 28 + "02"  # … × magic
        "600052" "60206000f3"
    )  # fmt: skip
    create = bytes.fromhex(f"60{len(run):02x}600c60003960{len(run):02x}6000f3")
    assert len(create) == 12
    return "0x" + (create + run).hex()


def deploy(rpc_url: str, owner: str) -> str:
    """Put such a wallet on the local chain; return its address."""
    sent = _rpc(rpc_url, "eth_sendTransaction", {"from": DEPLOYER, "data": code(owner), "gas": hex(500_000)})
    until = time.monotonic() + 10
    while (receipt := _rpc(rpc_url, "eth_getTransactionReceipt", sent)) is None:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert receipt["status"] == "0x1"
    return str(to_checksum_address(receipt["contractAddress"]))


def _rpc(url: str, method: str, *params: object) -> Any:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
    answer = requests.post(url, json=body, timeout=30).json()
    assert "error" not in answer, answer
    return answer["result"]
