"""What every site says about itself: its terms of use and its privacy notice."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.web.access import public
from app.web.current import current
from app.web.theming import page

pages = Blueprint("legal", __name__, url_prefix="/legal")


@pages.get("/terms")
@public
def terms() -> ResponseReturnValue:
    """Show the tenant's terms of use."""
    return page("console/legal.html", heading=_("Terms of use"), text=current.site.settings.terms_text)


@pages.get("/privacy")
@public
def privacy() -> ResponseReturnValue:
    """Show the tenant's privacy notice."""
    return page("console/legal.html", heading=_("Privacy notice"), text=current.site.settings.privacy_text)
