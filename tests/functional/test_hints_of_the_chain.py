"""Services that watch the chain may say that something happened; only signed messages count, and only as a hint."""

import base64
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url
from standardwebhooks import Webhook
from werkzeug.test import TestResponse

from app import factory
from app.config import Settings
from app.core.limits import InMemory
from app.core.tasks import TaskContext
from app.lifecycle import Platform
from app.modules.chain import api, rules_hints, tasks
from tenants.service import Site

SECRET = "whsec_" + base64.b64encode(b"a secret of the first source").decode()
OTHER = "whsec_" + base64.b64encode(b"a secret of another source").decode()
BODY = '{"event": "EscrowOpened", "amount": "1000000000000"}'
PATH = "/api/webhooks/blockchain"


@pytest.fixture
def hinted(settings: Settings, app: Platform) -> Iterator[Platform]:
    api._counted = InMemory()
    yield factory.create_app(replace(settings, chain_sources=f"alchemy={SECRET}, node={OTHER}"))
    api._counted = InMemory()


def send(app: Platform, site: Site, body: str = BODY, **changes: Any) -> TestResponse:
    """Send a message as a source would; `changes` are what it gets wrong."""
    at = datetime.now(UTC) + changes.pop("off_by", timedelta())
    signed = Webhook(changes.pop("secret", SECRET)).sign("msg_1", at, body)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signed,
        "Content-Type": "application/json",
        **changes.pop("headers", {}),
    }
    return app.test_client().post(PATH, base_url=f"http://{site.host}", data=changes.pop("sent", body), headers=headers)


def looks(settings: Settings) -> int:
    url = make_url(settings.queue_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        row = connection.execute("select count(*) from procrastinate_jobs where task_name = 'chain.look'").fetchone()
    assert row is not None
    return int(row[0])


def test_a_signed_message_of_any_source_makes_the_follower_look(
    hinted: Platform, acme: Site, settings: Settings
) -> None:
    before = looks(settings)
    assert send(hinted, acme).status_code == 202
    assert send(hinted, acme, secret=OTHER).status_code == 202
    assert looks(settings) == before + 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "whsec_" + base64.b64encode(b"a secret of nobody that is known").decode()},
        {"sent": BODY.replace("1000", "9000")},
        {"off_by": timedelta(minutes=-6)},
        {"off_by": timedelta(minutes=6)},
        {"headers": {"webhook-id": "msg_2"}},
        {"headers": {"webhook-id": ""}},
        {"headers": {"webhook-signature": ""}},
        {"headers": {"webhook-signature": "v1,ÿ"}},
        {"headers": {"webhook-timestamp": "٣"}},
        {"headers": {"webhook-timestamp": "-1"}},
    ],
)
def test_anything_else_is_refused_and_leads_to_nothing(
    hinted: Platform, acme: Site, settings: Settings, wrong: dict[str, Any]
) -> None:
    before = looks(settings)
    answer = send(hinted, acme, **wrong)
    assert (answer.status_code, answer.get_json()["code"]) == (401, "signature-wrong")
    assert looks(settings) == before


def test_a_message_that_is_too_long_is_not_even_checked(hinted: Platform, acme: Site) -> None:
    assert send(hinted, acme, body='"' + "x" * rules_hints.LONGEST + '"').status_code == 413


def test_without_sources_there_is_no_such_address(app: Platform, acme: Site) -> None:
    assert send(app, acme).status_code == 404


def test_a_source_that_sends_too_much_is_limited_and_the_follower_is_not_chased(
    hinted: Platform, acme: Site, settings: Settings
) -> None:
    before = looks(settings)
    answers = [send(hinted, acme).status_code for _ in range(api.OF_ONE_SOURCE.most + 1)]
    assert answers == [202] * api.OF_ONE_SOURCE.most + [429]
    assert looks(settings) == before + api.AT_ONCE.most
    assert send(hinted, acme, secret=OTHER).status_code == 202


def test_a_hint_wakes_a_resting_follower_and_a_stop_ends_it(settings: Settings, acme: Site) -> None:
    stop = threading.Event()
    tasks.look(TaskContext(site=acme, ports=None, settings=settings, now=lambda: datetime.now(UTC)))
    assert tasks.rest(stop, 30)
    assert not tasks.rest(stop, 0.05)
    stop.set()
    assert not tasks.rest(stop, 30)


@pytest.mark.parametrize("setting", ["alchemy", "alchemy=", "=whsec_YWJj", "a=whsec_?", "a=whsec_YWJj"])
def test_a_source_that_cannot_be_read_is_named(setting: str) -> None:
    with pytest.raises(ValueError, match=r"write name=|base64|bytes"):
        rules_hints.sources(setting)
