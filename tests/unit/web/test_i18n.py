from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from flask_babel import get_locale
from jinja2 import Environment
from markupsafe import Markup, escape

from app.web import catalogues, i18n
from app.web.filters import own
from app.web.reader import ngettext
from tests.support.looks import ACME, NOOR, ZETA


def test_the_readers_choice_comes_first_then_the_browser_then_the_site() -> None:
    both = ["ar", "en"]
    assert i18n.choose(both, wishes=["en", None], accepted="ar") == "en"
    assert i18n.choose(both, wishes=[None, "en"], accepted="ar") == "en"
    assert i18n.choose(both, wishes=[None, None], accepted="en") == "en"
    assert i18n.choose(both, wishes=["fr"], accepted=None) == "ar"


def test_a_site_speaks_only_its_own_languages(on: Any) -> None:
    with on(ZETA, headers={"Accept-Language": "ar", "Cookie": "lang=ar"}):
        assert str(get_locale()) == "en"
    with on(NOOR):
        assert str(get_locale()) == "ar"
    with on(NOOR, headers={"Accept-Language": "en-GB,en;q=0.8"}):
        assert str(get_locale()) == "en"


@pytest.mark.parametrize(
    ("target", "lands"),
    [
        ("/deals?page=2", "/deals?page=2"),
        ("https://evil.example/", "/"),
        ("//evil.example/x", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("deals", "/"),
        ("", "/"),
        (None, "/"),
    ],
)
def test_a_link_of_ours_never_leads_elsewhere(target: str | None, lands: str) -> None:
    assert i18n.local_path(target) == lands


@pytest.mark.parametrize(
    ("text", "on_english", "on_arabic"),
    [
        ("Tide B.V.", "Tide B.V.", '<span dir="ltr">Tide B.V.</span>'),
        ("بلغنا الحد <1>.", '<span dir="rtl">بلغنا الحد &lt;1&gt;.</span>', "بلغنا الحد &lt;1&gt;."),
        ("94% of it", "94% of it", '<span dir="ltr">94% of it</span>'),
        ("12 / 7", "12 / 7", "12 / 7"),
        ("", "", ""),
    ],
)
def test_what_somebody_wrote_reads_in_its_own_direction(on: Any, text: str, on_english: str, on_arabic: str) -> None:
    for site, shown in ((ZETA, on_english), (NOOR, on_arabic)):
        with on(site):
            assert escape(own(text)) == shown


def test_our_own_words_and_figures_are_left_as_they_are(on: Any) -> None:
    with on(NOOR):
        assert [own(value) for value in (Markup("<b>HQR</b>"), 12, None)] == [Markup("<b>HQR</b>"), 12, None]


def test_choosing_a_language_or_a_mode_keeps_it_and_leads_back(visit: Any, on: Any) -> None:
    answer = visit(ACME).get("/preferences/mode/dark?next=/deals")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/deals")
    assert "mode=dark" in answer.headers["Set-Cookie"]
    assert "Set-Cookie" not in visit(ACME).get("/preferences/mode/purple").headers
    with on(ACME, "/deals?page=2"):
        assert i18n.preference_url("lang", "ar") == "/preferences/lang/ar?next=/deals%3Fpage%3D2"


def test_a_catalogue_that_loses_a_placeholder_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    source, arabic = Catalog(), Catalog(locale="ar")
    for catalogue, text in ((source, ""), (arabic, "بلا مبلغ")):
        catalogue.add("You pay %(amount)s", text)
    source.add("Never seen")
    arabic.add("Still empty", "")
    source.add("Still empty")
    monkeypatch.setattr(catalogues, "extract", lambda: source)
    monkeypatch.setattr(catalogues, "read", lambda _language: arabic)
    found = "\n".join(catalogues.problems("ar"))
    assert "other placeholders: 'You pay %(amount)s'" in found
    assert "not in the catalogue: 'Never seen'" in found
    assert "not translated: 'Still empty'" in found


def test_a_percent_sign_in_a_template_is_gathered_as_it_is_looked_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []
    page = "{% trans %}Who owns 25 % of it{% endtrans %}"
    (tmp_path / "app/templates").mkdir(parents=True)
    (tmp_path / "app/templates/page.html").write_text(page, "utf-8")
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    environment.install_gettext_callables(lambda text: asked.append(text) or text, ngettext, newstyle=True)
    assert environment.from_string(page).render() == "Who owns 25 % of it"
    monkeypatch.setattr(catalogues, "ROOT", tmp_path)
    monkeypatch.setattr(catalogues, "SOURCES", ("app",))
    assert [message.id for message in catalogues.extract() if message.id] == asked


@pytest.mark.parametrize(
    ("count", "text"),
    [(1, "بقي يوم واحد"), (2, "بقي يومان"), (5, "بقيت 5 أيام"), (54, "بقي 54 يومًا"), (100, "بقي 100 يوم")],
)
def test_arabic_counts_in_its_six_ways(on: Any, count: int, text: str) -> None:
    with on(NOOR):
        assert ngettext("%(num)s day left", "%(num)s days left", count) == text
