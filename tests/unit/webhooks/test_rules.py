"""Messages are written, signed and tried again as Standard Webhooks 1.0 says."""

import json
from datetime import timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from app.core import clock
from app.modules.webhooks import handlers, rules, rules_catalogue
from tests.support import tally

SECRET, OTHER = rules.new_secret(b"a" * 32), rules.new_secret(b"b" * 32)


def headers(body: str, *secrets: str, **changed: str) -> dict[str, str]:
    return {**rules.headers("msg_1", clock.now(), body, secrets), **changed}


@pytest.mark.parametrize("kind", rules_catalogue.CATALOGUE)
def test_every_message_passes_the_public_library(kind: str) -> None:
    body = rules.written(kind, rules_catalogue.CATALOGUE[kind].sample, number=7, at=clock.now())
    said = Webhook(SECRET).verify(body, headers(body, SECRET))
    assert (said["type"], said["version"], said["sequence"]) == (kind, 1, 7)
    assert said["data"] == rules_catalogue.CATALOGUE[kind].sample
    tally.count("B27 webhooks: messages verified by the public library")


def test_while_a_secret_is_replaced_both_verify() -> None:
    signed = headers("{}", SECRET, OTHER)
    for secret in (SECRET, OTHER):
        Webhook(secret).verify("{}", signed)
    with pytest.raises(WebhookVerificationError):
        Webhook(rules.new_secret(b"c" * 32)).verify("{}", signed)


@pytest.mark.parametrize("changed", [{"webhook-id": "msg_2"}, {"webhook-timestamp": "1"}])
def test_id_and_time_are_signed_too(changed: dict[str, str]) -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify("{}", headers("{}", SECRET, **changed))


def test_a_changed_body_does_not_verify() -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify('{"a":2}', headers('{"a":1}', SECRET))


def test_names_and_letters_of_every_language_survive() -> None:
    body = rules.written("webhook.test", {"says": "صندوق € ✓"}, number=1, at=clock.now())
    assert Webhook(SECRET).verify(body, headers(body, SECRET))["data"] == {"says": "صندوق € ✓"}


def test_the_schedule_is_the_published_one() -> None:
    waits = [rules.wait(tried, 0.0) for tried in range(1, 11)]
    hours = [timedelta(hours=number) for number in (2, 5, 10, 14, 20, 24)]
    assert waits == [timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), *hours, None]
    for tried in range(1, 10):
        latest, earliest = rules.wait(tried, 0.999), rules.wait(tried, 0.0)
        assert latest is not None
        assert earliest is not None
        assert earliest < latest < earliest * 1.11


@pytest.mark.parametrize(("status", "taken"), [(200, True), (204, True), (299, True), (None, False), (199, False)])
def test_2xx_is_the_only_success(status: int | None, taken: bool) -> None:
    assert rules.is_success(status) is taken
    assert not any(rules.is_success(code) for code in (301, 302, 307, 308, 400, 410, 429, 500))


@pytest.mark.parametrize(
    ("answer", "proven"),
    [
        (b"abc", True),
        (b" abc\n", True),
        (b'{"challenge": "abc"}', True),
        (b"", False),
        (b"abcd", False),
        (b'{"challenge": "abd"}', False),
        (b'["abc"]', False),
        (b"\xff\xfe", False),
        (b"[" * 5000, False),
    ],
)
def test_only_who_repeats_the_challenge_has_proven_the_address(answer: bytes, proven: bool) -> None:
    assert rules.proves(answer, "abc") is proven


def test_an_answer_is_kept_short_and_printable() -> None:
    assert rules.excerpt(b"a\x00b\x1b[31m" + b"x" * 9000).startswith("a·b·[31m")
    assert len(rules.excerpt("é".encode() * 9000)) == rules.EXCERPT


def test_a_failing_endpoint_is_left_alone_longer_and_longer() -> None:
    rests = [rules.rest(number) for number in range(1, 12)]
    assert rests[:4] == [None, None, timedelta(seconds=5), timedelta(seconds=10)]
    assert rests[-1] == timedelta(seconds=rules.LONGEST_REST)


def test_every_fact_that_is_told_stands_in_the_catalogue_and_the_other_way_round() -> None:
    assert set(handlers.KINDS.values()) == rules_catalogue.CATALOGUE.keys()
    assert len(handlers.KINDS) == len(rules_catalogue.CATALOGUE)


@pytest.mark.parametrize("event", handlers.KINDS)
def test_the_example_of_a_message_has_the_very_fields_that_are_sent(event: type) -> None:
    fields = set(event.__dataclass_fields__) - handlers.WITHHELD  # type: ignore[attr-defined]
    sent = {rules.camel(name) for name in fields} | ({"currency", "decimals"} if handlers.AMOUNTS & fields else set())
    assert rules_catalogue.CATALOGUE[handlers.KINDS[event]].sample.keys() == sent


def test_no_message_names_a_person_by_more_than_an_identifier() -> None:
    text = json.dumps([told.sample for told in rules_catalogue.CATALOGUE.values()])
    assert not [word for word in ("email", "name", "phone", "address", "country", "token_id") if word in text.lower()]
