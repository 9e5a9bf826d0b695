"""What a view may ask about the request it answers: `current.session`, `current.site`, `current.actor`."""

from datetime import datetime
from typing import cast

from flask import g, has_app_context
from sqlalchemy.orm import Session

from app.config import Settings
from app.core.permissions import Actor
from app.core.scopes import Scope
from tenants.service import Site
from tenants.settings import TenantSettings


class _Current:
    @property
    def site(self) -> Site:
        """The tenant whose host was asked."""
        return cast(Site, g.site)

    @property
    def session(self) -> Session:
        """The tenant's session of this request; it commits after the view, before the response leaves."""
        return cast(Session, g.session)

    @property
    def actor(self) -> Actor:
        """Who asks: a person or a visitor."""
        return cast(Actor, g.actor)

    @property
    def scopes(self) -> frozenset[Scope]:
        """What the request's token may be used for; nothing where nobody came with one."""
        return cast("frozenset[Scope]", g.get("scopes") or frozenset())

    @property
    def now(self) -> datetime:
        """The instant at which this request began, in UTC."""
        return cast(datetime, g.now)

    @property
    def settings(self) -> Settings:
        """The installation's settings."""
        return cast(Settings, g.settings)


current = _Current()


def current_site_or_none() -> Site | None:
    """Return the tenant of this request, or None outside of one and on an unknown host."""
    return cast("Site | None", g.get("site")) if has_app_context() else None


def current_settings_or_none() -> TenantSettings | None:
    """Return the settings of this request's tenant, or None where there is none."""
    site = current_site_or_none()
    return site.settings if site else None
