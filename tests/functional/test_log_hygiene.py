"""B39: what is secret stays where it was typed. Canaries go through every flow; then everything written is searched.

A secret may stand nowhere: in no column of the database, no log line, no page that says that something went wrong. What
is personal may stand in its own tables, but in no log line, job, event, record entry, notice or message.
"""

import io
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import psycopg
import pyotp
import pytest
from flask import g
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from app import wiring
from app.config import Settings
from app.core import clock, logs
from app.core.permissions import Role
from app.lifecycle import Platform
from app.modules.audit import rules as audit
from app.web import errors
from tenants import ids
from tenants.service import Site
from tenants.session import tenant_session
from tests.functional.accounts import events, link, person
from tests.functional.test_webhooks import NEW, Receiver
from tests.functional.verification import ADDRESS, begin, send_identity
from tests.isolation.scratch import libpq
from tests.support import tally
from tests.support.http import Visitor
from tests.support.services import postgres_admin_url
from tests.support.work import World

CHOSEN = {
    "password": "canary-otters-paint-9f31c7",
    "new password": "canary-lamps-bridge-52ab08",
    "wrong password": "canary-wrong-guess-77d2e4",
    "private key": "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318",
    "seed phrase": "canary abandon ability able about above absent absorb abstract absurd abuse access",
}
PERSONAL = {"legal name": "Canarina Lindqvist-Zwart", "document": "NL-CANARY-4711", "street": "Kanariestraat 1189"}
# Where a person's own words may stand: the tables they belong to.
HOMES = {"verification_cases", "verification_parts", "case_documents", "documents", "users", "profiles"}


@dataclass
class Diary:
    """Everything that was logged, as the JSON lines of an installation and as text, and every page that said no."""

    logged: io.StringIO = field(default_factory=io.StringIO)
    refusals: list[str] = field(default_factory=list)

    def keep(self, visitor: Visitor) -> Visitor:
        if visitor.status >= 400:
            own = visitor.text.replace(visitor.path, "")  # a page may name its own address
            self.refusals.append(re.sub(r'<input[^>]*value="[^"]*"|<textarea.*?</textarea>', "", own))
        return visitor


@pytest.fixture
def diary() -> Iterator[Diary]:
    kept = Diary()
    handlers = [logging.StreamHandler(kept.logged) for _ in range(2)]
    handlers[0].setFormatter(logs.Lines("test"))
    handlers[1].setFormatter(logs.Text("%(name)s %(message)s"))
    root, level = logging.getLogger(), logging.getLogger().level
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield kept
    root.setLevel(level)
    for handler in handlers:
        root.removeHandler(handler)


def test_canaries_of_every_flow_are_found_nowhere(app: Platform, acme: Site, settings: Settings, diary: Diary) -> None:
    world = World(settings, replace(wiring.ports(settings), egress=Receiver().egress))
    secrets = dict(CHOSEN)
    alice = Visitor(app, acme.host)
    _come_in(alice, acme, settings, secrets, diary)
    _protect(alice, secrets, diary)
    _tell_about_oneself(alice, diary)
    _mislay(alice, diary)
    _keep_the_house(app, acme, secrets, diary)
    _come_through_the_other_door(app, acme, secrets, diary)
    world.settle()
    written = list(everything(settings))
    assert len(written) > 60
    everywhere = [*written, ("log", diary.logged.getvalue()), *(("page", page) for page in diary.refusals)]
    assert len(diary.refusals) > 6
    assert "wrong-credentials" in str(diary.refusals) or "password" in str(diary.refusals).lower()
    for name, canary in secrets.items():
        found = [
            (place, said[max(0, (at := said.find(canary)) - 80) : at]) for place, said in everywhere if canary in said
        ]
        assert found == [], name
        tally.count("B39 hygiene: secrets sought in every table, log line and error page")
    for name, canary in PERSONAL.items():
        apart = [*written, ("log", diary.logged.getvalue())]
        found = [place for place, said in apart if canary in said and place.partition(".")[0] not in HOMES]
        assert found == [], name
        tally.count("B39 hygiene: personal values sought outside of their tables")
    assert any(PERSONAL["legal name"] in said for place, said in written), "the canary was really kept"


