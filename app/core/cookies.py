"""The names of the cookies that more than one layer reads."""


def cookie_name(*, secure: bool) -> str:
    """Return the session cookie's name; over HTTPS its prefix makes browsers refuse it for sub-domains and parents."""
    return "__Host-sid" if secure else "sid"
