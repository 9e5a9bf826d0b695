"""The doors without a browser: what the worker and the operator's command line may reach (battery B05).

A task with another tenant's ids does nothing to either; one of a tenant that isn't there ends as a failed job that the
operator sees. Every command is in `commands.txt`, which says whose things it touches; one about a tenant names it and
refuses one that isn't there.
"""

import asyncio
import inspect
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import psycopg
import pytest
from click.testing import CliRunner
from procrastinate import App
from sqlalchemy.engine import make_url

from app import registry, wiring
from app.config import Settings
from app.factory import create_cli
from app.worker import run as worker
from tenants import ids
from tenants.errors import UnknownTenant
from tests.support import tally
from tests.support.sample import Sample
from tests.support.services import postgres_admin_url

DECLARED = Path(__file__).with_name("commands.txt")
# What a task is about → where such things stand.
TABLES = {
    "provider_id": "identity_providers", "issuer_id": "jwt_issuers", "challenge_id": "wallet_challenges",
    "message_id": "mails", "intent_id": "chain_intents", "deployment_id": "chain_deployments", "deal_id": "deals",
    "investment_id": "investments", "delivery_id": "webhook_deliveries", "event_id": "outbox_events",
}  # fmt: skip
LOST, LAST_TRY = "proof-lost", 12


