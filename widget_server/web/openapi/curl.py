"""Each call as a command line, made from the examples of the document, so that both say the same."""

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

_JSON = "application/json"
_CALLED_BY_STEPPAY = ("StepPay",)
"""A caller cannot sign StepPay's events."""


def curl(server: str, path: str, method: str, operation: Mapping[str, Any]) -> str | None:
    """A command for a POSIX shell that calls `path` of `server` with what it needs at least.

    The key of the merchant API stands in it as `$WIDGET_API_KEY`. None where only StepPay calls.
    """
    if operation["tags"][0] in _CALLED_BY_STEPPAY:
        return None
    return " \\\n  ".join(_parts(server, path, method, operation))


def _parts(server: str, path: str, method: str, operation: Mapping[str, Any]) -> Iterator[str]:
    body = operation.get("requestBody")
    if method != ("post" if body else "get"):
        yield f"curl -X {method.upper()} {_address(server, path, operation)}"
    else:
        yield f"curl {_redirect(operation)}{_address(server, path, operation)}"
    if operation.get("security"):
        yield '-H "Authorization: Bearer $WIDGET_API_KEY"'
    yield from (f"-H {shlex.quote(f'{name}: {value}')}" for name, value in _needed(operation, "header").items())
    if body:
        yield f"-H 'Content-Type: {_JSON}'"
        yield f"-d {shlex.quote(_example(body['content'][_JSON]))}"


def _redirect(operation: Mapping[str, Any]) -> str:
    """Where the answer is an address to go to, its headers are what a reader wants to see."""
    return "-i " if "302" in operation["responses"] else ""


def _address(server: str, path: str, operation: Mapping[str, Any]) -> str:
    for name, value in _needed(operation, "path").items():
        path = path.replace(f"{{{name}}}", quote(str(value)))
    query = urlencode(_needed(operation, "query"))
    return shlex.quote(f"{server}{path}" + (f"?{query}" if query else ""))


def _needed(operation: Mapping[str, Any], where: str) -> dict[str, object]:
    parameters = [one for one in operation.get("parameters", []) if one["in"] == where and one["required"]]
    return {one["name"]: one["example"] for one in parameters}


def _example(content: Mapping[str, Any]) -> str:
    """The first one: the call as it is made most often."""
    first = next(iter(content["examples"].values()))
    return json.dumps(first["value"], ensure_ascii=False, indent=2)
