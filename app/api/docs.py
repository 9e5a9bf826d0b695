"""The interface's own description: as a document for programs, and as a page for people."""

import json
from typing import Any, cast

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from app.api import openapi
from app.web.access import public
from app.web.current import current
from app.web.operations import operation
from app.web.theming import page

api = Blueprint("api_docs", __name__)


@api.get("/api/openapi.json")
@operation(summary="This document", media="application/vnd.oai.openapi+json", etag=True)
@public
def described() -> Response:
    """Answer with what this interface can do on this site, as OpenAPI 3.1."""
    answer = Response(json.dumps(_document()), mimetype="application/vnd.oai.openapi+json")
    answer.add_etag()
    answer.make_conditional(request)
    return answer


@api.get("/api/docs")
@operation(summary="This document as a page", media="text/html")
@public
def docs() -> ResponseReturnValue:
    """Show what this interface can do, for people who write programs for it."""
    said = _document()
    return Response(
        page("api/docs.html", said=said, groups=_groups(said), example=_example, members=_members), mimetype="text/html"
    )


def _document() -> dict[str, Any]:
    site, settings = current.site, current.settings
    sites: dict[str, str] = cast(Any, current_app).sites
    return openapi.document(current_app, sites, site, server=settings.url(site.host, ""))


def _groups(said: dict[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    """Return tag → its operations: method, path, operation."""
    groups: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, methods in said["paths"].items():
        for method, one in methods.items():
            groups.setdefault(one["tags"][0], []).append((method.upper(), path, one))
    return groups


def _members(said: dict[str, Any], content: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """Return name, kind and whether it is needed of each member of a body or an answer."""
    schema: dict[str, Any] = next((each["schema"] for each in content.values() if "schema" in each), {})
    schema = said["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
    needed = schema.get("required", ())
    return [(name, _kind(each), name in needed) for name, each in schema.get("properties", {}).items()]


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " | ".join(_kind(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(json.dumps(each) for each in schema["enum"])
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    return str(schema.get("format") or schema.get("const") or schema.get("type", "any"))


def _example(said: dict[str, Any], method: str, path: str, one: dict[str, Any]) -> str:
    """Return a command line that asks for the operation."""
    parts = [f"curl -X {method}" if method != "GET" else "curl"]
    if one["security"]:
        parts.append('-H "Authorization: Bearer $TOKEN"')
    if any(each["name"] == "Idempotency-Key" and each["required"] for each in one["parameters"]):
        parts.append('-H "Idempotency-Key: $(uuidgen)"')
    content = one.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        parts += [
            "-F file=@document.pdf",
            *[f"-F {name}=…" for name in content["multipart/form-data"]["schema"]["required"] if name != "file"],
        ]
    if "application/json" in content:
        shown = json.dumps(content["application/json"].get("example", {}), ensure_ascii=False)
        parts += ["-H 'Content-Type: application/json'", f"-d '{shown}'"]
    return " \\\n  ".join([*parts, f"{said['servers'][0]['url']}{path}"])
