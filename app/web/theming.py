"""Which look a page gets: the pack of the tenant's site, its sheet, and what stands around the content.

A template is looked up in the pack, then in `base`, then in the modules. Every pack has a Jinja environment of its own
(an overlay, so that Flask's globals stay): one environment with a tenant-aware loader would hand one tenant's cached
layout to another.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, cast
from uuid import UUID

from babel import Locale
from flask import Blueprint, Flask, Response, abort, current_app, g, has_request_context, request
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

from app.core import cookies
from app.web import charts, countries, filters, i18n, icons, numbers, packs, plates, sheets
from app.web.access import bare
from app.web.assets import ROOT, YEAR, Assets
from app.web.assets import blueprint as static_pages
from app.web.packs import THEMES
from app.web.reader import Reader, reader, reading, template_texts
from tenants.settings import BrandingChoices, TenantSettings

MODES = ("auto", "light", "dark")


class Site(Protocol):
    """The tenant of the page, as far as the look is concerned."""

    @property
    def id(self) -> UUID: ...
    @property
    def slug(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def settings(self) -> TenantSettings: ...
    @property
    def branding(self) -> BrandingChoices: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """A line of a menu. Without `url` it is a heading; with `post` it is a button that sends a form."""

    label: str
    url: str = ""
    icon: str = ""
    current: bool = False
    count: int = 0
    post: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is signed in."""

    name: str
    initials: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """A line over the whole page: emergency access, maintenance, an unpaid bill. `kind`: "", "warn", "bad", "info"."""

    text: str
    kind: str = ""
    url: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """What stands around the content. A context processor passes it to every page as `shell`.

    `legal` are the links of the footer, `terms` the tenant's words (`shell.terms.deals`), `office` whether the page
    is one of the back office, `unread` the notices not read yet.
    """

    nav: Sequence[NavItem] = ()
    account: Sequence[NavItem] = ()
    legal: Sequence[NavItem] = ()
    office: bool = False
    person: Person | None = None
    unread: int = 0
    unread_url: str = ""
    home_url: str = "/"
    sign_in_url: str = ""
    register_url: str = ""
    banners: Sequence[Banner] = ()
    terms: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What `<html>` and `<head>` say."""

    lang: str
    dir: str
    pack: str
    header: str
    sidebar: str
    back_office_sidebar: str
    mode: str
    name: str
    mark: str
    legal_text: str
    languages: Sequence[tuple[str, str]]
    sheet: str
    app_sheet: str
    theme: str
    favicon: str
    font: str

    def preference(self, name: str, value: str) -> str:
        """Return the link that sets `lang` or `mode` and leads back here."""
        return i18n.preference_url(name, value)

    @property
    def rtl(self) -> bool:
        """Tell whether the page runs from right to left."""
        return self.dir == "rtl"


@dataclass(frozen=True, slots=True)
class Neutral:
    """The look of pages that belong to no tenant: an unknown host. It names nobody."""

    id: UUID
    slug: str
    name: str
    settings: TenantSettings
    branding: BrandingChoices


NEUTRAL = Neutral(UUID(int=0), "none", "", TenantSettings(), BrandingChoices(font_body="system"))


@dataclass(slots=True)
class Theming:
    """The environments of one application, and where it learns whose page it is."""

    app: Flask
    assets: Assets
    site: Callable[[], Site | None]
    now: Callable[[], datetime]
    environments: dict[tuple[str, str], Environment] = field(default_factory=dict)
    looks: dict[tuple[str, str, str], tuple[Site, Look]] = field(default_factory=dict)

    def environment(self, pack: str, language: str) -> Environment:
        """Return the environment of a pack in a language; made once, when the first page needs it."""
        found = self.environments.get((pack, language))
        if found is None:
            found = self.app.jinja_env.overlay(loader=_loader(pack), undefined=StrictUndefined)
            found.globals = {**self.app.jinja_env.globals, **template_texts(language)}
            self.environments[pack, language] = found
        return found


def install(
    app: Flask, *, assets: Assets, site: Callable[[], Site | None], now: Callable[[], datetime]
) -> tuple[Blueprint, ...]:
    """Give the application its look; call after Babel. Returns the blueprints to register: /static, /theme, /plates.

    `site` answers whose page is being drawn (None: nobody's), `now` what time it is.
    """
    app.extensions["portico.theming"] = Theming(app, assets, site, now)
    app.jinja_env.filters.update(filters.FILTERS)
    app.jinja_env.globals.update(
        static_url=assets.url,
        csp_nonce=csp_nonce,
        charts=charts,
        plates=plates,
        icon=filters.icons(assets.url),
        units=numbers.units,
        country_name=countries.country_name,
        country_options=countries.country_options,
        own_name=_own_name,
        dash=numbers.DASH,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    return static_pages(assets), _theme_pages(), plates.blueprint()


def page(template: str, *, site: Site | None = None, **context: Any) -> str:
    """Return the rendered template in the look of the current tenant (or of `site`), for the current reader.

    Besides what is passed, a template sees `look`, `site`, `now` and whatever the application's processors add.
    """
    theming = _theming()
    owner = site or theming.site() or NEUTRAL
    with reading() as at:
        shown = look(owner)
        context.update(look=shown, site=owner, now=theming.now())
        current_app.update_template_context(context)
        context.setdefault("shell", Shell())
        return theming.environment(shown.pack, at.language).get_template(template).render(context)


def look(site: Site) -> Look:
    """Return how the site's pages look to the current reader."""
    theming, at, mode = _theming(), reader(), _mode(site.branding)
    key = (site.slug, at.language, mode)
    kept = theming.looks.get(key)
    if kept is None or kept[0] is not site:
        kept = theming.looks[key] = site, _look(site, theming, at, mode)
    return kept[1]


def _look(site: Site, theming: Theming, at: Reader, mode: str) -> Look:
    branding, url = site.branding, theming.assets.url
    font = sheets.text_font(branding)
    return Look(
        lang=at.language.replace("_", "-"),
        dir="rtl" if at.rtl else "ltr",
        pack=branding.pack,
        header=branding.header_style,
        sidebar=_side(branding.sidebar, at.rtl),
        back_office_sidebar=_side(branding.back_office_sidebar, at.rtl),
        mode=mode,
        name=site.name,
        mark="" if branding.mark == "none" else branding.mark,
        legal_text=site.settings.legal_text,
        languages=[(code, _own_name(code)) for code in site.settings.languages],
        sheet=url(f"css/{branding.pack}{'-side' if branding.sidebar else ''}"),
        app_sheet=url(f"css/{branding.pack}-app"),
        theme=theme_url(site),
        favicon=theme_url(site).removesuffix("css") + "svg",
        font=url(font) if font else "",
    )


def theme_url(site: Site) -> str:
    """Return the address of the tenant's own sheet; it changes with the content."""
    return f"/theme/{site.slug}-{sheets.version(site.branding, _theming().assets.url)}.css"


def csp_nonce() -> str:
    """Return the nonce of this response; the same one as in its Content-Security-Policy header."""
    if not has_request_context():
        return ""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return cast(str, g.csp_nonce)


def _theming() -> Theming:
    return cast(Theming, current_app.extensions["portico.theming"])


def _loader(pack: str) -> ChoiceLoader:
    modules = [*sorted((ROOT / "app" / "modules").glob("*/templates")), ROOT / "app" / "api" / "templates"]
    folders = [*(THEMES / key / "templates" for key in packs.load()[pack].chain), *modules]
    return ChoiceLoader([FileSystemLoader(folder) for folder in folders])


def _side(chosen: str | None, starts_right: bool) -> str:
    """Turn left or right into start or end of the reading direction."""
    if chosen is None:
        return ""
    return "start" if (chosen == "right") == starts_right else "end"


def _mode(branding: BrandingChoices) -> str:
    wish = cookies.choice(request.cookies, "mode") if has_request_context() else ""
    return wish if wish in MODES else branding.mode


def _own_name(code: str) -> str:
    locale = Locale.parse(code)
    return (locale.get_display_name(locale) or code).capitalize()


def _theme_pages() -> Blueprint:
    themes = Blueprint("theme", __name__)

    def answer(name: str, kind: str, draw: Callable[[Site, Theming], str]) -> Response:
        theming = _theming()
        site = theming.site() or NEUTRAL
        slug, _, version = name.rpartition("-")
        if slug != site.slug:
            abort(404)
        response = Response(draw(site, theming), content_type=kind)
        current = version == sheets.version(site.branding, theming.assets.url)
        # An older page may ask for a sheet that has changed since: it gets today's, unkept.
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable" if current else "no-cache"
        return response

    @themes.get("/theme/<name>.css")
    @bare
    def sheet(name: str) -> Response:
        return answer(name, "text/css; charset=utf-8", lambda site, t: sheets.sheet(site.branding, t.assets.url))

    @themes.get("/theme/<name>.svg")
    @bare
    def favicon(name: str) -> Response:
        return answer(name, "image/svg+xml", lambda site, _: icons.favicon(site.branding.mark, site.branding.brand))

    return themes


__all__ = ["NEUTRAL", "Banner", "Look", "NavItem", "Person", "Shell", "Site", "csp_nonce", "install", "page"]
