"""`scripts/up` from the moment the packages are there: start everything, greet, look after it until told to stop."""

import sys
import time
from urllib.parse import urlsplit

import psycopg

from app.config import Settings, new_secret
from app.embedded import services
from app.embedded.anvil_rpc import AnvilRpc
from app.embedded.chain import CHAIN_ID, Chain
from app.embedded.errors import ChainFailed, PortInUse, SetupError
from app.embedded.fingerprint import fingerprint
from app.embedded.home import Home
from app.embedded.options import Options
from app.embedded.ports import is_free
from app.embedded.postgres import Postgres
from app.embedded.progress import step
from app.embedded.supervisor import Stopped, Supervisor, stop_on_signals
from tenants import bootstrap

DATABASE = "portico"
_FIRST_START_MB, _LATER_START_MB = 500, 100


def main() -> int:
    """Run until stopped; returns the exit code: 0 when told to stop, 1 when it could not start."""
    supervisor = Supervisor(say)
    try:
        stop_on_signals()
        options = Options.read()
        home = Home(options.home)
        with home.lock("supervisor", "Portico"):
            try:
                _start(supervisor, home, options)
                print(_greeting(home), flush=True)
                supervisor.watch()
            finally:
                supervisor.stop()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except Stopped:
        print("\nPortico has stopped.", flush=True)
        return 0


def say(line: str) -> None:
    """Print one line with the time of day (UTC)."""
    print(f"{time.strftime('%H:%M:%S', time.gmtime())} {line}", flush=True)


def _start(supervisor: Supervisor, home: Home, options: Options) -> None:
    home.require_disk(_LATER_START_MB if (home.root / "settings.json").exists() else _FIRST_START_MB)
    _await_port(options)
    services.begin_counting(home)
    with step("Starting the database"):
        admin_url = options.database_url or _postgres(supervisor, home)
    with step("Preparing roles and schemas"):
        access = _access(admin_url, home, embedded=not options.database_url)
    with step("Starting the chain"):
        rpc_url, chain_id = _chain(supervisor, home, options)
    _save(home, options, access, rpc_url, chain_id)
    with step("Starting the signer"):
        supervisor.take(services.signer(home, options))
    _prepare(home, options, admin_url, rpc_url)
    with step("Starting web server and worker"):
        supervisor.take(services.web(home, options))
        supervisor.take(services.worker(home, options))


def _await_port(options: Options) -> None:
    """A predecessor that was killed may still be letting go of the port."""
    for _ in range(15):
        if is_free(options.port, options.host):
            return
        time.sleep(0.2)
    raise PortInUse(f"Port {options.port} is in use by another program; set PORT to a free one.")


def _postgres(supervisor: Supervisor, home: Home) -> str:
    postgres = Postgres(home)
    supervisor.take(postgres)
    return postgres.admin_url


def _access(admin_url: str, home: Home, *, embedded: bool) -> bootstrap.Access:
    database = DATABASE if embedded else urlsplit(admin_url).path.lstrip("/") or DATABASE
    try:
        return bootstrap.prepare(admin_url, database=database, secrets_dir=home.root / "secrets")
    except psycopg.Error as error:
        which = "The embedded database" if embedded else "The database at DATABASE_URL"
        reason = str(error).strip().splitlines()[0]
        raise SetupError(f"{which} could not be prepared: {reason}") from error


def _chain(supervisor: Supervisor, home: Home, options: Options) -> tuple[str, int]:
    if not options.rpc_url:
        chain = Chain(home)
        supervisor.take(chain)
        return chain.url, CHAIN_ID
    try:
        return options.rpc_url, int(AnvilRpc(options.rpc_url).call("eth_chainId"), 16)
    except ChainFailed as error:
        raise ChainFailed(f"The chain at RPC_URL ({options.rpc_url}) does not answer.") from error


def _save(home: Home, options: Options, access: bootstrap.Access, rpc_url: str, chain_id: int) -> None:
    """Write what the other processes of this installation read."""
    kept = home.root / "secrets" / "secret_key"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(new_secret())
    Settings(
        home=home.root,
        secret_key=kept.read_text(),
        tenant_url=access.tenant,
        platform_url=access.platform,
        queue_url=access.queue,
        migrator_url=access.migrator,
        port=options.port,
        rpc_url=rpc_url,
        chain_id=chain_id,
    ).save()


def _prepare(home: Home, options: Options, admin_url: str, rpc_url: str) -> None:
    """Run the preparation unless it succeeded with exactly this program, database and chain: that saves seconds."""
    done = home.root / "prepared"
    try:
        work = fingerprint(admin_url, rpc_url, home.root / "settings.json")
    except psycopg.Error:  # a database that doesn't say who it is
        work = ""
    if (
        work
        and done.exists()
        and done.read_text() == work
        and home.greeting.exists()
        and (home.root / "static").exists()
    ):
        return
    done.unlink(missing_ok=True)
    services.prepare(home, options)
    done.write_text(work)


def _greeting(home: Home) -> str:
    return f"\nPortico is ready\n\n{home.greeting.read_text()}\nLogs: {home.logs}   Stop with Ctrl-C."


if __name__ == "__main__":
    sys.exit(main())
