"""The document as values for the page: references followed, types in words, examples as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from widget_server.web.openapi.texts import TITLE_KO

_ITEMS = {"ul": re.compile("- "), "ol": re.compile(r"[0-9]+\. ")}
_WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false", "array": "list", "null": "null"}


def page_values(document: Mapping[str, Any]) -> dict[str, Any]:
    """Everything `docs.html` shows: head, groups of operations, shapes."""
    operations = [_operation(path, *one) for path, methods in document["paths"].items() for one in methods.items()]
    return {
        "title": document["info"]["title"],
        "title_ko": TITLE_KO,
        "intro": blocks(document["info"]["description"]),
        "groups": [
            {**tag, "operations": [operation for operation in operations if operation["tag"] == tag["name"]]}
            for tag in document["tags"]
        ],
        "shapes": [
            {"name": name, "members": _members(schema)}
            for name, schema in sorted(document["components"]["schemas"].items())
        ],
    }


def blocks(text: str) -> list[dict[str, Any]]:
    """Paragraphs and lists of the little Markdown that our texts use; `code` marks are the template's."""
    return [_block(block.splitlines()) for block in text.split("\n\n") if block.strip()]


def _block(lines: list[str]) -> dict[str, Any]:
    for kind, item in _ITEMS.items():
        if all(item.match(line) for line in lines):
            return {"kind": kind, "items": [line.partition(" ")[2] for line in lines]}
    return {"kind": "p", "items": [" ".join(lines)]}


def _operation(path: str, method: str, said: Mapping[str, Any]) -> dict[str, Any]:
    body = said.get("requestBody", {}).get("content", {}).get("application/json")
    return {
        "id": said["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": said["summary"],
        "text": blocks(said["description"]),
        "tag": said["tags"][0],
        "merchant_only": "security" in said,
        "parameters": [
            {**parameter, **type_of(parameter["schema"]), "where": parameter["in"]}
            for parameter in said.get("parameters", [])
        ],
        "body": body and {"shape": _shape(body["schema"]), "examples": _examples(body)},
        "answers": [_answer(status, answer) for status, answer in sorted(said["responses"].items())],
    }


def _answer(status: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """`codes` are those of a problem document; several media types of one answer are shown together."""
    content: dict[str, Any] = said.get("content", {})
    first: dict[str, Any] = next(iter(content.values()), {"schema": {}})
    narrowed = first["schema"].get("allOf", [{}])[-1].get("properties", {})
    return {
        "status": status,
        "kind": status[0],
        "codes": narrowed.get("code", {}).get("enum", []),
        "text": blocks(said["description"]),
        "media": list(content),
        "headers": list(said.get("headers", {})),
        "shape": _shape(first["schema"]),
        "examples": _examples(first),
    }


def _examples(content: Mapping[str, Any]) -> list[dict[str, str]]:
    examples = content.get("examples", {})
    return [
        {"name": name, "text": json.dumps(example["value"], ensure_ascii=False, indent=2)}
        for name, example in examples.items()
    ]


def _shape(schema: Mapping[str, Any]) -> str | None:
    """The name of the component that a schema is, or starts with."""
    reference = schema.get("$ref") or next((part["$ref"] for part in schema.get("allOf", []) if "$ref" in part), None)
    return reference.rpartition("/")[2] if reference else None


def _members(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    required = schema.get("required", [])
    return [
        {"name": name, "always": name in required, "text": said.get("description", ""), **type_of(said)}
        for name, said in schema["properties"].items()
    ]


def type_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    """`words` such as "text or null"; `values` of an enum; `pattern`; `shape` where it is a component."""
    parts = [schema, *schema.get("anyOf", [])]
    return {
        "words": " or ".join(dict.fromkeys(word for part in parts for word in _words(part))),
        "values": [json.dumps(value) for value in schema.get("enum", [])],
        "pattern": next((part["pattern"] for part in parts if "pattern" in part), None),
        "shape": next((name for part in parts if (name := _shape(part))), None),
    }


def _words(schema: Mapping[str, Any]) -> Iterator[str]:
    kinds = schema.get("type", [])
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        formatted = {"date-time": "date and time", "uri": "URL", "url": "URL"}.get(schema.get("format", ""))
        yield formatted if formatted and kind == "string" else _WORDS.get(kind, kind)
