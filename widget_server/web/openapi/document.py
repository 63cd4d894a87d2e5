"""The OpenAPI 3.1 document of an application, from the descriptions of its routes and the marshmallow schemas."""

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin, resolver
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Flask
from marshmallow import Schema, fields
from werkzeug.routing import Rule

from widget_server.web.openapi.examples import problem_example
from widget_server.web.openapi.operations import EVERY_ROUTE, Operation, Parameter, Refusal, ResponseSpec, operation_of
from widget_server.web.openapi.parameters import HEADERS
from widget_server.web.openapi.response_schemas import ProblemResponse
from widget_server.web.openapi.texts import DESCRIPTION, TAGS, TITLE
from widget_server.web.schemas import camel_case

OPENAPI = "3.1.0"
API_VERSION = "1"
"""The version of `/v1`, deliberately not this server's release, which would tell attackers its known faults."""

_VARIABLE = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
_MERCHANT = "merchant"


def build_document(app: Flask, public_url: str) -> dict[str, Any]:
    """Every described route of `app`, as JSON members. A route without a description is left out; a test names it."""
    spec = _empty(public_url)
    rules = [(rule, operation_of(app.view_functions[rule.endpoint])) for rule in app.url_map.iter_rules()]
    described = [(rule, operation) for rule, operation in rules if operation is not None]
    order = list(TAGS)
    for rule, operation in sorted(described, key=lambda one: order.index(one[1].tag)):
        methods = {method.lower(): _operation(rule, operation) for method in methods_of(rule)}
        spec.path(path=path_of(rule), operations=methods)
    if any(operation.merchant_only for _rule, operation in described):
        spec.components.security_scheme(_MERCHANT, {"type": "http", "scheme": "bearer"})
    return spec.to_dict()


def methods_of(rule: Rule) -> list[str]:
    """Without HEAD and OPTIONS, which Flask adds by itself."""
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def path_of(rule: Rule) -> str:
    """`/v1/checkouts/<checkout_id>` is `/v1/checkouts/{checkoutId}`."""
    return _VARIABLE.sub(lambda match: "{" + camel_case(match[1]) + "}", rule.rule)


def _empty(public_url: str) -> APISpec:
    spec = APISpec(
        TITLE,
        API_VERSION,
        OPENAPI,
        plugins=[_Plugin(schema_name_resolver=_component_name)],
        info={"description": DESCRIPTION, "license": {"name": "MIT", "identifier": "MIT"}},
        servers=[{"url": public_url}],
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
    )
    spec.components.schema(_component_name(ProblemResponse), schema=ProblemResponse)
    for name, header in HEADERS.items():
        spec.components.header(name, header)
    return spec


def _component_name(schema: type[Schema]) -> str:
    return resolver(schema).removesuffix("Response")


class _Converter(OpenAPIConverter):
    def field2property(self, field: fields.Field[Any]) -> dict[str, Any]:
        """Our own fields describe what they accept in `json_schema`."""
        return {**super().field2property(field), **getattr(field, "json_schema", {})}


class _Plugin(MarshmallowPlugin):
    Converter = _Converter


def _operation(rule: Rule, operation: Operation) -> dict[str, Any]:
    members: dict[str, Any] = {
        "operationId": rule.endpoint.rpartition(".")[2],
        "summary": operation.summary,
        "description": operation.text,
        "tags": [operation.tag],
        "parameters": [_parameter(parameter) for parameter in operation.parameters],
    }
    if operation.body:
        content = _content(operation.body, ("application/json",), operation.body_examples)
        members["requestBody"] = {"required": True, "content": content}
    if operation.merchant_only:
        members["security"] = [{_MERCHANT: []}]
    responses = {str(int(response.status)): _response(response) for response in operation.responses}
    return members | {"responses": responses | _problems((*operation.errors, *EVERY_ROUTE))}


def _parameter(parameter: Parameter) -> dict[str, object]:
    return {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.required or parameter.where == "path",
        "description": parameter.text,
        "schema": dict(parameter.schema),
        "example": parameter.example,
    }


def _response(response: ResponseSpec) -> dict[str, Any]:
    members: dict[str, Any] = {"description": response.text}
    if response.schema is not None:
        members["content"] = _content(response.schema, response.media, response.examples)
    return members | _headers(response.headers)


def _headers(names: tuple[str, ...]) -> dict[str, Any]:
    return {"headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names}} if names else {}


def _content(schema: object, media: Iterable[str], examples: Mapping[str, object] | None) -> dict[str, Any]:
    shown = {name: {"value": value} for name, value in (examples or {}).items()}
    return {kind: {"schema": schema} | ({"examples": shown} if shown else {}) for kind in media}


def _problems(errors: tuple[Refusal, ...]) -> dict[str, dict[str, Any]]:
    by_status = groupby(sorted(errors, key=lambda kind: kind.status), key=lambda kind: kind.status)
    return {str(status): _problem(status, list(kinds)) for status, kinds in by_status}


def _problem(status: int, kinds: list[Refusal]) -> dict[str, Any]:
    """One response for each status; its schema names the error codes that this route gives with it."""
    examples = {kind.code: problem_example(kind) for kind in kinds}
    narrowed = {"properties": {"status": {"const": status}, "code": {"enum": list(examples)}}}
    content = _content({"allOf": [ProblemResponse, narrowed]}, ("application/problem+json",), examples)
    text = "\n".join(f"- `{code}`: {body['detail']}" for code, body in examples.items())
    headers = _headers(("Retry-After",) if all(kind.retryable for kind in kinds) else ())
    return {"description": text, "content": content} | headers
