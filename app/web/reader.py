"""Who reads the page being drawn: language, direction, time zone, and the catalogue of texts.

Asked once a page and kept in a context variable, because a page asks hundreds of times.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from gettext import NullTranslations
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.support import Translations
from flask_babel import get_locale, get_timezone
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from app.web.catalogues import FOLDER


@dataclass(frozen=True, slots=True)
class Reader:
    """What the reader's language and place decide."""

    language: str
    rtl: bool
    zone: ZoneInfo
    texts: NullTranslations


_current: ContextVar[Reader | None] = ContextVar("reader", default=None)


@lru_cache(maxsize=256)
def _reader(language: str, zone: str) -> Reader:
    locale = Locale.parse(language)
    return Reader(language, locale.text_direction == "rtl", ZoneInfo(zone), texts(language))


@lru_cache(maxsize=16)
def texts(language: str) -> NullTranslations:
    """Return a language's catalogue; English has none, its texts are those of the sources."""
    return Translations.load(FOLDER, [language], "messages")


def reader() -> Reader:
    """Return the reader of the page being drawn, or of the request or job at hand."""
    return _current.get() or _reader(str(get_locale() or "en"), str(get_timezone() or "UTC"))


@contextmanager
def reading() -> Iterator[Reader]:
    """Keep the reader while a page is drawn."""
    token = _current.set(None)
    try:
        now = reader()
        _current.set(now)
        yield now
    finally:
        _current.reset(token)


def gettext(text: str, **values: Any) -> str:
    """Return the text in the reader's language, its places filled."""
    found = reader().texts.gettext(text)
    return found % values if values else found


def ngettext(one: str, many: str, num: int, **values: Any) -> str:
    """Return the form of the text for `num` things, its places (`%(num)s` too) filled."""
    return reader().texts.ngettext(one, many, num) % {"num": num, **values}


def template_texts(language: str) -> dict[str, Callable[..., str]]:
    """Return gettext and ngettext for the templates of one language."""
    catalogue = texts(language)

    def filled(context: EvalContext, found: str, values: dict[str, Any]) -> str:
        return Markup(found) % values if context.autoescape else found % values  # noqa: S704

    @pass_eval_context
    def translate(context: EvalContext, text: str, /, **values: Any) -> str:
        return filled(context, catalogue.gettext(text), values)

    @pass_eval_context
    def translate_many(context: EvalContext, one: str, many: str, num: int, /, **values: Any) -> str:
        return filled(context, catalogue.ngettext(one, many, num), {"num": num, **values})

    return {"gettext": translate, "_": translate, "ngettext": translate_many}
