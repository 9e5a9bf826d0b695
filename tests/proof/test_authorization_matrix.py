"""Who may enter where: every door × everybody × a thing that exists and one that doesn't, against `doors.txt`.

`doors.txt` is the declaration that people read and review. A door that isn't in it, or that answers anybody otherwise
than it says, fails. After a deliberate change: `PORTICO_WRITE_DOORS=1 scripts/test tests/proof`, and read the
difference line by line before it is committed.
"""

import os
from collections import defaultdict
from pathlib import Path

import pytest

from app.core import clock
from app.core.permissions import Role
from app.lifecycle import Platform
from app.modules.accounts import service as accounts
from tenants.service import Site
from tenants.session import tenant_session
from tests.conftest import found
from tests.support import doors, tally
from tests.support.doors import ABSENT, FORBIDDEN, IN, SIGN_IN, Caller, Door
from tests.support.investing import person
from tests.support.sample import Sample

DECLARED = Path(__file__).with_name("doors.txt")
ORDER = (IN, FORBIDDEN, ABSENT, SIGN_IN)
# Who is refused something about a thing that they may know of, and why they may.
MAY_KNOW = {
    ("POST /issuer/deals/<uuid:deal_id>/<any(withdraw, cancel):verb>", "irene"): "it is her own deal",
    ("POST /issuer/deals/<uuid:deal_id>/comments", "otto"): "he reviews it, and comments on the review page",
    ("POST /api/issuer/deals/<uuid:deal_id>/<any(submit, withdraw, cancel):verb>", "irene"): "it is her own deal",
    ("POST /manage/approvals/<uuid:approval_id>/approve", "otto"): "it is his own request",
    ("POST /manage/approvals/<uuid:approval_id>/decline", "otto"): "it is his own request",
    ("POST /api/admin/approvals/<uuid:approval_id>/approve", "otto"): "it is his own request",
    ("POST /api/admin/approvals/<uuid:approval_id>/decline", "otto"): "it is his own request",
}
Table = dict[str, dict[str, str]]  # door and thing → who → verdict
Told = dict[tuple[str, str, str], tuple[int, str]]  # door, who, thing → what a refusal said


@pytest.fixture(scope="module")
def callers(app: Platform, sample: Sample) -> dict[str, Caller]:
    """Everybody on acme's host; and sam on the installation's."""
    made = {"nobody": Caller(app, sample.site.host)}
    for who in ("mona", "alice", "ada", "irene", "otto", "carol"):
        made[who] = Caller(app, sample.site.host, sample.token(who))
    now = clock.now()
    with tenant_session(sample.site.id) as session:
        ivo = person(session, sample.site, "ivo", now=now, role=Role.ISSUER)
        token = accounts.open_session(session, user_id=ivo.require_id(), remote="127.0.0.1", now=now)[0]
    made["ivo"] = Caller(app, sample.site.host, token)
    made["stranger"] = Caller(app, sample.site.host, _mallory(found("zeta", "Zeta Placements")))
    made["sam"] = Caller(app, sample.console.host, sample.token("sam"))
    return made


def _mallory(zeta: Site) -> str:
    """Return the session of somebody who may do everything at zeta."""
    roles = (Role.INVESTOR, Role.ISSUER, Role.COMPLIANCE_OFFICER, Role.TENANT_ADMIN)
    with tenant_session(zeta.id) as session:
        made = accounts.create_user(
            session, email="mallory@example.com", name="Mallory", password="a long phrase of mallory", roles=roles,
            verified=True, now=clock.now(),
        )  # fmt: skip
        return accounts.open_session(session, user_id=made.id, remote="127.0.0.1", now=clock.now())[0]


