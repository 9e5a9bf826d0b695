"""A program that uses the interface: asks for operations by the document, and holds every answer against it."""

import io
import json
import re
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from werkzeug.test import TestResponse

from app.lifecycle import Platform
from tenants import ids
from tests.support.http import Visitor


class Program:
    """One program on one host. `answer` is the last answer, `reached` the operations that answered well."""

    def __init__(self, app: Platform, host: str, known: dict[str, str] | None = None) -> None:
        self.visitor, self.host = Visitor(app, host), host
        self.token = ""
        self.known = known if known is not None else {}
        self.reached: set[tuple[str, str]] = set()
        self.answer: TestResponse
        self.document: dict[str, Any] = json.loads(self.visitor.get("/api/openapi.json").text)
        self.schemas = Registry().with_resource("urn:document", Resource(self.document, DRAFT202012))

    def sign_in(self, email: str, password: str, **more: str) -> "Program":
        said = self.ask("POST", "/api/auth/login", {"email": email, "password": password, **more}, well=None)
        self.token = said.get("token", "")
        self.known["refreshToken"] = said.get("refreshToken", "")
        return self

    def send(self, method: str, path: str, **options: Any) -> TestResponse:
        """Send a request as it is, with the token."""
        headers = {**({"Authorization": f"Bearer {self.token}"} if self.token else {}), **options.pop("headers", {})}
        self.answer = self.visitor.client.open(
            path, method=method, base_url=f"http://{self.host}", headers=headers, **options
        )
        self.answer.request.environ["wsgi.input"].close()
        return self.answer

    def ask(
        self,
        method: str,
        template: str,
        body: dict[str, Any] | None = None,
        *,
        files: dict[str, Any] | None = None,
        key: str = "",
        well: bool | None = True,
        query: str = "",
        **path: Any,
    ) -> Any:
        """Ask for an operation of the document, by its example unless a body is given; return the answer's JSON.

        `well`: whether it is to succeed; None for either.
        """
        said = self.document["paths"][template][method.lower()]
        options: dict[str, Any] = {"headers": {"Idempotency-Key": key or ids.new().hex} if self.token else {}}
        sent = said.get("requestBody", {}).get("content", {})
        if files is not None:
            name, content = files["file"]
            options["data"] = {**files, "file": (io.BytesIO(content), name)}
        elif "application/json" in sent:
            options["json"] = body if body is not None else self._filled(sent["application/json"].get("example", {}))
        address = template.format(**path) + query
        answer = self.send(method, address, **options)
        assert well is None or (answer.status_code < 400) is well, (method, address, answer.status, answer.text[:400])
        self.check(said, answer)
        if answer.status_code < 400:
            self.reached.add((method, template))
        return answer.get_json(silent=True)

    def check(self, said: dict[str, Any], answer: TestResponse) -> None:
        """Hold an answer against what the document says of it."""
        declared = said["responses"].get(str(answer.status_code))
        assert declared is not None, (said["operationId"], answer.status, answer.text[:300])
        content = declared.get("content", {}).get(answer.mimetype)
        if declared.get("content") and "octet-stream" not in next(iter(declared["content"])):
            assert content is not None, (said["operationId"], answer.mimetype)
        if content and "schema" in content:
            self.conforms(content["schema"], answer.get_json())
        if answer.mimetype == "application/problem+json":
            assert f"`{answer.get_json()['code']}`" in declared["description"], (said["operationId"], answer.text)

    def conforms(self, schema: dict[str, Any], value: Any) -> None:
        """Raise unless `value` is as the document's schema says, with no member that it doesn't name."""
        rooted = json.loads(json.dumps(schema).replace('"#/components', '"urn:document#/components'))
        problems = list(Draft202012Validator(rooted, registry=self.schemas).iter_errors(value))
        assert not problems, (schema, problems[0].message)

    def _filled(self, example: dict[str, Any]) -> dict[str, Any]:
        text = re.sub(r'"\{(\w+)\}"', lambda found: json.dumps(self.known[found[1]]), json.dumps(example))
        return dict(json.loads(text))
