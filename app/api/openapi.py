"""The interface's document (OpenAPI 3.1), generated from the map of addresses and what each operation declares."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from app.core import errors, idempotency
from app.core.errors import AppError
from app.modules.tokens import errors as tokens
from app.web import access, limits, operations
from app.web.operations import KEPT_KEY, LONGEST_KEY, SHORTEST_KEY, Operation
from tenants.service import Site

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457). `code` is stable and made for programs, `detail` is for people.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "parameter": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
MEANINGS = {
    304: "Nothing has changed since the version that If-None-Match names.",
    400: "The request can't be read.",
    401: "The token is missing, or isn't valid here and now.",
    403: "The person's roles, or the token's scopes, don't allow this.",
    404: "It isn't here, or it isn't theirs.",
    405: "This address knows other methods, which Allow names.",
    409: "It isn't possible in this state.",
    412: "It was changed since the version that If-Match names.",
    413: "The body is too large.",
    422: "Some values are wrong; `errors` names each.",
    429: "Too many requests; Retry-After says how long to wait.",
    503: "A part is unavailable; try again.",
}
RATE = {
    "RateLimit-Policy": {"description": "The limit: quota and window in seconds.", "schema": {"type": "string"}},
    "RateLimit": {"description": "What is left, and in how many seconds all is again.", "schema": {"type": "string"}},
}


def doors(app: Flask, sites: Mapping[str, str], site: Site | None) -> Iterator[tuple[str, str, Rule]]:
    """Yield method, path template and rule of each address of the interface, on `site` or anywhere."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        whose = sites.get(rule.endpoint.partition(".")[0], "both")
        here = site is None or whose == "both" or (whose == "installation") == site.is_installation
        if rule.rule.startswith("/api/") and here:
            for method in METHODS:
                if method in (rule.methods or ()):
                    yield method, re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule.rule), rule


def document(app: Flask, sites: Mapping[str, str], site: Site | None, *, server: str = "/") -> dict[str, Any]:
    """Return the document of the operations that answer on `site`; of all of them without one."""
    found = [(method, path, rule, app.view_functions[rule.endpoint]) for method, path, rule in doors(app, sites, site)]
    said = [(method, path, rule, view, operations.of(view)) for method, path, rule, view in found]
    names, schemas = _schemas([each[4] for each in said if each[4]])
    paths: dict[str, dict[str, Any]] = {}
    for method, path, rule, view, declared in said:
        if declared is not None:
            paths.setdefault(path, {})[method.lower()] = _Writer(names).operation(method, path, rule, view, declared)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{site.name if site else 'Portico'}: the interface",
            "version": "1",
            "description": "JSON. Amounts are decimal strings, instants are UTC, ids are UUIDs.",
        },
        "servers": [{"url": server}],
        "tags": [{"name": tag} for tag in dict.fromkeys(_tag(path) for path in paths)],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token from /api/auth/login, or an API key.",
                }
            },
            "schemas": {**schemas, "Problem": PROBLEM},
        },
    }


Names = dict[Any, Any]


def _schemas(said: list[Operation]) -> tuple[Names, dict[str, Any]]:
    """Return how each model is referred to, and the schemas."""
    sent = {model for each in said for model in (each.body,) if model}
    given = {each.answer for each in said if each.answer}
    wanted: list[tuple[type[BaseModel], Any]] = [(model, "validation") for model in _sorted(sent)]
    wanted += [(model, "serialization") for model in _sorted(given)]
    names, definitions = models_json_schema(wanted, ref_template="#/components/schemas/{model}")
    return {model: ref for (model, _mode), ref in names.items()}, dict(definitions.get("$defs", {}))


def _sorted(models: set[type[BaseModel]]) -> list[type[BaseModel]]:
    return sorted(models, key=lambda model: (model.__qualname__, model.__module__))


def _tag(path: str) -> str:
    return path.split("/")[2]


