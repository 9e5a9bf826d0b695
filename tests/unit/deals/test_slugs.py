"""A deal's address is its title, in whatever script."""

import unicodedata

import pytest

from app.modules.deals import rules_slugs


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("Harbour Quarter, Rotterdam", "harbour-quarter-rotterdam"),
        ("Alcázar Solar & Storage", "alcazar-solar-storage"),
        ("Straße Nr. 5", "strasse-nr-5"),
        ("محطة سدير للطاقة الشمسية", "محطة-سدير-للطاقة-الشمسية"),
        ("مَحَطَّة", "محطة"),
        ("Офис на Неве", "офис-на-неве"),
        ("港湾地区 2号", "港湾地区-2号"),
        ("हिन्दी निधि", "हिन्दी-निधि"),
        ("Ⅷ — / ? # % & <b>", "viii-b"),
        ("  ", "deal"),
        ("…", "deal"),
    ],
)
def test_a_title_stays_readable(title: str, stem: str) -> None:
    assert rules_slugs.stem(title) == unicodedata.normalize("NFC", stem)


def test_a_long_title_is_cut_without_a_hyphen_at_its_end() -> None:
    stem = rules_slugs.stem("a" * 49 + " b c")
    assert stem == "a" * 49
    assert len(rules_slugs.stem("ß" * 80)) == rules_slugs.LONGEST


def test_nothing_that_has_a_meaning_in_addresses_is_left() -> None:
    every = "".join(map(chr, range(1, 0x2FF))) + "\u200f\u202e/\\?#%.:@&=+$,;\u00a0"
    assert set("/\\?#%.:@&=+$,; \u200f\u202e\u00a0") & set(rules_slugs.stem(every * 3)) == set()
    assert all(letter == "-" or unicodedata.category(letter)[0] in "LNM" for letter in rules_slugs.stem(every[40:]))
