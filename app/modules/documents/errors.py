"""Why a file isn't taken or isn't given."""

from app.core.errors import Invalid, NotFound


class UploadRefused(Invalid):
    """This file can't be taken. Save it as PDF, PNG or JPEG and send it again."""

    code = "upload-refused"
    title = "This file can't be taken"


class NoSuchDocument(NotFound):
    """There is no such document here, or it isn't open to you. Go back to the page that lists it."""

    code = "no-such-document"
