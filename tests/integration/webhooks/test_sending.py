"""B27: facts become messages, messages reach those who asked, and whatever goes wrong is tried again or reported."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from standardwebhooks import Webhook

from app import wiring
from app.config import Settings
from app.core import clock, outbox
from app.core.permissions import Actor, Role
from app.core.tasks import TaskContext
from app.integrations.egress.memory import MemoryEgress
from app.integrations.egress.port import Answer, Request, Unreachable
from app.modules.accounts import events
from app.modules.accounts import service as accounts
from app.modules.notifications.models import Notice
from app.modules.webhooks import errors, handlers, queries, rules, service, tasks
from app.modules.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookMessage
from tenants import ids
from tenants.service import Site
from tenants.session import tenant_session
from tests.support import tally
from tests.support.work import World

URL = "https://hooks.example.com/portico"


def answering(status: int, body: bytes = b"") -> Callable[[Request], Answer]:
    return lambda _request: Answer(status=status, headers={}, body=body)


def repeating(request: Request) -> Answer:
    """Answer a challenge as a receiver should."""
    return Answer(status=200, headers={}, body=request.body.split(b'"challenge":"')[1].split(b'"')[0])


@dataclass
class Post:
    """acme's webhooks, a receiver that answers as it is told, and a clock that stands still."""

    site: Site
    settings: Settings
    otto: Actor
    egress: MemoryEgress = field(default_factory=MemoryEgress)
    now: datetime = field(default_factory=clock.now)

    def context(self) -> TaskContext:
        ports = replace(wiring.ports(self.settings), egress=self.egress)
        return TaskContext(site=self.site, ports=ports, settings=self.settings, now=lambda: self.now)

    def do(self, verb: Callable[..., Any], **arguments: Any) -> Any:
        with tenant_session(self.site.id) as session:
            return verb(session, actor=self.otto, now=self.now, **arguments)

    def added(self, *kinds: str, url: str = URL) -> service.Shown:
        given = {"url": url, "kinds": kinds or ("user.suspended",), "secret_key": self.settings.secret_key}
        return self.do(service.add, check=self.egress.check, **given)

    def proven(self, *kinds: str, url: str = URL) -> service.Shown:
        shown, before = self.added(*kinds, url=url), self.egress.answers
        self.egress.answers = repeating
        self.run()
        self.egress.answers = before
        assert self.endpoint(shown.endpoint.id).state == "active"
        self.egress.sent.clear()
        return shown

    def fact(self) -> None:
        with tenant_session(self.site.id) as session:
            handlers.on_fact(session, events.UserSuspended(ids.new()), now=self.now)

    def run(self) -> int:
        """Do what is due now, once; return how many attempts were due."""
        with tenant_session(self.site.id) as session:
            due = select(WebhookDelivery.id, WebhookDelivery.attempts).where(
                WebhookDelivery.state == "waiting", WebhookDelivery.next_at <= self.now
            )
            rows = session.execute(due.order_by(WebhookDelivery.id)).all()
        for delivery_id, attempts in rows:
            tasks.send(self.context(), delivery_id=str(delivery_id), attempt=attempts + 1)
        return len(rows)

    def endpoint(self, endpoint_id: UUID) -> WebhookEndpoint:
        with tenant_session(self.site.id) as session:
            return queries.endpoint(session, endpoint_id)

    def deliveries(self) -> list[WebhookDelivery]:
        with tenant_session(self.site.id) as session:
            wanted = select(WebhookDelivery).join(WebhookMessage, WebhookMessage.id == WebhookDelivery.message_id)
            wanted = wanted.where(WebhookMessage.kind != "webhook.challenge")
            return list(session.scalars(wanted.order_by(WebhookDelivery.id)))

    def attempts(self, delivery: WebhookDelivery) -> list[WebhookAttempt]:
        with tenant_session(self.site.id) as session:
            return list(reversed(queries.attempts(session, delivery.id)))

    def told(self) -> list[str]:
        with tenant_session(self.site.id) as session:
            return list(session.scalars(select(Notice.kind).order_by(Notice.created_at)))


