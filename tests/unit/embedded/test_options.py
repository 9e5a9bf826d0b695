"""The environment's words about a start, understood or refused with a sentence."""

from pathlib import Path

import pytest

from app.embedded.binaries import CHECKOUT
from app.embedded.errors import NotEnoughDisk, SetupError
from app.embedded.home import Home
from app.embedded.options import Options


def test_with_nothing_said_portico_listens_on_loopback_port_8000_and_keeps_its_state_in_the_checkout() -> None:
    options = Options.read({})
    assert (options.host, options.port, options.home) == ("127.0.0.1", 8000, CHECKOUT / ".state")
    assert options.database_url == options.rpc_url == ""


def test_every_setting_can_be_said() -> None:
    said = {"PORT": "81", "HOST": "::1", "PORTICO_HOME": "/h", "DATABASE_URL": "d", "RPC_URL": "r", "WEB_WORKERS": "3"}
    assert Options.read(said) == Options(Path("/h"), "::1", 81, "d", "r", 3)


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "８０", "8000 "])
def test_a_port_that_is_none_is_refused_by_name(port: str) -> None:
    with pytest.raises(SetupError, match=r"PORT is .* from 1 to 65535"):
        Options.read({"PORT": port})


def test_a_full_disk_is_told_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughDisk, match="MB left and Portico needs"):
        Home(tmp_path / "home").require_disk(10**12)


def test_a_home_that_is_a_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(SetupError, match="Cannot write to"):
        Home(tmp_path / "home")


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert home.secret("word") == Home(home.root).secret("word") != home.secret("other")
