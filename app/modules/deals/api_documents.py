"""The data room of an issuer's deal through the JSON door."""

from typing import Literal
from uuid import UUID

from flask import Blueprint, request
from pydantic import Field

from app.core.errors import Invalid
from app.core.scopes import Scope
from app.modules.deals import errors, service
from app.modules.deals.api import Documents, data_room
from app.modules.deals.permissions import POLICY, Perm
from app.modules.deals.views_issuer import own
from app.modules.documents.errors import UploadRefused
from app.web.access import requires
from app.web.current import current
from app.web.operations import Body, operation

api = Blueprint("deals_documents_api", __name__, url_prefix="/api/issuer/deals")
LARGEST = 10 * 1024 * 1024  # bytes; the service says so in words


class FileNeeded(Invalid):
    """Send the file as the part `file` of a multipart form."""

    code = "file-needed"


class NewDocument(Body):
    """What the file is, and who may read it."""

    title: str = Field("", max_length=120)
    access: Literal["public", "registered", "verified", "invested"] = "verified"
    required: bool = False


@api.get("/<uuid:deal_id>/documents")
@operation(summary="List your deal's documents", answer=Documents, scope=Scope.READ, problems=[errors.DealNotFound])
@requires(Perm.DRAFT, POLICY)
def index(deal_id: UUID) -> Documents:
    """Answer with the documents of a deal of yours."""
    return data_room(own(deal_id))


@api.post("/<uuid:deal_id>/documents")
@operation(
    summary="Add a document",
    form=NewDocument,
    answer=Documents,
    status=201,
    scope=Scope.ISSUE,
    key="honoured",
    problems=[errors.DealNotFound, errors.WrongStatus, UploadRefused, FileNeeded],
)
@requires(Perm.PUBLISH, POLICY)
def attach(deal_id: UUID, sent: NewDocument) -> Documents:
    """Store a file in the data room. Investors accept `required` ones first; those come while it is a draft."""
    found, file = own(deal_id), request.files.get("file")
    if file is None:
        raise FileNeeded
    service.attach(
        current.session,
        actor=current.actor,
        deal_id=found.id,
        name=file.filename or "",
        content=file.read(LARGEST + 1),
        title=sent.title,
        access=sent.access,
        required=sent.required,
        now=current.now,
    )
    return data_room(found)


@api.delete("/<uuid:deal_id>/documents/<uuid:document_id>")
@operation(
    summary="Take a document out",
    answer=Documents,
    scope=Scope.ISSUE,
    key="honoured",
    problems=[errors.DealNotFound, errors.WrongStatus],
)
@requires(Perm.EDIT, POLICY)
def detach(deal_id: UUID, document_id: UUID) -> Documents:
    """Take a document out of the data room, while the deal is a draft."""
    found = own(deal_id)
    service.detach(current.session, actor=current.actor, deal_id=found.id, document_id=document_id, now=current.now)
    return data_room(found)
