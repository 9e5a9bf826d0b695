"""What the documentation says is what the program does."""

import re
from pathlib import Path

import click

from app.factory import create_cli
from app.lifecycle import Platform
from app.modules.accounts import rules as accounts
from app.modules.deals import rules as deals
from app.modules.documents import rules as documents
from app.web import headers

DOCS = Path(__file__).resolve().parents[2] / "docs"


def text(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def test_the_page_of_deals_has_every_step_and_no_other() -> None:
    rows = re.findall(r"^\| (\w+) \| (\w+) \| (\w+) \| (issuer|reviewer|system) \|$", text("deals.md"), re.MULTILINE)
    assert rows == [(str(before), verb, str(after), who) for before, verb, after, who in deals.TRANSITIONS]


def test_the_page_of_the_interface_has_every_address_and_no_other(app: Platform) -> None:
    there = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert set(re.findall(r"^\| `([A-Z]+ /api[^`]*)`", text("api.md"), re.MULTILINE)) == there


def test_the_page_of_security_has_the_headers_that_are_sent() -> None:
    said = text("security.md")
    assert f"Content-Security-Policy: {headers.CSP}" in said
    for name, value in headers.ALWAYS.items():
        assert f"{name}: {value}" in said


def test_the_page_of_security_has_the_limits_that_hold() -> None:
    said = text("security.md")
    assert f"{accounts.SHORTEST} to {accounts.LONGEST} characters" in said
    assert f"{documents.MAX_BYTES // 1024**2} MB a file" in said
    assert f"{accounts.FROM_ANY_PLACE.most} from everywhere" in said
    assert f"{accounts.BY_ONE_PLACE.most} from one place" in said


def test_the_operators_guide_has_every_command() -> None:
    said = text("guides/operator.md")
    for name, group in create_cli().commands.items():
        for verb in group.commands if isinstance(group, click.Group) else [""]:
            assert f"{name} {verb}".strip() in said


def test_links_between_pages_lead_somewhere() -> None:
    for page in [*DOCS.rglob("*.md"), DOCS.parent / "README.md"]:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8")):
            assert target.startswith("http") or (page.parent / target).exists(), f"{page.name}: {target}"


def test_addresses_in_the_guides_are_pages(app: Platform) -> None:
    rules = [re.sub(r"<[^>]+>", "*", rule.rule) for rule in app.url_map.iter_rules()]
    for page in (DOCS / "guides").glob("*.md"):
        for path in re.findall(r"`(/[a-z][^`]*)`", page.read_text("utf-8")):
            if not path.startswith("/deals") or path == "/deals":
                wanted = re.sub(r"…|[A-Z]+-[A-Z]+", "*", path)
                assert wanted in rules, f"{page.name}: {path}"
