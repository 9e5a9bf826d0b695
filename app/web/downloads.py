"""A person's file as an answer: always an attachment, never something a browser would run."""

from urllib.parse import quote

from flask import Response

INERT = "sandbox; default-src 'none'; frame-ancestors 'none'"


def attachment(name: str, media_type: str, content: bytes) -> Response:
    """Return the bytes as a download under `name`; nothing on the way may keep them."""
    response = Response(content, mimetype=media_type)
    plain = "".join(mark if mark.isascii() and mark.isprintable() and mark not in '"\\' else "_" for mark in name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["Content-Disposition"] = disposition
    response.headers["Content-Security-Policy"] = INERT
    response.headers["Cache-Control"] = "no-store"
    return response


def picture(media_type: str, content: bytes) -> Response:
    """Return a picture that this application wrote anew, to be shown in a page; anything else is a download."""
    if media_type not in ("image/png", "image/jpeg"):
        return attachment("file", media_type, content)
    response = Response(content, mimetype=media_type)
    response.headers["Content-Security-Policy"] = INERT
    response.headers["Cache-Control"] = "no-store"
    return response
