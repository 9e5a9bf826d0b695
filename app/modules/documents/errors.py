"""Why a file isn't taken or isn't given."""

from app.core.errors import Invalid, NotFound


class UploadRefused(Invalid):
    """This file can't be taken."""

    code = "upload-refused"
    title = "This file can't be taken"


class NoSuchDocument(NotFound):
    """There is no such document."""

    code = "no-such-document"
