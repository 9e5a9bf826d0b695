"""A person with a browser without JavaScript: opens pages, fills in forms, follows redirects."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Self

from flask import Flask
from werkzeug.test import TestResponse


@dataclass
class Form:
    """A form of a page: where it leads, and the values it would send untouched."""

    action: str
    method: str
    fields: dict[str, Any] = field(default_factory=dict)
    id: str = ""


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {key: value or "" for key, value in attrs}
        if tag == "form":
            self.forms.append(Form(named.get("action", ""), named.get("method", "get").lower(), id=named.get("id", "")))
        if not self.forms:
            return
        name, fields = named.get("name", ""), self.forms[-1].fields
        if tag == "input" and name:
            kind = named.get("type", "text")
            if kind in ("checkbox", "radio"):
                if "checked" in named:
                    fields[name] = named.get("value", "on")
            elif kind not in ("submit", "file", "button", "image"):
                fields[name] = named.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in named or self._select not in fields):
            fields[self._select] = named.get("value", "")
        elif tag == "textarea":
            self._area = name
            fields[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        if tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area and self.forms:
            self.forms[-1].fields[self._area] += data


class Visitor:
    """One browser on one host. `page` is the last answer."""

    def __init__(self, app: Flask, host: str) -> None:
        self.client = app.test_client()
        self.host = host
        self.page: TestResponse

    def get(self, path: str, *, follow: bool = True, **options: Any) -> Self:
        """Open a page of this host."""
        self.page = self.client.get(path, base_url=f"http://{self.host}", follow_redirects=follow, **options)
        return self

    def post(self, path: str, data: dict[str, Any] | None = None, *, follow: bool = True, **options: Any) -> Self:
        """Send values as they are, without a form's token."""
        options.setdefault("content_type", "multipart/form-data") if data is not None else None
        self.page = self.client.post(
            path, data=data, base_url=f"http://{self.host}", follow_redirects=follow, **options
        )
        for answer in (*self.page.history, self.page):
            answer.request.environ["wsgi.input"].close()  # large bodies lie in temporary files
        return self

    def forms(self) -> list[Form]:
        """Return the forms of the last page."""
        parser = _Forms()
        parser.feed(self.page.get_data(as_text=True))
        return parser.forms

    def form(self, action: str = "") -> Form:
        """Return the last page's first sending form whose action ends with `action`."""
        found = [form for form in self.forms() if form.method == "post" and form.action.endswith(action)]
        assert found, f"no form for {action!r} among {[form.action for form in self.forms()]} ({self.page.status})"
        return next((form for form in found if not form.action.endswith("/logout")), found[0])

    def submit(self, action: str = "", *, follow: bool = True, **values: Any) -> Self:
        """Fill in the form that leads to `action` and send it, with everything the page put into it."""
        form = self.form(action)
        data = {**form.fields, **values}
        sent = {name: value for name, value in data.items() if value is not None}
        return self.post(form.action or self.page.request.path, sent, follow=follow)

    def sign_in(self, email: str, password: str) -> Self:
        """Sign in through the page."""
        return self.get("/login").submit(email=email, password=password)

    @property
    def status(self) -> int:
        return self.page.status_code

    @property
    def text(self) -> str:
        return self.page.get_data(as_text=True)

    @property
    def path(self) -> str:
        return self.page.request.path
