"""What every site says about itself, through the JSON door."""

from flask import Blueprint

from app.core.scopes import Scope
from app.web.access import public
from app.web.current import current
from app.web.operations import Shape, operation

api = Blueprint("legal_api", __name__, url_prefix="/api")


class Legal(Shape):
    """A site's terms of use and privacy notice, whom to write to, and the line at the foot of its pages."""

    name: str
    terms: str
    privacy: str
    notice: str
    contact_email: str
    contact_address: str


@api.get("/legal")
@operation(summary="Read the terms of use and the privacy notice", answer=Legal, scope=Scope.READ, etag=True)
@public
def legal() -> Legal:
    """Answer with what the site says about itself."""
    said = current.site.settings
    return Legal(
        name=current.site.name,
        terms=said.terms_text,
        privacy=said.privacy_text,
        notice=said.legal_text,
        contact_email=said.contact_email,
        contact_address=said.contact_address,
    )
