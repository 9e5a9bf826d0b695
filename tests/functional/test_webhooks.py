"""A keeper of a site has programs told: adds an address, keeps its secret, sees what was sent and sends it again."""

import re
from dataclasses import replace

import pytest
from standardwebhooks import Webhook

from app import wiring
from app.config import Settings
from app.core.permissions import Role
from app.integrations.egress.memory import MemoryEgress
from app.integrations.egress.port import Answer, Request
from app.lifecycle import Platform
from tenants.service import Site
from tests.functional.accounts import acts, person, signed_in
from tests.support.http import Visitor
from tests.support.work import World

URL = "https://hooks.example.com/portico"
NEW = {"url": URL, "note": "Accounts", "kinds": ["user.suspended", "user.registered"]}


class Receiver:
    """A program that answers challenges, and everything else with `status`."""

    def __init__(self) -> None:
        self.status = 200
        self.egress = MemoryEgress(self.answer)

    def answer(self, request: Request) -> Answer:
        found = re.search(rb'"challenge":"([^"]+)"', request.body)
        body = b'{"challenge": "' + found[1] + b'"}' if found else b"<b>thanks</b>"
        return Answer(status=200 if found else self.status, headers={}, body=body)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def outside(settings: Settings, receiver: Receiver) -> World:
    """The machine room, with the receiver as the outside world."""
    return World(settings, replace(wiring.ports(settings), egress=receiver.egress))


@pytest.fixture
def otto(app: Platform, acme: Site) -> Visitor:
    person(acme, "otto", Role.TENANT_ADMIN)
    return signed_in(app, acme, "otto")


def added(otto: Visitor) -> tuple[str, str]:
    """Add a webhook through the page; return its path and its secret."""
    otto.get("/manage/webhooks/new").submit("/manage/webhooks", **NEW)
    assert otto.page.headers["Cache-Control"] == "no-store"
    [secret] = set(re.findall(r"whsec_[A-Za-z0-9+/=]+", otto.text))
    path = re.search(r'href="(/manage/webhooks/[0-9a-f-]{36})"', otto.text)
    assert path
    return path[1], secret


def test_a_webhook_from_the_form_to_the_receiver(
    app: Platform, acme: Site, otto: Visitor, outside: World, receiver: Receiver
) -> None:
    assert "No webhooks yet" in otto.get("/manage/webhooks").text
    path, secret = added(otto)
    assert secret not in otto.get(path).text
    assert "Waits for the answer to its challenge" in otto.text
    outside.settle()
    assert "webhook.challenge" in otto.get(path).text
    assert "Active" in otto.text
    otto.submit(f"{path}/test")
    outside.settle()
    said = Webhook(secret).verify(receiver.egress.sent[-1].body, dict(receiver.egress.sent[-1].headers))
    assert said["type"] == "webhook.test"
    message = re.search(r'href="(/manage/webhooks/messages/[0-9a-f-]{36})"[^>]*>Test message', otto.get(path).text)
    assert message
    page = otto.get(message[1]).text
    assert "&lt;b&gt;thanks&lt;/b&gt;" in page
    assert "Delivered" in page
    otto.submit(f"{message[1]}/replay")
    outside.settle()
    assert receiver.egress.sent[-1].headers["webhook-id"] == receiver.egress.sent[-2].headers["webhook-id"]
    recorded = acts(acme)
    assert [act for act in recorded if act.startswith("webhook.")] == [
        "webhook.added",
        "webhook.proven",
        "webhook.replayed",
    ]


def test_somebody_who_registers_is_told_about_by_identifier_alone(
    app: Platform, acme: Site, otto: Visitor, outside: World, receiver: Receiver
) -> None:
    added(otto)
    outside.settle()
    Visitor(app, acme.host).get("/register").submit(
        name="Alice Lindqvist", email="alice@example.org", country="SE", password="wide-otters-paint-quiet", terms="y"
    )
    outside.settle()
    body = receiver.egress.sent[-1].body.decode()
    assert '"type":"user.registered"' in body
    assert "alice" not in body.lower()


def test_what_is_wrong_stands_beside_what_was_typed(otto: Visitor) -> None:
    otto.get("/manage/webhooks/new").submit("/manage/webhooks", url="https://10.0.0.1/x", kinds=["deal.opened"])
    assert otto.status == 422
    assert "leads into a private network" in otto.text
    assert 'value="https://10.0.0.1/x"' in otto.text
    otto.submit("/manage/webhooks", url=URL, kinds=[])
    assert otto.status == 422
    assert "Choose at least one kind of message." in otto.text


def test_a_new_secret_is_shown_once_and_switching_off_stops_everything(
    otto: Visitor, outside: World, receiver: Receiver
) -> None:
    path, secret = added(otto)
    outside.settle()
    otto.get(path).submit(f"{path}/secret")
    [fresh] = set(re.findall(r"whsec_[A-Za-z0-9+/=]+", otto.text))
    assert fresh != secret
    assert "The old secret signs too until" in otto.get(path).text
    otto.submit(f"{path}/test")
    outside.settle()
    for good in (fresh, secret):
        Webhook(good).verify(receiver.egress.sent[-1].body, dict(receiver.egress.sent[-1].headers))
    otto.get(path).submit(f"{path}/stop")
    assert "Send the challenge" in otto.get(path).text
    otto.submit(f"{path}/challenge")
    outside.settle()
    assert "Active" in otto.get(path).text
    otto.submit(f"{path}/remove")
    assert "No webhooks yet" in otto.get("/manage/webhooks").text
    assert otto.get(path).status == 404


def test_a_webhook_is_changed_and_proves_its_new_address(otto: Visitor, outside: World) -> None:
    path, _ = added(otto)
    outside.settle()
    otto.get(f"{path}/edit").submit(f"{path}/edit", note="Ledger", kinds=["deal.closed"])
    assert "Ledger" in otto.text
    assert "offer ended, funded or not" in otto.text
    otto.get(f"{path}/edit").submit(f"{path}/edit", url=URL + "/2", kinds=["deal.closed"])
    assert "Waits for the answer to its challenge" in otto.text


def test_only_administrators_of_the_site_reach_its_webhooks(
    app: Platform, acme: Site, zeta: Site, otto: Visitor
) -> None:
    path, _ = added(otto)
    person(acme, "alice", Role.INVESTOR)
    person(acme, "carol", Role.COMPLIANCE_OFFICER)
    person(zeta, "mallory", Role.TENANT_ADMIN)
    for name in ("alice", "carol"):
        assert signed_in(app, acme, name).get(path).status == 403
    assert signed_in(app, zeta, "mallory").get(path).status == 404
    assert Visitor(app, acme.host).get(path, follow=False).status == 303