@pytest.fixture(scope="module")
def superuser(chained: Settings) -> Iterator[psycopg.Connection[Any]]:
    url = make_url(postgres_admin_url()).set(database=make_url(chained.tenant_url).database, drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def jobs(chained: Settings) -> App:
    """The queue with every task the product has, as the worker has it."""
    ports = wiring.ports(chained)
    return worker.queue(chained, handlers=registry.handlers(), tasks=registry.tasks(), ports=ports)


def contents(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Return a fingerprint of every tenant table's rows."""
    tables = connection.execute(
        "select table_name from information_schema.tables where table_schema = 'app' and table_type = 'BASE TABLE'"
    ).fetchall()
    rows = "select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from app.{} t"
    return {name: connection.execute(rows.format(name)).fetchone()[0] for (name,) in tables}  # type: ignore[index]


def arguments_of(name: str) -> dict[str, str]:
    """Return the parameters of a task: name → annotation."""
    if name == "outbox.deliver":
        return {"event_id": "str"}
    parameters = list(inspect.signature(registry.tasks()[name]).parameters.values())[1:]
    return {one.name: str(one.annotation) for one in parameters}


def foreign(connection: psycopg.Connection[Any], name: str, tenant_id: UUID) -> dict[str, Any]:
    """Return arguments of a task about things of this tenant; ids of what it has none of are made up."""
    given: dict[str, Any] = {}
    for parameter, kind in arguments_of(name).items():
        if parameter in TABLES:
            asked = f"select id from app.{TABLES[parameter]} where tenant_id = %s limit 1"
            row = connection.execute(asked, (tenant_id,)).fetchone()
            given[parameter] = str(row[0] if row else ids.new())
        else:
            assert "int" in kind, f"{name} has the parameter {parameter}, of which nothing is known here"
            given[parameter] = 1
    return given


def refuses(jobs: App, name: str, **arguments: Any) -> bool:
    """Run a task; tell whether it raised, rather than find nothing to do."""
    try:
        jobs.tasks[name](**arguments)
    except Exception:  # noqa: BLE001 - each has its own word for what isn't there
        return True
    return False


def test_a_task_with_another_tenants_ids_changes_nothing(
    jobs: App, superuser: psycopg.Connection[Any], sample: Sample, marked: tuple[Sample, str, int]
) -> None:
    zeta, known = marked[0].site, 0
    names = [name for name in ("outbox.deliver", *registry.tasks()) if arguments_of(name)]
    assert len(names) > 8
    for name in names:
        theirs = foreign(superuser, name, zeta.id)
        before = contents(superuser)
        known += refuses(jobs, name, tenant_id=str(sample.site.id), **theirs)
        after = contents(superuser)
        assert {table for table in before if before[table] != after[table]} == set(), name
        tally.count("B05 tasks with another tenant's ids: changed nothing")
    assert known > 6  # the others find nothing to do


def test_a_task_of_a_tenant_that_is_not_there_raises(jobs: App, superuser: psycopg.Connection[Any]) -> None:
    for name in registry.tasks():
        given = foreign(superuser, name, ids.new())
        with pytest.raises(UnknownTenant):
            jobs.tasks[name](tenant_id=str(ids.new()), **given)
        tally.count("B05 tasks of a tenant that isn't there: refused")


def test_such_a_job_ends_among_those_that_failed(
    jobs: App, superuser: psycopg.Connection[Any], chained: Settings
) -> None:
    async def give_up() -> None:
        async with jobs.open_async():
            for name in registry.tasks():
                given = foreign(superuser, name, ids.new())
                await jobs.configure_task(name, queue=LOST).defer_async(tenant_id=str(ids.new()), **given)
            superuser.execute(
                "update jobs.procrastinate_jobs set attempts = %s where queue_name = %s", (LAST_TRY, LOST)
            )
            await jobs.run_worker_async(queues=[LOST], wait=False, install_signal_handlers=False, listen_notify=False)

    asyncio.run(give_up())
    states = dict(
        superuser.execute(
            "select status::text, count(*) from jobs.procrastinate_jobs where queue_name = %s group by 1", (LOST,)
        ).fetchall()
    )
    assert states == {"failed": len(registry.tasks())}
    listed = CliRunner().invoke(create_cli().commands["jobs"], ["list"], obj=chained)
    assert listed.exit_code == 0, listed.output
    assert all(name in listed.output for name in registry.tasks())
    superuser.execute("set search_path = jobs")  # the queue's own trigger looks for its tables there
    superuser.execute("delete from jobs.procrastinate_jobs where queue_name = %s", (LOST,))
    superuser.execute("reset search_path")
    tally.count("B05 tasks that ended among the failed jobs", len(registry.tasks()))


def commands() -> dict[str, click.Command]:
    """Return every command of `portico` by its words."""
    found: dict[str, click.Command] = {}

    def walk(command: click.Command, words: tuple[str, ...]) -> None:
        if isinstance(command, click.Group):
            for name, inner in command.commands.items():
                walk(inner, (*words, name))
        else:
            found[" ".join(words)] = command

    walk(create_cli(), ())
    return found


def whose(command: click.Command) -> str:
    """Return whose things a command touches: one tenant's that has to be named, or the installation's."""
    named = next((one for one in command.params if one.name == "slug"), None)
    if named is None:
        return "the installation"
    return "one tenant" if named.required else "the installation, or one tenant"


def test_every_command_says_whose_things_it_touches() -> None:
    now = sorted(f"{name} | {whose(command)}" for name, command in commands().items())
    if os.environ.get("PORTICO_WRITE_DOORS"):
        DECLARED.write_text("\n".join(now) + "\n")
    assert now == DECLARED.read_text().splitlines()
    tally.count("B05 commands that say whose things they touch", len(now))


def typed(command: click.Command, slug: str) -> list[str]:
    """Return arguments that are complete and name this tenant."""
    given: list[str] = []
    for one in command.params:
        if one.name != "slug" and not one.required:
            continue
        kind = one.type
        value = slug if one.name == "slug" else kind.choices[0] if isinstance(kind, click.Choice) else "1"
        if one.name == "address":
            value = "0x" + "11" * 20
        if isinstance(kind, click.File | click.Path):
            value = __file__
        given += [value] if isinstance(one, click.Argument) else [one.opts[0], str(value)]
    return given


def test_a_command_about_a_tenant_that_is_not_there_says_so_and_changes_nothing(
    chained: Settings, superuser: psycopg.Connection[Any], sample: Sample
) -> None:
    before, missing = contents(superuser), "no-such-tenant"
    asked = {name: command for name, command in commands().items() if whose(command) != "the installation"}
    assert len(asked) > 12
    for name, command in asked.items():
        if name == "tenants found":  # its slug is the new tenant's
            continue
        said = CliRunner().invoke(command, typed(command, missing), obj=connected(name, chained))
        assert said.exit_code != 0, f"{name}: {said.output}"
        assert isinstance(said.exception, SystemExit), f"{name}: {said.exception!r}"
        assert missing in said.output, f"{name}: {said.output}"
        tally.count("B05 commands that refuse a tenant that isn't there")
    assert contents(superuser) == before


def connected(name: str, settings: Settings) -> Any:
    """Return what the group hands to a command; `audit` is handed the way to connect."""
    return (lambda: settings) if name.startswith("audit ") else settings


def test_a_command_about_one_tenant_finds_nobody_of_another(
    chained: Settings, superuser: psycopg.Connection[Any], sample: Sample, marked: tuple[Sample, str, int]
) -> None:
    email = superuser.execute(
        "select email from app.users where tenant_id = %s and name ilike 'ben%%'", (marked[0].site.id,)
    ).fetchone()
    assert email is not None
    theirs = email[0].replace("@", "+zeta@")
    superuser.execute("update app.users set email = %s where email = %s and tenant_id = %s",
                      (theirs, email[0], marked[0].site.id))  # fmt: skip
    before = contents(superuser)
    for words, more in (("users grant", ["--role", "tenant_admin"]), ("users reset-factors", [])):
        arguments = ["--tenant", sample.site.slug, "--email", theirs, *more]
        said = CliRunner().invoke(commands()[words], arguments, obj=chained)
        assert said.exit_code == 1, said.output
        assert "Nobody" in said.output
        tally.count("B05 commands that find nobody of another tenant")
    listed = CliRunner().invoke(commands()["users list"], ["--tenant", sample.site.slug], obj=chained)
    assert theirs not in listed.output
    assert contents(superuser) == before
