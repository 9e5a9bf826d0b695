import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import UndefinedError

from app.web import mail_look, packs, theming
from app.web.assets import ROOT
from app.web.packs import THEMES
from tests.support import gallery
from tests.support.looks import ACME, NOOR, NOW, SITES, ZETA, Site

FORBIDDEN = re.compile(r'\sstyle\s*=|\son[a-z]+\s*=\s*["\']|hx-on|\|\s*safe\b|<script(?![^>]*\bnonce=)|<style')


def templates(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.html")) if "email" not in path.parts]


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.slug)
@pytest.mark.parametrize("office", [False, True], ids=["site", "office"])
def test_every_component_is_drawn_in_every_pack(on: Any, site: Site, office: bool) -> None:
    with on(site):
        html = theming.page("gallery.html", office=office, **gallery.context(NOW))
    assert not FORBIDDEN.search(html)
    assert f'data-pack="{site.branding.pack}"' in html
    assert "{{" not in html
    assert "Undefined" not in html


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.slug)
def test_every_error_page_is_drawn_in_every_pack(on: Any, site: Site) -> None:
    for path in sorted((THEMES / "base" / "templates" / "errors").glob("*.html")):
        with on(site):
            html = theming.page(f"errors/{path.name}", status=500, title="T", message="Try again.", reference="a1b2")
        assert "<h1>" in html, path.name


def test_an_error_in_the_back_office_keeps_its_sidebar(on: Any) -> None:
    words = {"status": 404, "title": "T", "message": "Try again."}
    with on(ACME):
        assert 'data-area="office"' in theming.page("errors/error.html", shell=theming.Shell(office=True), **words)
        assert 'data-area="office"' not in theming.page("errors/error.html", **words)


def test_an_unknown_host_gets_a_page_that_names_nobody(on: Any) -> None:
    with on(None):
        html = theming.page("errors/404_host.html")
    assert not any(site.name in html or site.slug in html for site in SITES)


def test_one_site_never_gets_the_layout_of_another(on: Any) -> None:
    for site in (ACME, ZETA, NOOR, ACME):
        with on(site):
            html = theming.page("errors/404.html", status=404, title="", message="")
        assert f'data-pack="{site.branding.pack}"' in html
        assert f"/theme/{site.slug}-" in html


def test_a_pack_replaces_a_template_and_inherits_the_rest(on: Any) -> None:
    with on(ZETA):
        assert "<ellipse" in theming.page("layout_plain.html")
    with on(ACME):
        assert "/plates/contour-" in theming.page("layout_plain.html")


def test_an_unknown_variable_is_an_error(on: Any) -> None:
    with on(ACME), pytest.raises(UndefinedError):
        theming.page("errors/error.html")


@pytest.mark.parametrize(
    ("site", "side"), [(ACME, ""), (ZETA, "start"), (NOOR, "start")], ids=["none", "left in English", "right in Arabic"]
)
def test_left_and_right_follow_the_direction_of_reading(on: Any, site: Site, side: str) -> None:
    with on(site):
        assert theming.look(site).sidebar == side


def test_left_is_the_far_side_in_arabic(on: Any) -> None:
    left = Site("noor", NOOR.name, NOOR.branding.model_copy(update={"sidebar": "left"}), NOOR.settings)
    with on(left):
        assert theming.look(left).sidebar == "end"


def test_the_back_office_always_has_its_sidebar(on: Any) -> None:
    with on(ACME):
        assert 'data-sidebar="start"' in theming.page("layout_admin.html")


def test_the_reader_may_choose_light_or_dark(on: Any) -> None:
    with on(ACME, headers={"Cookie": "mode=dark"}):
        assert theming.look(ACME).mode == "dark"
    with on(ACME, headers={"Cookie": "mode=purple"}):
        assert theming.look(ACME).mode == "auto"


def test_two_answers_never_share_a_nonce(on: Any) -> None:
    with on(ACME):
        first, again = theming.csp_nonce(), theming.csp_nonce()
    with on(ACME):
        other = theming.csp_nonce()
    assert first == again != other


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.slug)
def test_mail_carries_the_colours_of_the_site(on: Any, site: Site) -> None:
    with on(site):
        html = mail_look.message(
            site,
            heading="One document is missing.",
            paragraphs=["Hello <Ada>,", "please send it."],
            why="It can’t be switched off.",
            action="Send it",
            url="https://acme.example/verify",
            rows=[("Reference", "INV-1")],
        )
    assert site.branding.brand in html
    assert "&lt;Ada&gt;" in html
    assert 'href="https://acme.example/verify"' in html


@pytest.mark.parametrize(
    "template",
    [*templates(THEMES), *templates(ROOT / "app" / "modules")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_templates_hold_nothing_that_the_policy_forbids(template: Path) -> None:
    assert FORBIDDEN.findall(template.read_text("utf-8")) == []


def test_templates_use_only_components_that_exist() -> None:
    known = set(re.findall(r"set (\w+) =", (THEMES / "base" / "templates" / "components.html").read_text("utf-8")))
    used = {
        (path.name, name)
        for path in [*templates(THEMES), *templates(ROOT / "app" / "modules")]
        for name in re.findall(r"\bui\.(\w+)\(", path.read_text("utf-8"))
    }
    assert {found for found in used if found[1] not in known} == set()


def test_every_macro_can_be_had_under_the_one_name() -> None:
    folder = THEMES / "base" / "templates"
    known = set(re.findall(r"set (\w+) =", (folder / "components.html").read_text("utf-8")))
    macros = {
        name
        for path in (folder / "components").glob("*.html")
        for name in re.findall(r"macro ([a-z]\w*)\(", path.read_text("utf-8"))
    }
    assert macros == known


def test_packs_say_what_they_extend() -> None:
    assert packs.load()["classic"].chain == ("classic", "base")


@pytest.mark.parametrize(
    "told", ["", 'name = "X"', 'name = "X"\nsummary = "Y"\nextends = "nothing"', 'name = 1\nsummary = "Y"', "name ="]
)
def test_a_broken_pack_is_refused_with_its_name(tmp_path: Path, told: str) -> None:
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "theme.toml").write_text(told)
    with pytest.raises(packs.BrokenPack, match="odd"):
        packs.load(tmp_path)


def test_an_icon_that_is_not_there_is_an_error(on: Any, web: Flask) -> None:
    with on(ACME), pytest.raises(KeyError):
        web.jinja_env.globals["icon"]("no-such-icon")
