"""The documents of one's own verification through the JSON door."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from flask import Blueprint, request
from pydantic import Field

from app.core.errors import Invalid
from app.core.scopes import Scope
from app.modules.compliance import queries, service
from app.modules.compliance.api import CLOSED, open_case
from app.modules.compliance.permissions import POLICY, Perm
from app.modules.documents import service as documents
from app.modules.documents.errors import UploadRefused
from app.web.access import requires
from app.web.current import current
from app.web.operations import Body, Shape, operation

api = Blueprint("compliance_documents_api", __name__, url_prefix="/api")

Kind = Annotated[str, Field(min_length=1, max_length=40)]


class FileNeeded(Invalid):
    """Send the file as the part `file` of a multipart form."""

    code = "file-needed"


class NewFile(Body):
    """Which step a document is for, and what it is."""

    step: Literal["identity", "address", "funds", "standing"]
    kind: Kind


class FileShown(Shape):
    """A document that was sent."""

    id: UUID
    step: str
    kind: str
    name: str
    size: int
    status: str
    added_at: datetime


class Files(Shape):
    """The documents of the newest case."""

    documents: list[FileShown]


@api.get("/investor/documents")
@operation(summary="List the documents you sent", answer=Files, scope=Scope.READ)
@requires(Perm.TAKE_PART, POLICY)
def files() -> Files:
    """Answer with the documents of your newest case."""
    return _files()


@api.post("/investor/documents")
@operation(
    summary="Send a document",
    form=NewFile,
    answer=Files,
    status=201,
    scope=Scope.VERIFY,
    key="honoured",
    problems=[*CLOSED, UploadRefused, FileNeeded],
)
@requires(Perm.TAKE_PART, POLICY)
def attach(sent: NewFile) -> Files:
    """Send a file for a step of the open case."""
    file = request.files.get("file")
    if file is None:
        raise FileNeeded
    service.attach(
        current.session,
        actor=current.actor,
        case_id=open_case().id,
        step=sent.step,
        kind=sent.kind,
        name=file.filename or "",
        content=file.read(documents.MAX_BYTES + 1),
        now=current.now,
    )
    return _files()


@api.delete("/investor/documents/<uuid:file_id>")
@operation(summary="Take a document back", answer=Files, scope=Scope.VERIFY, key="honoured", problems=CLOSED)
@requires(Perm.TAKE_PART, POLICY)
def detach(file_id: UUID) -> Files:
    """Take back a document that wasn't reviewed yet."""
    service.detach(current.session, actor=current.actor, case_id=open_case().id, sent_id=file_id, now=current.now)
    return _files()


def _files() -> Files:
    case = queries.latest(current.session, current.actor.require_id())
    sent = queries.documents(current.session, case.id) if case else []
    known = documents.described(current.session, [row.document_id for row in sent])
    return Files(
        documents=[
            FileShown(
                id=row.id,
                step=row.step,
                kind=row.kind,
                name=known[row.document_id].name,
                size=known[row.document_id].size,
                status=row.status,
                added_at=row.added_at,
            )
            for row in sent
        ]
    )
