"""The operator's command line: `portico …`."""

from collections.abc import Callable, Sequence

import click

from app.cli import jobs, seed
from app.config import Settings
from app.integrations.passwords import live as known_passwords
from app.integrations.passwords import port as passwords
from app.integrations.storage import port as storage
from app.integrations.storage.live import LocalStorage
from tenants import migrate, session


def group(
    *,
    modules: Sequence[click.Command],
    run_worker: Callable[[Settings], None],
    settling: Callable[[Settings], Callable[[], None]],
) -> click.Group:
    """Return the group `portico` with every module's commands, `db`, `seed` and `worker`."""

    @click.group(name="portico")
    @click.pass_context
    def portico(context: click.Context) -> None:
        """Run and look after a Portico installation."""
        # `audit verify` works anywhere, without an installation: the group `audit` connects where it has to.
        context.obj = connect if context.invoked_subcommand == "audit" else connect()

    @portico.command()
    @click.pass_obj
    def worker(settings: Settings) -> None:
        """Take jobs from the queue until stopped."""
        run_worker(settings)

    @portico.command(name="metrics-token")
    @click.pass_obj
    def metrics_token(settings: Settings) -> None:
        """Print what Prometheus has to show at /metrics."""
        click.echo(settings.metrics_key)

    portico.add_command(_db())
    portico.add_command(seed.commands(settling))
    portico.add_command(jobs.jobs)
    for command in modules:
        portico.add_command(command)
    return portico


def connect() -> Settings:
    """Return the settings of this installation, its database and files within reach."""
    settings = Settings.from_env()
    session.connect(settings.urls, pool_size=2, statement_timeout=300)
    storage.connect(LocalStorage(settings.files), secret_key=settings.secret_key)
    passwords.connect(known_passwords.load(settings.home / known_passwords.FILE))
    return settings


def _db() -> click.Group:
    @click.group()
    def db() -> None:
        """Look after the database."""

    @db.command(name="migrate")
    @click.pass_obj
    def migrate_(settings: Settings) -> None:
        """Bring the schema to the newest revision."""
        if not settings.migrator_url:
            raise click.ClickException("Set PORTICO_MIGRATOR_URL: migrations run as the role app_migrator.")
        migrate.upgrade(settings.migrator_url)
        click.echo("The schema is up to date.")

    return db
