import random

import pytest

from app.web import colours, sheets
from tests.support.looks import ACME, NOOR, ZETA

EXTREMES = ["#ffffff", "#000000", "#ffff00", "#00ffff", "#ff0000", "#0000ff", "#808080", "#0b5f4c", "#7b1e2d"]


def any_brands(count: int) -> list[tuple[str, int, float]]:
    source = random.Random(7)
    return [
        (
            colours.to_hex((source.random(), source.random(), source.random())),
            source.randrange(360),
            source.choice((0, 0.004, 0.01, 0.016, 0.02)),
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("brand", EXTREMES)
def test_every_promise_of_contrast_holds_for_difficult_brands(brand: str) -> None:
    assert [pair for pair in colours.pairs(brand, 90, 0.006) if not pair.kept] == []


def test_every_promise_of_contrast_holds_for_any_brand() -> None:
    broken = [(brand, pair) for brand in any_brands(300) for pair in colours.pairs(*brand) if not pair.kept]
    assert broken == []


def test_contrast_is_measured_as_wcag_says() -> None:
    assert colours.contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)
    assert colours.contrast(colours.from_hex("#767676"), (1, 1, 1)) == pytest.approx(4.54, abs=0.01)


def test_a_legible_brand_stays_as_it_was_given() -> None:
    assert colours.to_hex(colours.solve("#0b5f4c", 160, 0.006).accent[colours.LIGHT]) == "#0b5f4c"


def test_a_colour_survives_the_way_through_oklch() -> None:
    for text in EXTREMES:
        assert colours.to_hex(colours.from_oklch(*colours.to_oklch(colours.from_hex(text)))) == text


def test_a_sheet_says_what_the_tenant_chose_and_names_its_fonts() -> None:
    sheet = sheets.sheet(ZETA.branding, "/static/{}".format)
    assert "--brand:#7b1e2d" in sheet
    assert '--font-body:"Newsreader Variable"' in sheet
    assert "--lift:.2em" in sheet
    assert "/static/fonts/newsreader-latin-wght-normal.woff2" in sheet


def test_every_sheet_can_write_arabic_names() -> None:
    for site in (ACME, ZETA, NOOR):
        assert "vazirmatn-arabic" in sheets.sheet(site.branding, str)


def test_a_sheet_has_another_name_when_a_choice_changes() -> None:
    other = ACME.branding.model_copy(update={"radius": 3})
    assert sheets.version(ACME.branding, str) != sheets.version(other, str)
