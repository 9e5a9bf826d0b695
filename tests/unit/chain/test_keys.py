"""The keystore: one key a name, encrypted, private, the same after a restart and under a race."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from eth_account import Account

from app.integrations.chain.keys import demo_address
from app.integrations.chain.port import Call, Fees
from app.integrations.keys import transactions
from app.integrations.keys.keystore import Keystore


def keystore(folder: Path, secret: str = "installation") -> Keystore:
    return Keystore(folder / "keys", password_file=folder / "secrets" / "keystore.password", demo_secret=secret)


def test_a_key_is_made_once_and_found_again(tmp_path: Path) -> None:
    first = keystore(tmp_path).key("owner").address
    assert keystore(tmp_path).key("owner").address == first
    assert keystore(tmp_path).key("treasury").address != first


def test_files_are_private_and_encrypted(tmp_path: Path) -> None:
    keystore(tmp_path).key("owner")
    for file in (tmp_path / "keys" / "owner.json", tmp_path / "secrets" / "keystore.password"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads((tmp_path / "keys" / "owner.json").read_text())["version"] == 3
    assert [file.name for file in (tmp_path / "keys").iterdir()] == ["owner.json"]


def test_a_race_for_a_new_key_ends_with_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: keystore(tmp_path).key("owner").address, range(8)))) == 1


def test_demo_wallets_follow_from_the_installations_secret_and_are_never_stored(tmp_path: Path) -> None:
    user = "0197c0de-0000-7000-8000-00000000abcd"
    store = keystore(tmp_path)
    assert store.key(f"demo-{user}").address == demo_address("installation", user)
    assert demo_address("another", user) != demo_address("installation", user)
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("name", ["../owner", "owner.json", "", "Owner", "demo-", "operator-/etc/passwd"])
def test_names_that_could_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no name of a key"):
        keystore(tmp_path).key(name)


def test_signatures_are_the_senders_and_the_same_each_time(tmp_path: Path) -> None:
    store, call = keystore(tmp_path), Call("0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "0xabcd", 5)
    signed = [
        transactions.sign(store.key("owner"), call, chain_id=31337, nonce=3, gas=21_000, fees=Fees(9, 1))
        for _ in range(2)
    ]
    assert signed[0] == signed[1]
    assert Account.recover_transaction(signed[0].raw) == store.key("owner").address