@pytest.fixture
def post(acme: Site, settings: Settings) -> Post:
    with tenant_session(acme.id) as session:
        otto = accounts.create_user(
            session, email="otto@example.org", name="Otto", password="wide-otters-paint-quiet-rivers",
            roles=(Role.TENANT_ADMIN,), verified=True, now=clock.now(),
        )  # fmt: skip
    return Post(acme, settings, Actor(acme.id, otto.id, otto.roles, "Otto"))


def test_an_address_is_told_nothing_before_it_has_answered_its_challenge(post: Post) -> None:
    shown = post.added()
    post.fact()
    assert post.run() == 1
    assert [b"webhook.challenge" in request.body for request in post.egress.sent] == [True]
    assert post.endpoint(shown.endpoint.id).state == "proving"
    assert post.run() == 0, "a challenge is sent once"
    post.do(service.prove, endpoint_id=shown.endpoint.id)
    post.egress.answers = repeating
    post.run()
    assert post.endpoint(shown.endpoint.id).state == "active"
    assert post.deliveries() == [], "what happened before isn't told"


def test_an_old_challenge_proves_nothing(post: Post) -> None:
    shown = post.added()
    post.run()
    old = post.egress.sent[0]
    post.do(service.prove, endpoint_id=shown.endpoint.id)
    post.egress.answers = lambda _request: repeating(old)
    post.run()
    assert post.endpoint(shown.endpoint.id).state == "proving"


def test_those_who_asked_are_told_and_can_verify_it(post: Post) -> None:
    shown, other = post.proven("user.suspended"), post.proven("deal.opened", url=URL + "/2")
    post.fact()
    assert post.run() == 1
    [request] = post.egress.sent
    assert request.url == URL
    said = Webhook(shown.secret).verify(request.body, dict(request.headers))
    assert said["type"] == "user.suspended"
    assert said["data"].keys() == {"userId"}
    [delivery] = post.deliveries()
    assert (delivery.state, delivery.attempts, delivery.delivered_at) == ("delivered", 1, post.now)
    assert other.secret not in (shown.secret, "")
    assert post.run() == 0


def test_the_schedule_is_kept_to_the_second_and_then_it_is_given_up(post: Post) -> None:
    post.proven()
    post.egress.answers = answering(500, b"oh no")
    post.fact()
    began, seen = post.now, []
    while (delivery := post.deliveries()[0]).state == "waiting":
        assert delivery.next_at is not None
        post.now = delivery.next_at - timedelta(milliseconds=1) if delivery.attempts else delivery.next_at
        assert post.run() == (0 if delivery.attempts else 1)
        if delivery.attempts:
            post.now = delivery.next_at
            assert post.run() == 1
        seen.append((post.now - began).total_seconds())
        began = post.now
    for waited, published in zip(seen, rules.SCHEDULE, strict=True):
        assert published <= waited <= published * (1 + rules.JITTER)
    assert (delivery.state, delivery.attempts) == ("failed", 10)
    assert [(each.number, each.status, each.excerpt) for each in post.attempts(delivery)] == [
        (number, 500, "oh no") for number in range(1, 11)
    ]
    assert post.told() == ["webhook-failing"]
    ids_seen = {request.headers["webhook-id"] for request in post.egress.sent}
    assert len(ids_seen) == 1, "the id is the same in every attempt"
    tally.count("B27 webhooks: attempts on the published schedule", len(seen))


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 418, 429, 500, 503])
def test_anything_but_2xx_is_tried_again(post: Post, status: int) -> None:
    post.proven()
    post.egress.answers = answering(status)
    post.fact()
    post.run()
    [delivery] = post.deliveries()
    assert (delivery.state, delivery.attempts) == ("waiting", 1)
    assert len(post.egress.sent) == 1, "redirects aren't followed"


def test_no_answer_is_tried_again_and_says_why(post: Post) -> None:
    def silent(_request: Request) -> Answer:
        raise Unreachable("The address didn't answer in time.")

    post.proven()
    post.egress.answers = silent
    post.fact()
    post.run()
    [delivery] = post.deliveries()
    assert delivery.state == "waiting"
    assert [(each.status, each.problem) for each in post.attempts(delivery)] == [
        (None, "The address didn't answer in time.")
    ]


