"""Holds real answers against the OpenAPI document. Every answer of every test's application passes through here."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from flask import Flask, Response, request
from jsonschema import Draft202012Validator

from widget_server.web.openapi.document import build_document, path_of
from widget_server.web.openapi.operations import operation_of

_FILLED_IN = ("HEAD", "OPTIONS")
"""Flask answers these by itself."""

_documents: dict[frozenset[str], dict[str, Any]] = {}


def watch(app: Flask, undescribed: list[str]) -> None:
    """Note each answer of a described route that its description does not cover."""

    def look(response: Response) -> Response:
        rule = request.url_rule
        if rule is not None and request.method not in _FILLED_IN and operation_of(app.view_functions[rule.endpoint]):
            document = _document_of(app)
            said = document["paths"][path_of(rule)][request.method.lower()]
            where = f"{request.method} {path_of(rule)} {response.status_code}"
            undescribed.extend(f"{where}: {fault}" for fault in faults(document, said, response))
        return response

    app.after_request(look)


def _document_of(app: Flask) -> dict[str, Any]:
    """Built when the first answer comes; applications with the same routes share it."""
    routes = frozenset(rule.rule for rule in app.url_map.iter_rules())
    if routes not in _documents:
        _documents[routes] = closed(build_document(app, "https://pay.shop.test"))
    return _documents[routes]


def closed(document: dict[str, Any]) -> dict[str, Any]:
    """Our own answers have no member that is not described, although callers must ignore such ones."""
    copy = deepcopy(document)
    for schema in copy["components"]["schemas"].values():
        schema["additionalProperties"] = False
    return copy


def faults(document: dict[str, Any], operation: dict[str, Any], response: Response) -> Iterator[str]:
    said = operation["responses"].get(str(response.status_code))
    if said is None:
        yield "this status is not described"
        return
    yield from (f"no {name}" for name in missing_headers(document, said, response))
    content = said.get("content", {})
    media = response.headers.get("Content-Type", "")
    if content and media not in content:
        yield f"{media} is not described"
    elif content and response.is_json:
        schema = {**content[media]["schema"], "components": document["components"]}
        yield from (error.message for error in Draft202012Validator(schema).iter_errors(response.json))


def missing_headers(document: dict[str, Any], said: dict[str, Any], response: Response) -> list[str]:
    known = document["components"]["headers"]
    return [name for name in said.get("headers", {}) if known[name].get("required") and name not in response.headers]