class _Writer:
    """Writes one operation; `names` refers to the schemas of models."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def operation(self, method: str, path: str, rule: Rule, view: Any, declared: Operation) -> dict[str, Any]:
        entered = access.of(view) or access.Access()
        said: dict[str, Any] = {
            "operationId": rule.endpoint.replace(".", "_"),
            "tags": [_tag(path)],
            "summary": declared.summary,
            "description": _description(declared, entered),
            "parameters": [*_in_path(rule), *_in_query(declared), *_in_headers(method, declared)],
            "responses": self.responses(method, rule, view, declared),
            "x-access": _access(entered),
        }
        if entered.bare or entered == access.Access():
            said["security"] = []
        else:
            said["security"] = [{"bearer": []}]
            said["x-scope"] = declared.scope.value if declared.scope else ""
        content = self.sent(declared)
        if content:
            said["requestBody"] = content
        return said

    def sent(self, declared: Operation) -> dict[str, Any]:
        if declared.form is not None:
            return {"required": True, "content": {"multipart/form-data": {"schema": _upload(declared.form)}}}
        if declared.body is None:
            return {}
        content: dict[str, Any] = {"schema": self.names[declared.body]}
        if declared.example:
            content["example"] = declared.example
        needed = any(field.is_required() for field in declared.body.model_fields.values())
        return {"required": needed, "content": {"application/json": content}}

    def responses(self, method: str, rule: Rule, view: Any, declared: Operation) -> dict[str, Any]:
        content: dict[str, Any] = {}
        if declared.answer is not None:
            content = {declared.media: {"schema": self.names[declared.answer]}}
        elif declared.media != "application/json":
            content = {declared.media: {}}
        done: dict[str, Any] = {"description": declared.summary + ".", "content": content}
        if not (access.of(view) or access.Access()).bare:
            done["headers"] = RATE
        answers: dict[str, Any] = {str(declared.status): done}
        if declared.etag and method == "GET":
            answers["304"] = {"description": MEANINGS[304]}
        for status, codes in sorted(refusals(rule, view, declared).items()):
            named = ", ".join(f"`{code}`" for code in sorted(codes))
            answers[str(status)] = {
                "description": f"{MEANINGS[status]} Codes: {named}.",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
        return answers


def _upload(form: type[BaseModel]) -> dict[str, Any]:
    schema = form.model_json_schema()
    file = {"type": "string", "contentMediaType": "application/octet-stream", "description": "PDF, PNG or JPEG."}
    return {
        "type": "object",
        "properties": {**schema["properties"], "file": file},
        "required": [*schema.get("required", []), "file"],
    }


def _access(entered: access.Access) -> str:
    if entered.permission is not None:
        return entered.permission.value
    return "signed in" if entered.signed_in else "everybody"


def _description(declared: Operation, entered: access.Access) -> str:
    lines = [declared.details, f"For: {_access(entered)}."]
    if declared.key:
        word = "needed" if declared.requires_key else "honoured"
        lines.append(f"{KEPT_KEY} is {word}: the same request with the same key happens once.")
    return "\n\n".join(line for line in lines if line)


def _in_path(rule: Rule) -> list[dict[str, Any]]:
    found = []
    for name, converter in rule._converters.items():
        kind = type(converter).__name__
        schema: dict[str, Any] = {"type": "string"}
        if kind == "UUIDConverter":
            schema["format"] = "uuid"
        if kind == "AnyConverter":
            schema["enum"] = sorted(getattr(converter, "items", ()))
        found.append({"name": name, "in": "path", "required": True, "schema": schema})
    return found


def _in_query(declared: Operation) -> list[dict[str, Any]]:
    if declared.query is None:
        return []
    schema = declared.query.model_json_schema(ref_template="#/components/schemas/{model}")
    needed = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": value}
        for name, value in schema["properties"].items()
    ]


def _in_headers(method: str, declared: Operation) -> list[dict[str, Any]]:
    found = []
    if declared.key:
        schema = {"type": "string", "minLength": SHORTEST_KEY, "maxLength": LONGEST_KEY, "pattern": "^[!-~]*$"}
        found.append({"name": KEPT_KEY, "in": "header", "required": declared.requires_key, "schema": schema})
    if declared.etag and method == "GET":
        found.append({"name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"}})
    if declared.if_match:
        found.append({"name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"}})
    return found


def refusals(rule: Rule, view: Any, declared: Operation) -> dict[int, set[str]]:
    """Return status → codes of every refusal that an operation may answer with."""
    entered = access.of(view) or access.Access()
    kinds: list[type[AppError]] = [*declared.problems, errors.Unavailable]
    if entered.bare:
        return _by_status(kinds)
    kinds += [limits.RateLimited] if declared.anonymous else [limits.RateLimited, tokens.TokenInvalid]
    if entered.signed_in or entered.permission is not None:
        kinds += [errors.SignInNeeded]
    if declared.scope is not None:
        kinds += [operations.ScopeMissing]
    if entered.permission is not None:
        kinds += [errors.Forbidden]
    if access.is_fresh(view):
        kinds += [errors.StepUpNeeded]
    if rule.arguments or access.feature_of(view) is not None:
        kinds += [errors.NotFound]
    if declared.body is not None or declared.form is not None or declared.query is not None:
        kinds += [errors.Invalid, operations.TooDeep]
    if declared.body is not None:
        kinds += [operations.NotJson]
    if declared.key:
        kinds += [operations.KeyNeeded, idempotency.KeyReused]
    found = _by_status(kinds)
    if declared.body is not None or declared.form is not None:
        found.setdefault(413, set()).add("too-large")
    return found


def _by_status(kinds: list[type[AppError]]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for kind in kinds:
        found.setdefault(kind.status, set()).add(kind.code)
    return found