def test_410_switches_the_endpoint_off_stops_what_waits_and_tells_the_administrators(post: Post) -> None:
    shown = post.proven()
    post.egress.answers = answering(500)
    post.fact()
    post.run()
    post.egress.answers = answering(410)
    post.fact()
    post.run()
    endpoint = post.endpoint(shown.endpoint.id)
    assert (endpoint.state, endpoint.reason) == ("off", "gone")
    assert sorted(each.state for each in post.deliveries()) == ["failed", "stopped"]
    assert post.told() == ["webhook-gone"]
    post.fact()
    assert len(post.deliveries()) == 2


def test_a_replaced_secret_signs_beside_the_new_one_for_a_day(post: Post) -> None:
    shown = post.proven()
    fresh = post.do(service.rotate, endpoint_id=shown.endpoint.id, secret_key=post.settings.secret_key)
    for later, good in ((timedelta(0), 2), (timedelta(hours=23), 2), (timedelta(hours=24), 1)):
        with tenant_session(post.site.id) as session:
            endpoint = queries.endpoint(session, shown.endpoint.id)
            found = service.good_secrets(endpoint, post.settings.secret_key, post.now + later)
        assert found == [fresh.secret, shown.secret][:good]
    post.fact()
    post.run()
    for secret in (shown.secret, fresh.secret):
        Webhook(secret).verify(post.egress.sent[-1].body, dict(post.egress.sent[-1].headers))


def test_secrets_lie_sealed_for_their_row(post: Post) -> None:
    one, two = post.proven(), post.proven(url=URL + "/2")
    with tenant_session(post.site.id) as session:
        kept = session.execute(text("select * from app.webhook_endpoints")).mappings().all()
        assert one.secret not in str(kept)
        assert one.secret.removeprefix("whsec_") not in str(kept)
        session.execute(
            text(
                "update app.webhook_endpoints a set secret = b.secret from app.webhook_endpoints b where b.id = :other"
            ),
            {"other": two.endpoint.id},
        )
        session.expire_all()
        with pytest.raises(Exception, match=r"webhooks\.secret"):
            service.good_secrets(queries.endpoint(session, one.endpoint.id), post.settings.secret_key, post.now)


def test_what_was_given_up_is_sent_again_under_its_own_id(post: Post) -> None:
    shown = post.proven()
    post.egress.answers = answering(500)
    for _ in range(2):
        post.fact()
    for _ in range(40):
        post.now += timedelta(hours=4)
        post.run()
    assert {each.state for each in post.deliveries()} == {"failed"}
    before = {request.headers["webhook-id"] for request in post.egress.sent}
    post.egress.sent.clear()
    post.egress.answers = answering(200)
    assert post.do(service.replay_failed, endpoint_id=shown.endpoint.id) == 2
    post.run()
    post.now += timedelta(minutes=6)
    post.run()
    assert {request.headers["webhook-id"] for request in post.egress.sent} == before
    assert {each.state for each in post.deliveries()} == {"delivered"}
    [first, _] = post.deliveries()
    post.do(service.replay, delivery_id=first.id)
    post.run()
    assert len(post.egress.sent) == 3
    assert post.attempts(first)[-1].number == 12


def test_an_attempt_that_was_made_is_not_made_again(post: Post) -> None:
    post.proven()
    post.fact()
    post.run()
    [delivery] = post.deliveries()
    for attempt in (1, 2, 7):
        tasks.send(post.context(), delivery_id=str(delivery.id), attempt=attempt)
    assert len(post.egress.sent) == 1
    assert len(post.attempts(delivery)) == 1


def test_a_job_that_comes_twice_makes_one_attempt_while_the_message_waits(post: Post) -> None:
    post.proven()
    post.egress.answers = answering(500)
    post.fact()
    post.run()
    [delivery] = post.deliveries()
    tasks.send(post.context(), delivery_id=str(delivery.id), attempt=1)
    assert (len(post.egress.sent), len(post.attempts(delivery))) == (1, 1)


def test_an_attempt_lost_with_its_worker_is_made_again(post: Post) -> None:
    class Killed(BaseException):
        pass

    def die(_request: Request) -> Answer:
        raise Killed

    post.proven()
    post.fact()
    post.egress.answers = die
    with pytest.raises(Killed):
        post.run()
    post.egress.answers = answering(200)
    post.run()
    assert [each.state for each in post.deliveries()] == ["delivered"]