def tried(app: Platform, sample: Sample, callers: dict[str, Caller]) -> tuple[Table, Told]:
    """Let everybody knock at every door, and undo what happens behind it."""
    table: Table = defaultdict(dict)
    told: Told = {}
    with doors.nothing_lasts(app):
        for door in doors.every(app):
            for thing, things in things_of(door, sample).items():
                path = doors.path_of(app, door, things)
                for who, caller in callers.items():
                    answer = caller.knock(path, door.method)
                    cell = table[f"{door.name} {thing}".strip()][who] = doors.verdict(answer)
                    if cell != IN:
                        told[door.name, who, thing] = doors.said(answer)
    return table, told


def things_of(door: Door, sample: Sample) -> dict[str, dict[str, object]]:
    """Return what a door can be about: a thing of the site, and one that exists nowhere."""
    slug = sample.site.slug if door.rule.rule.startswith("/tenants/") else sample.slug
    known = {**sample.things, "slug": slug}
    given = {"role": Role.ISSUER.value, "name": "escrow"}
    about = [name for name in door.rule._converters if name in known]
    if not about:
        return {"": given}
    rest = {name: thing for name, thing in known.items() if name != about[-1]}
    return {"(there)": given | known, "(nowhere)": given | rest}


def written(table: Table) -> str:
    """Return a table as its file has it: a line each, and who is answered what."""
    lines = []
    for name, cells in table.items():
        by_verdict = {word: [who for who, cell in cells.items() if cell == word] for word in ORDER}
        told = "; ".join(f"{word}: {' '.join(people)}" for word, people in by_verdict.items() if people)
        lines.append(f"{name} | {told}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def knocked(app: Platform, sample: Sample, callers: dict[str, Caller]) -> tuple[Table, Told]:
    return tried(app, sample, callers)


@pytest.fixture(scope="module")
def table(knocked: tuple[Table, Told]) -> Table:
    return knocked[0]


def test_every_door_lets_in_whom_the_table_says(table: Table) -> None:
    now = written(table).splitlines()
    if os.environ.get("PORTICO_WRITE_DOORS"):
        DECLARED.write_text("\n".join(now) + "\n")
    declared = DECLARED.read_text().splitlines()
    undeclared = sorted(set(now) - set(declared))
    gone = sorted(set(declared) - set(now))
    differing = [*(f"+ {line}" for line in undeclared), *(f"- {line}" for line in gone)]
    assert differing == [], "\n".join(differing)
    tally.count("B05 who may enter where: doors", len({line.split(" (")[0] for line in now}))
    tally.count("B05 who may enter where: cells", sum(len(cells) for cells in table.values()))


def test_another_tenants_session_is_no_session(table: Table) -> None:
    better = [name for name, cells in table.items() if cells["stranger"] not in (cells["nobody"], SIGN_IN)]
    assert better == []


def test_what_isnt_yours_answers_like_what_never_was(knocked: tuple[Table, Told]) -> None:
    told = knocked[1]
    pairs = [(door, who) for door, who, thing in told if thing == "(there)"]
    assert len(pairs) > 500
    differing = [(door, who) for door, who in pairs if told[door, who, "(there)"] != told.get((door, who, "(nowhere)"))]
    assert sorted(set(differing) ^ MAY_KNOW.keys()) == []
    tally.count("B05 refusals that say nothing about existence", len(pairs))


def test_the_back_office_is_closed_to_visitors_and_investors(table: Table) -> None:
    inside = [name for name in table if " /manage" in name or " /api/admin" in name]
    assert len(inside) > 40
    let_in = [(name, who) for name in inside for who in ("nobody", "mona", "alice", "ada") if table[name][who] == IN]
    assert let_in == []


def test_the_installations_pages_are_nobodys_on_a_tenants_site(app: Platform, table: Table) -> None:
    theirs = [
        door.name for door in doors.every(app) if app.sites.get(door.rule.endpoint.partition(".")[0]) == "installation"
    ]
    assert len(theirs) > 5
    for name, cells in table.items():
        if name.rpartition(" (")[0] in theirs or name in theirs:
            assert {cell for who, cell in cells.items() if who != "sam"} == {ABSENT}, name