def _come_in(alice: Visitor, acme: Site, settings: Settings, secrets: dict[str, str], diary: Diary) -> None:
    password, new = secrets["password"], secrets["new password"]
    diary.keep(alice.get("/register").submit(name="", email="nobody", country="SE", password=password, terms="y"))
    alice.get("/register").submit(name="Alice", email="alice@example.org", country="SE", password=password, terms="y")
    [event] = events(acme, "UserRegistered")
    path = link(settings, acme, "verify", event)
    secrets["verify link"] = path.rpartition("/")[2]
    alice.get(path).submit()
    alice.submit("/logout")
    diary.keep(alice.sign_in("alice@example.org", secrets["wrong password"]))
    diary.keep(alice.sign_in(secrets["wrong password"], password))
    alice.get("/forgot").submit(email="alice@example.org")
    [event] = events(acme, "PasswordResetRequested")
    path = link(settings, acme, "reset", event)
    secrets["reset link"] = path.rpartition("/")[2]
    alice.get(path).submit(password=new)
    diary.keep(alice.get(path))
    alice.get("/account/password")
    if alice.status != 200 or alice.path != "/account/password":
        alice.sign_in("alice@example.org", new)
    cookie = alice.client.get_cookie("sid", domain=acme.host)
    assert cookie is not None
    secrets["session"] = cookie.value.partition(".")[2]


def _protect(alice: Visitor, secrets: dict[str, str], diary: Diary) -> None:
    found = re.search(r'ltr num strong">([A-Z2-7 ]{30,50})<', alice.get("/account/security/app").text)
    assert found, alice.text
    secrets["totp key"] = found[1].replace(" ", "")
    diary.keep(alice.submit("/security/app", code="000000"))
    alice.get("/account/security/app")
    found = re.search(r'ltr num strong">([A-Z2-7 ]{30,50})<', alice.text)
    assert found
    secrets["second totp key"] = found[1].replace(" ", "")
    alice.submit("/security/app", code=pyotp.TOTP(secrets["second totp key"]).now())
    codes = re.findall(r"<code>([0-9A-Z-]{29})</code>", alice.text)
    assert len(codes) == 10
    secrets |= {f"recovery code {number}": code for number, code in enumerate(codes[:3])}
    found = re.search(r"pk_[\w.-]{20,}", alice.get("/account/keys").submit("/account/keys", name="Ledger").text)
    assert found, alice.text
    secrets["api key"] = found[0]
    cookie = alice.client.get_cookie("sid", domain=alice.host)
    assert cookie is not None
    secrets["session after the proof"] = cookie.value.partition(".")[2]


def _tell_about_oneself(alice: Visitor, diary: Diary) -> None:
    about = {"legal_name": PERSONAL["legal name"], "born": "1987-05-23", "nationality": "SE"}
    diary.keep(begin(alice).submit("/verification/about", **{**about, "born": "never"}))
    alice.get("/verification/about").submit("/verification/about", **about)
    send_identity(alice, name=f"{PERSONAL['document']}.jpg")
    diary.keep(send_identity(alice, b"no picture at all", name=f"{PERSONAL['document']}.exe"))
    address = {**ADDRESS, "street": PERSONAL["street"], "country": "XX", "kind": "utility_bill"}
    diary.keep(alice.get("/verification/address").submit("/verification/address", **address))


def _mislay(alice: Visitor, diary: Diary) -> None:
    """Type what is most secret where it doesn't belong."""
    alice = Visitor(alice.client.application, alice.host)
    for word in (CHOSEN["private key"], CHOSEN["seed phrase"]):
        diary.keep(alice.get(f"/deals/{word.replace(' ', '-')}"))
        diary.keep(alice.post("/login", {"email": word, "password": word}))
        diary.keep(alice.get("/login").submit("/login", email=word, password=word))


def _keep_the_house(app: Platform, acme: Site, secrets: dict[str, str], diary: Diary) -> None:
    person(acme, "otto", Role.TENANT_ADMIN, password=secrets["password"])
    otto = Visitor(app, acme.host).sign_in("otto@example.org", secrets["password"])
    diary.keep(otto.get("/manage/webhooks/new").submit("/manage/webhooks", url="https://10.0.0.1/", kinds=[]))
    otto.get("/manage/webhooks/new").submit("/manage/webhooks", **NEW)
    found = re.search(r"whsec_[A-Za-z0-9+/=]+", otto.text)
    assert found, otto.text
    secrets["webhook secret"] = found[0].removeprefix("whsec_")


