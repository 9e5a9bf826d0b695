"""The store on disk keeps bytes whole, private and apart."""

import hashlib
import stat
from pathlib import Path

import pytest

from app.integrations.storage.live import LocalStorage
from app.integrations.storage.memory import MemoryStorage
from app.integrations.storage.port import Damaged, Missing, Storage
from tenants import ids

ACME, ZETA = ids.new(), ids.new()


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return LocalStorage(tmp_path / "files") if request.param == "local" else MemoryStorage()


def test_bytes_come_back_under_their_hash(store: Storage) -> None:
    sha256 = store.put(ACME, b"memorandum")
    assert sha256 == hashlib.sha256(b"memorandum").hexdigest()
    assert store.put(ACME, b"memorandum") == sha256
    assert store.get(ACME, sha256) == b"memorandum"


def test_another_tenants_bytes_are_missing(store: Storage) -> None:
    with pytest.raises(Missing):
        store.get(ZETA, store.put(ACME, b"memorandum"))


def test_what_is_removed_is_missing(store: Storage) -> None:
    sha256 = store.put(ACME, b"memorandum")
    store.put(ZETA, b"memorandum")
    assert [store.remove(ACME, sha256), store.remove(ACME, sha256)] == [True, False]
    with pytest.raises(Missing):
        store.get(ACME, sha256)
    assert store.get(ZETA, sha256) == b"memorandum"


def test_files_are_private_and_nothing_unfinished_stays(tmp_path: Path) -> None:
    LocalStorage(tmp_path).put(ACME, b"memorandum")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [stat.S_IMODE(path.stat().st_mode) for path in files] == [0o600]
    folders = [path for path in tmp_path.rglob("*") if path.is_dir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}


def test_damage_is_noticed(tmp_path: Path) -> None:
    store = LocalStorage(tmp_path)
    sha256 = store.put(ACME, b"memorandum")
    next(path for path in tmp_path.rglob(sha256)).write_bytes(b"forged")
    with pytest.raises(Damaged):
        store.get(ACME, sha256)
