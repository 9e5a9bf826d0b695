import gzip
import re
from typing import Any

import pytest

from app.web import assets, packs, sheets
from app.web.icons import ICONS
from tests.support.looks import ACME, SITES

BUDGET = 7_200  # bytes, gzip: what a visitor's first page may spend on style


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.slug)
def test_the_style_of_a_public_page_stays_small(site: Any) -> None:
    sheet = assets.public_sheet(site.branding.pack, sidebar=site.branding.sidebar is not None)
    assert len(gzip.compress(sheet.encode(), 9)) < BUDGET


def test_sheets_are_balanced_and_fetch_nothing_from_elsewhere() -> None:
    for pack in assets.PACKS:
        for sheet in (assets.public_sheet(pack, sidebar=True), assets.app_sheet(pack)):
            assert sheet.count("{") == sheet.count("}")
            assert "@import" not in sheet
            assert [url for url in re.findall(r"url\(\"?([^)\"]*)", sheet) if not url.startswith("data:")] == []


def test_minifying_keeps_what_matters() -> None:
    assert assets.minify("a > b { color : red; /* why */ width: calc(1px + 2px) ; }") == (
        "a > b{color : red;width: calc(1px + 2px)}"
    )


def test_files_are_named_by_content_and_served_as_immutable(built: assets.Assets, visit: Any) -> None:
    address = built.url("css/modern")
    assert re.fullmatch(r"/static/portico-modern-[0-9a-f]{10}\.css", address)
    answer = visit(ACME).get(address, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data).decode() == assets.public_sheet("modern")
    assert visit(ACME).get(address).data.decode() == assets.public_sheet("modern")


def test_nothing_but_built_files_is_served(visit: Any) -> None:
    for path in ("manifest.json", "../pyproject.toml", "nothing.css", "portico-modern.css"):
        assert visit(ACME).get(f"/static/{path}").status_code == 404


def test_building_again_gives_the_same_names(built: assets.Assets, tmp_path: Any) -> None:
    assert assets.build(tmp_path) == built.manifest


def test_old_files_go_when_new_ones_are_built(tmp_path: Any) -> None:
    (tmp_path / "stale-0000000000.css").write_text("x")
    assets.build(tmp_path)
    assert not (tmp_path / "stale-0000000000.css").exists()


def test_every_icon_that_templates_and_modules_name_is_in_the_sprite() -> None:
    templates = [
        *packs.THEMES.rglob("*.html"),
        *(assets.ROOT / "app").rglob("*.html"),
        *(assets.ROOT / "app").rglob("*.py"),
    ]
    named = {
        (template.name, name)
        for template in templates
        for name in re.findall(r'(?:\bicon\(|icon_name=|icon_after=|\bicon=)"([a-z-]+)"', template.read_text("utf-8"))
    }
    assert {found for found in named if found[1] not in ICONS} == set()


def test_a_changed_sheet_is_found_under_its_new_name_only(visit: Any, built: assets.Assets) -> None:
    version = sheets.version(ACME.branding, built.url)
    today = visit(ACME).get(f"/theme/acme-{version}.css")
    older = visit(ACME).get("/theme/acme-0000000000.css")
    assert "immutable" in today.headers["Cache-Control"]
    assert older.headers["Cache-Control"] == "no-cache"
    assert older.data == today.data


def test_one_site_never_serves_the_sheet_of_another(visit: Any) -> None:
    assert visit(ACME).get("/theme/zeta-0000000000.css").status_code == 404
