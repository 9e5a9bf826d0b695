"""docs/webhooks.md says what is told, and when it is tried again."""

import re
from pathlib import Path

from app.integrations.egress import port
from app.modules.webhooks import rules, rules_catalogue

SAID = (Path(__file__).resolve().parents[3] / "docs" / "webhooks.md").read_text("utf-8")


def test_the_table_has_every_message_and_its_meaning() -> None:
    rows = dict(re.findall(r"^\| `([a-z_.]+)` \| (.*) \|$", SAID, re.MULTILINE))
    assert rows == {kind: told.what for kind, told in rules_catalogue.CATALOGUE.items()}


def test_the_schedule_and_the_limits_are_those_that_hold() -> None:
    units = {"s": 1, "min": 60, "h": 3600}
    told = re.search(r"\| tried again \| (.*?) after the attempt before", SAID)
    assert told
    waits = [int(number) * units[unit] for number, unit in re.findall(r"(\d+) (s|min|h)\b", told[1])]
    assert tuple(waits) == rules.SCHEDULE[1:]
    assert f"within {port.TOTAL:.0f} seconds" in SAID
    assert f"up to {port.READ // 1024} KiB, and {rules.EXCERPT} characters" in SAID
    assert f"at most {rules.AT_ONCE} messages of one site" in SAID
    assert f"for {rules.KEPT.days} days" in SAID
