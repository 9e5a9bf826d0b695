"""What stands around a page: which lines, under which headings, and which of them the page belongs to."""

from collections.abc import Sequence

from flask import Flask, g
from flask_babel import Babel, lazy_gettext

from app.core.permissions import Actor, Role
from app.web import shell
from app.web.shell import Entry
from tests.support.looks import ACME, NOBODY

MONEY = lazy_gettext("Money")
ENTRIES = (
    Entry(label=lazy_gettext("Deals"), endpoint="deals.index", icon="deal"),
    Entry(label=lazy_gettext("Reviews"), endpoint="reviews.index", icon="deal", area="back"),
    Entry(label=lazy_gettext("Escrows"), endpoint="escrows.index", icon="bank", area="back", group=MONEY),
    Entry(label=lazy_gettext("Fees"), endpoint="fees.index", icon="coins", area="back", group=MONEY, covers=("gas",)),
    Entry(
        label=lazy_gettext("Hidden"),
        endpoint="hidden.index",
        icon="key",
        area="back",
        group=lazy_gettext("Keys"),
        shown=lambda _actor, _site: False,
    ),
)


def _lines(path: str, entries: Sequence[Entry] = ENTRIES) -> list[str]:
    """Return the navigation at a path: headings in brackets, the current line with a star."""
    app = Flask("shell")
    Babel(app)
    for name in ("deals", "reviews", "escrows", "fees", "hidden", "gas"):
        app.add_url_rule(f"/{name}", f"{name}.index", lambda: "")
    app.add_url_rule("/gas/prices", "gas.prices", lambda: "")
    with app.test_request_context(path):
        g.site = ACME
        g.actor = Actor(NOBODY, NOBODY, frozenset({Role.TENANT_ADMIN}), "Otto Brandt")
        built = shell.build(entries)
    assert built.office == any(not item.url for item in built.nav)
    return [f"{item.label}{'*' if item.current else ''}" if item.url else f"[{item.label}]" for item in built.nav]


def test_a_heading_stands_before_each_group_of_the_back_office_that_has_a_line() -> None:
    assert _lines("/reviews") == ["Deals", "[Back office]", "Reviews*", "[Money]", "Escrows", "Fees"]


def test_the_pages_that_a_line_covers_belong_to_it_and_to_the_back_office() -> None:
    assert _lines("/gas/prices") == ["Deals", "[Back office]", "Reviews", "[Money]", "Escrows", "Fees*"]


def test_elsewhere_one_line_leads_to_the_back_office() -> None:
    assert _lines("/deals") == ["Deals*", "Back office"]
