"""The baseline of `pages`: the same page by Flask and raw psycopg alone, one query for cards and one for counts.

Its template is cut from a page that Portico answered, so both give the same HTML whatever the look is today. What is
read from a card's row is filled in anew at each request; what surrounds it is text.
"""

import os
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from flask import Flask
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

_CARDS = """
SELECT id, slug, title, summary, kind, sector, location, issuer_name, regime, status, cover_kind, featured, terms,
       asset_code, asset_decimals, asset_display_decimals, chain_id, asset_contract, unit_price, min_ticket, soft_cap,
       hard_cap, raised, reserved, investors_count, opens_at, closes_at, eligible_countries
FROM app.deals WHERE status = ANY(%s) AND regime <> ALL(%s) ORDER BY opened_at DESC NULLS FIRST, id LIMIT 20
"""
_COUNTS = "SELECT status, count(*) AS n FROM app.deals WHERE status = ANY(%s) AND regime <> ALL(%s) GROUP BY status"
_LISTED = ["scheduled", "open", "paused", "funded", "failed", "closed"]
_MEMBERS_ONLY = ["506b"]
_EURO = 10**6
_START, _END, _CARD = '<ol class="deals">', "</ol>", '<li class="deal'
_FEWEST_FIELDS = 8  # of a card; fewer would mean that the cut no longer fits the page

pool = ConnectionPool(os.environ["BARE_URL"], min_size=2, max_size=4, kwargs={"row_factory": dict_row}, open=True)
application = Flask("bare")


def rows() -> tuple[list[dict[str, Any]], int]:
    """The cards' rows and how many deals there are."""
    with pool.connection() as connection:
        connection.execute("SELECT set_config('app.tenant_id', %s, true)", (os.environ["BARE_TENANT"],))
        found = connection.execute(_CARDS, (_LISTED, _MEMBERS_ONLY)).fetchall()
        counted = connection.execute(_COUNTS, (_LISTED, _MEMBERS_ONLY)).fetchall()
    return found, sum(row["n"] for row in counted)


def shown(row: dict[str, Any], now: datetime) -> dict[str, str]:
    """A row as its card shows it: placeholder → text."""
    raised, hard, soft = (int(row[name]) // _EURO for name in ("raised", "hard_cap", "soft_cap"))
    closes = row["closes_at"].astimezone(UTC)
    return {
        "link": f"/deals/{row['slug']}",
        "title": row["title"],
        "summary": row["summary"],
        "place": f"{row['sector']}, {row['location']}",
        "raised": f" {raised:,}",
        "units": f'"{raised}"',
        "hard": f" {hard:,}",
        "part": f"{100 * raised / hard:.1f}%",
        "soft_part": f"{100 * soft / hard:.1f}%",
        "minimum": f" {int(row['min_ticket']) // _EURO:,}",
        "investors": f"{row['investors_count']} investors",
        "closes": f"{closes:%Y-%m-%dT%H:%M:%SZ}",
        "left": f"{(closes - now).days} days left",
    }


def cut(answered: str) -> str:
    """The page as a Jinja template. Raises `SystemExit` when the page has no cards or they show too little."""
    before, _, rest = answered.partition(_START)
    cards, _, after = rest.partition(_END)
    template, now = f"{{% raw %}}{before}{_START}{{% endraw %}}", datetime.now(UTC)
    pieces = cards.split(_CARD)[1:]
    for number, (row, piece) in enumerate(zip(rows()[0], pieces, strict=True)):
        template += _CARD + _with_places(piece, shown(row, now), number)
    return template + f"{{% raw %}}{_END}{after}{{% endraw %}}"


def _with_places(piece: str, values: dict[str, str], number: int) -> str:
    """A card's HTML with places for its values, the longest filled first."""
    found = 0
    for name, value in sorted(values.items(), key=lambda item: -len(item[1])):
        text = escape(value, quote=False)
        found += text in piece
        piece = piece.replace(text, f"{{{{ deals[{number}].{name}|{'safe' if name == 'units' else 'e'} }}}}")
    if found < _FEWEST_FIELDS:
        raise SystemExit(f"Only {found} fields of a card were found: fit scripts/benchmarks/bare.py to the page.")
    return piece


page = application.jinja_env.from_string(cut(Path(os.environ["BARE_PAGE"]).read_text()))


@application.get("/deals")
def deals() -> str:
    now = datetime.now(UTC)
    found, total = rows()
    return page.render(deals=[shown(row, now) for row in found], total=total)
