"""Downloads."""

from uuid import UUID

from flask import Blueprint, Response

from app.modules.documents import service
from app.web.access import public
from app.web.current import current
from app.web.downloads import attachment

pages = Blueprint("documents", __name__)


@pages.get("/documents/<uuid:document_id>")
@public
def download(document_id: UUID) -> Response:
    opened = service.open(current.session, actor=current.actor, document_id=document_id, now=current.now)
    return attachment(opened.document.name, opened.document.media_type, opened.content)
