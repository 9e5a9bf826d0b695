"""Three sites, one of each pack, and an application that only draws pages."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from flask import Flask, g

from app.web import assets, i18n, theming
from tenants.settings import BrandingChoices, TenantSettings

NOBODY = UUID(int=7)
NOW = datetime(2026, 11, 21, 13, 32, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Site:
    """As much of a tenant as the look needs."""

    slug: str
    name: str
    branding: BrandingChoices
    settings: TenantSettings
    id: UUID = NOBODY


ACME = Site(
    "acme",
    "Acme Real Assets",
    BrandingChoices(pack="modern", brand="#0b5f4c", tint=160, mark="ridge"),
    TenantSettings(languages=["en", "ar"], time_zone="Europe/Amsterdam", legal_text="You can lose all the money."),
)
ZETA = Site(
    "zeta",
    "Zeta & Cie",
    BrandingChoices(
        pack="classic", brand="#7b1e2d", tint=80, chroma=0.013, font_body="newsreader", mark="seal", sidebar="left"
    ),
    TenantSettings(languages=["en"], currency="CHF", time_zone="Europe/Zurich"),
)
NOOR = Site(
    "noor",
    "نور كابيتال",
    BrandingChoices(
        pack="minimal", brand="#2c46b1", tint=265, font_body="vazirmatn", font_head="readex-pro", sidebar="right"
    ),
    TenantSettings(languages=["ar", "en"], currency="SAR", time_zone="Asia/Riyadh"),
)
SITES = (ACME, ZETA, NOOR)


def drawing_app(built: assets.Assets) -> Flask:
    """Return an application that draws pages for whichever site `g.site` names."""
    app = Flask("look", static_folder=None)
    app.config.update(SECRET_KEY="for tests", TESTING=True)
    app.jinja_env.globals["csrf_token"] = lambda: "token"
    app.register_blueprint(
        i18n.install(app, settings=lambda: g.site.settings if "site" in g else None, person_language=lambda: None)
    )
    for blueprint in theming.install(app, assets=built, site=lambda: g.get("site"), now=lambda: NOW):
        app.register_blueprint(blueprint)
    return app