def _come_through_the_other_door(app: Platform, acme: Site, secrets: dict[str, str], diary: Diary) -> None:
    otto = Visitor(app, acme.host)
    wrong = {"email": "otto@example.org", "password": secrets["wrong password"]}
    diary.keep(otto.post("/api/auth/login", json=wrong))
    answer = otto.post("/api/auth/login", json={**wrong, "password": secrets["password"]}).page.get_json()
    secrets["access token"], secrets["refresh token"] = answer["token"], answer["refreshToken"]
    bearer = {"headers": {"Authorization": f"Bearer {answer['token']}"}}
    made = otto.post("/api/admin/webhooks", json=NEW, **bearer).page.get_json()
    secrets["second webhook secret"] = made["secret"].removeprefix("whsec_")
    fresh = otto.post("/api/auth/refresh", json={"refreshToken": answer["refreshToken"]}).page.get_json()
    secrets["next refresh token"] = fresh["refreshToken"]
    diary.keep(otto.post("/api/auth/refresh", json={"refreshToken": "canary" * 8}))
    diary.keep(otto.get("/api/auth/me", headers={"Authorization": f"Bearer {answer['token']}x"}))


def everything(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield table and text of every row of every table, read as the server's owner."""
    database = make_url(settings.tenant_url).database or ""
    with psycopg.connect(libpq(postgres_admin_url(), database=database)) as owner:
        tables = owner.execute(
            "select schemaname, tablename from pg_tables where schemaname in ('app', 'platform', 'jobs', 'public')"
        ).fetchall()
        assert len(tables) > 50
        for schema, table in tables:
            rows = sql.SQL("select t::text from {} t").format(sql.Identifier(schema, table))
            yield from ((f"{table}.{schema}", row[0]) for row in owner.execute(rows))


def test_an_error_of_the_database_is_logged_without_the_values_it_was_about(
    app: Platform, acme: Site, diary: Diary
) -> None:
    canary = CHOSEN["seed phrase"]
    faults = {
        "select 1 / (length(:word) - length(:word))": {"word": canary},
        "select cast(cast(:word as text) as int)": {"word": canary},
        "insert into app.users (tenant_id, id, name) values (app.tid(), :id, :word)": {"id": ids.new(), "word": canary},
    }
    for statement, values in faults.items():
        with app.test_request_context("/", base_url=f"http://{acme.host}"):
            g.site, g.now, g.settings = acme, clock.now(), app.portico
            try:
                with tenant_session(acme.id) as session:
                    session.execute(text(statement), values)
            except DBAPIError as error:
                page = app.make_response(errors._unexpected(error)).get_data(as_text=True)
        assert canary not in page
    logged = diary.logged.getvalue()
    assert logged.count("unexpected error") == 6, "three faults, as JSON and as text"
    assert canary not in logged
    assert "values withheld" in logged


@pytest.mark.parametrize("name", ["passphrase", "recovery_code", "Authorization", "DOCUMENT_NUMBER", "iban", "otp"])
def test_the_record_never_takes_values_with_such_names(name: str) -> None:
    assert audit.masked({name: "canary", "deep": [{name: "canary"}]}) == {
        name: audit.MASK,
        "deep": [{name: audit.MASK}],
    }


@pytest.mark.parametrize(
    "secret",
    [
        "whsec_" + "QUJD" * 10,
        "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxMjM0NTYifQ.c2lnbmF0dXJl",
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----",
        "ab" * 16 + "." + "t0ken_" * 8,
    ],
)
def test_a_secret_is_known_by_its_shape_whatever_it_is_called(secret: str) -> None:
    said = json.dumps(audit.masked({"reason": f"they sent {secret} by mail", "list": [secret]}), ensure_ascii=False)
    assert secret not in said
    assert said.count(audit.MASK) == 2


def test_amounts_hashes_and_names_are_not_taken_for_secrets() -> None:
    plain = {"tokens": "250", "tx_hash": "0x" + "5f" * 32, "name": "Otto", "id": "01938b1e-7c00-7000-8000-000000000001"}
    assert audit.masked(plain) == plain
