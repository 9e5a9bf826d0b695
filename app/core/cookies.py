"""The names of the cookies that more than one layer reads."""

from collections.abc import Mapping

_BOUND = "__Host-"


def named(name: str, *, secure: bool) -> str:
    """Return what a cookie is called; over HTTPS its prefix makes browsers refuse it for sub-domains and parents."""
    return _BOUND + name if secure else name


def cookie_name(*, secure: bool) -> str:
    """Return the session cookie's name."""
    return named("sid", secure=secure)


def choice(cookies: Mapping[str, str], name: str) -> str:
    """Return what the reader chose under this name, empty if nothing: `lang` or `mode`, which open nothing."""
    return cookies.get(_BOUND + name) or cookies.get(name, "")
