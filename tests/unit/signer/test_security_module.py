"""Keys in a security module: a real PKCS#11 library (SoftHSM) signs what nodes accept, where the machine has one."""

import shutil
import subprocess
from pathlib import Path

import pytest
from eth_account import Account

from app.integrations.chain.port import Call, Fees
from app.integrations.keys import transactions
from app.integrations.keys.port import is_low
from tests.support import tally

LIBRARY = Path("/usr/lib/softhsm/libsofthsm2.so")


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The label of a token of its own, in a folder of the test; nothing without the library."""
    if not LIBRARY.exists():  # scripts/test --packages installs it
        return ""
    (tmp_path / "tokens").mkdir()
    config = tmp_path / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {tmp_path / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(config))
    tool = shutil.which("softhsm2-util")
    assert tool
    make = [tool, "--init-token", "--free", "--label", "portico", "--pin", "1234", "--so-pin", "5678"]
    subprocess.run(make, check=True, capture_output=True)
    return "portico"


def test_the_module_makes_keys_that_never_leave_and_signs_what_nodes_accept(module: str) -> None:
    if not module:
        tally.count("signer: signatures of a security module (not on this machine)", 0)
        return
    from app.integrations.keys.pkcs11 import SecurityModule  # noqa: PLC0415 - only where there is a library

    keys = SecurityModule(LIBRARY, token=module, pin="1234")
    owner = keys.key("owner")
    assert keys.key("owner").address == owner.address != keys.key("treasury").address
    parities = set()
    for nonce in range(40):
        call = Call("0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "0xabcd", nonce)
        signed = transactions.sign(owner, call, chain_id=31337, nonce=nonce, gas=21_000, fees=Fees(9, 1))
        assert Account.recover_transaction(signed.raw) == owner.address
        made = owner.sign_digest(bytes([nonce]) * 32)
        assert is_low(made.s)
        parities.add(made.parity)
    assert parities == {0, 1}
    with pytest.raises(ValueError, match="no name of a key"):
        keys.key("../owner")
    keys.close()
    tally.count("signer: signatures of a security module", 40)
