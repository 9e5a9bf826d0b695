"""What went wrong, in the reader's language: errors of ours, of HTTP, and of values sent as JSON."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from pydantic import ValidationError

from app.core.errors import AppError, Invalid

# Title, sentence and stable code for what HTTP itself refuses.
HTTP: dict[int, tuple[LazyString, LazyString, str]] = {
    400: (_l("This request can't be read"), _l("Go back, reload the page and send it again."), "bad-request"),
    403: (
        _l("Not allowed"),
        _l("It belongs to somebody else, or needs a right that your account doesn't have."),
        "forbidden",
    ),
    404: (
        _l("Not found"),
        _l("The page may have moved, or it was never here. If somebody sent you the link, ask them for a new one."),
        "not-found",
    ),
    405: (_l("This isn't possible here"), _l("Open the page from the menu and use its buttons."), "method-not-allowed"),
    413: (_l("This file is too large"), _l("Send a smaller one, or split it."), "too-large"),
    415: (
        _l("This format isn't understood"),
        _l("Send the values as the form or the documentation says."),
        "unsupported",
    ),
    429: (_l("Too many attempts"), _l("Wait a minute, then try again. Nothing was lost."), "too-many"),
    503: (_l("Unavailable"), _l("Nothing was lost. Try again in a minute."), "unavailable"),
}
# What pydantic says about a value, by the beginning of its code.
VALUES: dict[str, LazyString] = {
    "missing": _l("This is missing. Send it too."),
    "extra": _l("This name isn't known here. Check its spelling or leave it out."),
    "string_too_short": _l("This is too short."),
    "string_too_long": _l("This is too long."),
    "string": _l("Send this as a text in quotation marks."),
    "bool": _l("Send true or false."),
    "int": _l("Send a whole number."),
    "greater": _l("This number is too small."),
    "less": _l("This number is too large."),
    "literal": _l("This isn't one of the possible values."),
}


def said(error: AppError) -> str:
    """Return the error's sentence in the reader's language."""
    return str(_(error.sentence, **error.words))


def fields_said(error: AppError) -> dict[str, str]:
    """Return what is wrong with each value: sentences in the reader's language, codes as they are."""
    if not isinstance(error, Invalid):
        return {}
    return {name: _(text) if " " in text else text for name, text in error.fields.items()}


def of_http(status: int) -> tuple[str, str, str]:
    """Return title, sentence and code for a status that HTTP itself answers with."""
    title, sentence, code = HTTP.get(status) or HTTP[400 if status < 500 else 503]
    return str(title), str(sentence), code


def of_values(refused: ValidationError) -> dict[str, str]:
    """Return a sentence for each value that a JSON request has wrong, by its dotted name."""
    return {".".join(map(str, error["loc"])): _value(error["type"]) for error in refused.errors()}


def _value(code: str) -> str:
    known = next((text for start, text in VALUES.items() if code.startswith(start)), None)
    return str(known) if known is not None else _("This value can't be used here. The documentation shows its form.")