def test_a_failing_endpoint_rests_and_a_tenant_has_few_messages_on_their_way(post: Post) -> None:
    shown = post.proven()
    post.egress.answers = answering(500)
    for _ in range(4):
        post.fact()
    for _ in range(4):
        post.run()
    assert len(post.egress.sent) == 3, "after three failures in a row it is left alone"
    assert post.endpoint(shown.endpoint.id).rest_until == post.now + timedelta(seconds=5)
    post.now += timedelta(days=1)
    post.egress.answers = answering(200)
    with tenant_session(post.site.id) as session:
        busy = session.scalars(select(WebhookDelivery).limit(rules.AT_ONCE)).all()
        for each in busy:
            each.sending_until = post.now + timedelta(seconds=30)
    sent = len(post.egress.sent)
    post.run()
    assert len(post.egress.sent) == sent
    post.now += timedelta(minutes=1)
    post.run()
    assert len(post.egress.sent) > sent


@pytest.mark.parametrize(
    "url", ["http://hooks.example.com/", "https://127.0.0.1/", "https://localhost/", "https://a.example:22/", "x"]
)
def test_an_address_inside_can_not_even_be_kept(post: Post, url: str) -> None:
    with pytest.raises(errors.BadEndpoint) as refused:
        post.added(url=url)
    assert refused.value.fields.keys() == {"url"}


def test_unknown_kinds_and_too_many_endpoints_are_refused(post: Post) -> None:
    with pytest.raises(errors.BadEndpoint):
        post.added("user.password")
    for number in range(rules.MOST_ENDPOINTS):
        post.added(url=f"{URL}/{number}")
    with pytest.raises(errors.TooManyEndpoints):
        post.added()


def test_a_new_address_has_to_prove_itself_again(post: Post) -> None:
    shown = post.proven()
    post.fact()
    changes = {"url": URL + "/moved", "note": "", "kinds": ["user.suspended"], "check": post.egress.check}
    post.do(service.change, endpoint_id=shown.endpoint.id, **changes)
    assert post.endpoint(shown.endpoint.id).state == "proving"
    assert [each.state for each in post.deliveries()] == ["stopped"]
    with pytest.raises(errors.NotProven):
        post.do(service.test, endpoint_id=shown.endpoint.id)


def test_messages_are_forgotten_after_thirty_days_and_numbers_go_on(post: Post) -> None:
    post.proven()
    for _ in range(3):
        post.fact()
    post.run()
    post.now += timedelta(days=31)
    with tenant_session(post.site.id) as session:
        service.clean_up(session, now=post.now)
        assert session.scalar(select(func.count()).select_from(WebhookAttempt)) == 1
    post.fact()
    with tenant_session(post.site.id) as session:
        assert session.scalars(select(WebhookMessage.number).order_by(WebhookMessage.number)).all() == [4, 5]


def test_another_site_is_told_nothing_and_sees_nothing(post: Post, zeta: Site) -> None:
    shown = post.proven()
    with tenant_session(zeta.id) as session:
        handlers.on_fact(session, events.UserSuspended(ids.new()), now=post.now)
        with pytest.raises(errors.NoSuchEndpoint):
            queries.endpoint(session, shown.endpoint.id)
        assert session.scalar(select(func.count()).select_from(WebhookMessage)) == 0
    assert post.run() == 0


def test_no_message_carries_a_link_that_works_like_a_password(post: Post) -> None:
    with tenant_session(post.site.id) as session:
        said = handlers.said(session, events.UserRegistered(ids.new(), ids.new()))
    assert said.keys() == {"userId"}


def test_a_fact_reaches_its_endpoint_through_the_queue_of_the_worker(post: Post) -> None:
    shown = post.proven()
    with tenant_session(post.site.id) as session:
        outbox.record(session, events.UserSuspended(ids.new()))
    from_world(post)
    assert [each.state for each in post.deliveries()] == ["delivered"]
    Webhook(shown.secret).verify(post.egress.sent[-1].body, dict(post.egress.sent[-1].headers))


def from_world(post: Post) -> None:
    World(post.settings, post.context().ports).settle()
