"""The signed cookie that carries a form's token and what a page says once; nobody's session is in it."""

from functools import cache
from hashlib import sha256

from flask.sessions import SecureCookieSessionInterface


class FormCookie(SecureCookieSessionInterface):
    """Flask's own, with SHA-256; what signs is made once and not for every request, as the key stays the same."""

    digest_method = staticmethod(sha256)
    get_signing_serializer = cache(SecureCookieSessionInterface.get_signing_serializer)
