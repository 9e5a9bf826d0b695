"""Downloads through the JSON door."""

from uuid import UUID

from flask import Blueprint, Response

from app.core.scopes import Scope
from app.modules.documents import service
from app.modules.documents.errors import NoSuchDocument
from app.web.access import public
from app.web.current import current
from app.web.downloads import attachment
from app.web.operations import operation

api = Blueprint("documents_api", __name__, url_prefix="/api/documents")


@api.get("/<uuid:document_id>")
@operation(summary="Download a document", media="application/octet-stream", scope=Scope.READ, problems=[NoSuchDocument])
@public
def download(document_id: UUID) -> Response:
    """Answer with the file, if it is open to you: what is public, and what is yours."""
    opened = service.open(current.session, actor=current.actor, document_id=document_id, now=current.now)
    return attachment(opened.document.name, opened.document.media_type, opened.content)
