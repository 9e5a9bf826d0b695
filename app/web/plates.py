"""Plates: covers drawn for deals without a photograph. A deal keeps its picture, because its id is the seed.

A page holds only a reference; the drawing is a file of its own that browsers keep. It takes the page's colours.
"""

import gzip
from collections.abc import Callable
from functools import lru_cache
from math import cos, pi, sin
from random import Random
from zlib import crc32

from flask import Blueprint, Response, abort
from markupsafe import Markup

from app.web.access import bare
from app.web.plate_art import built, land, made
from app.web.plate_art.pen import Pen

KINDS: dict[str, Callable[[Random], Pen]] = {
    "contour": land.contour,
    "turbines": land.turbines,
    "array": land.array,
    "orchard": land.orchard,
    "dam": land.dam,
    "facade": built.facade,
    "shed": built.shed,
    "mains": built.mains,
    "vessel": built.vessel,
    "lab": made.lab,
    "lattice": made.lattice,
    "ledger": made.ledger,
    "orrery": made.orrery,
}
# What suits a kind of deal when its issuer chose nothing.
FOR_DEALS: dict[str, tuple[str, ...]] = {
    "equity": ("lab", "orrery", "turbines"),
    "debt": ("mains", "shed", "vessel"),
    "token": ("lattice",),
    "fund": ("ledger", "contour"),
    "real_estate": ("facade", "shed"),
    "revenue_share": ("orchard", "vessel"),
}
SEEDS = 4096  # so many pictures of a kind: enough to differ, few enough that nobody can make us draw without end
WEEK = 604_800


def kind_for(deal_kind: str, seed: object) -> str:
    """Return the plate that suits a kind of deal; the same one each time for the same seed."""
    fitting = FOR_DEALS.get(deal_kind, ("contour",))
    return fitting[_number(seed) % len(fitting)]


def draw(kind: str, seed: object) -> Markup:
    """Return the plate of that kind (a key of KINDS; contour for any other) for a seed, as a reference in SVG."""
    name = kind if kind in KINDS else "contour"
    return Markup(  # noqa: S704
        '<svg class="plate" viewBox="0 0 640 360" preserveAspectRatio="xMidYMax slice" aria-hidden="true">'
        f'<use href="/plates/{name}-{_number(seed):03x}.svg#p"/></svg>'
    )


def contour(seed: object) -> Markup:
    """Return survey lines."""
    return draw("contour", seed)


def drawing(kind: str, number: int) -> str:
    """Return the SVG document of a plate. Raises KeyError for an unknown kind."""
    return KINDS[kind](Random(f"{kind}{number}")).svg()  # noqa: S311


@lru_cache(maxsize=1024)
def _packed(kind: str, number: int) -> bytes:
    return gzip.compress(drawing(kind, number).encode(), 6, mtime=0)


@lru_cache(maxsize=1)
def rosette() -> Markup:
    """Return a guilloche, the engraved ornament of securities: one ellipse and one circle turned about."""
    ellipse = "".join(f'<ellipse rx="150" ry="51" transform="rotate({5 * k})"/>' for k in range(36))
    circles = "".join(
        f'<circle cx="{42 * cos(pi * k / 12):.1f}" cy="{42 * sin(pi * k / 12):.1f}" r="42"/>' for k in range(24)
    )
    return Markup(  # noqa: S704
        f'<svg class="art" viewBox="-154 -154 308 308" aria-hidden="true" stroke-width=".5">{ellipse}{circles}</svg>'
    )


def _number(seed: object) -> int:
    return crc32(str(seed).encode()) % SEEDS


def blueprint() -> Blueprint:
    """Return the pages under /plates."""
    pages = Blueprint("plates", __name__)

    @pages.get("/plates/<name>.svg")
    @bare
    def show(name: str) -> Response:
        kind, _, number = name.partition("-")
        if kind not in KINDS or len(number) != 3 or not set(number) <= set("0123456789abcdef"):
            abort(404)
        answer = Response(_packed(kind, int(number, 16)), content_type="image/svg+xml")
        answer.headers["Content-Encoding"] = "gzip"  # every browser that shows SVG takes it
        answer.headers["Cache-Control"] = f"public, max-age={WEEK}"
        return answer

    return pages
