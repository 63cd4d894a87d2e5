"""What `templates/openapi_reference.html` needs besides the document: groups, types in words, and little Markdown.

The page of a running server and that of the documentation site are made by this one template.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup, escape

from widget_server.web.openapi.curl import curl
from widget_server.web.openapi.texts import DESCRIPTION_KO, TAGS_KO, TITLE_KO

_LISTS = {"ul": re.compile("- "), "ol": re.compile(r"[0-9]+\. ")}
_WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false", "array": "list", "null": "null"}
_FORMATS = {"date-time": "date and time", "uri": "URL", "url": "URL"}


def page_values(document: Mapping[str, Any], lang: str = "en") -> dict[str, Any]:
    """`lang`: of everything around the calls and models, whose own texts are English."""
    operations = [(path, *pair) for path, methods in document["paths"].items() for pair in methods.items()]
    groups = [_group(tag, operations, lang) for tag in document["tags"]]
    info = {"title": TITLE_KO, "description": DESCRIPTION_KO} if lang == "ko" else document["info"]
    return {
        "api": document,
        "lang": lang,
        "info": info,
        "groups": [group for group in groups if group["operations"]],
        "as_json": lambda value: json.dumps(value, ensure_ascii=False, indent=2),
        "curl": lambda *call: curl(document["servers"][0]["url"], *call),
        **{helper.__name__: helper for helper in (markdown, inline, type_of, shape_of, codes_of)},
    }


def _group(tag: Mapping[str, str], operations: list[tuple[str, str, Any]], lang: str) -> dict[str, Any]:
    name, text = TAGS_KO[tag["name"]] if lang == "ko" else (tag["name"], tag["description"])
    members = [one for one in operations if one[2]["tags"] == [tag["name"]]]
    return {"name": name, "text": text, "operations": members}


def markdown(text: str) -> Markup:
    """Paragraphs, lists and `code`: all the Markdown that our texts use."""
    return Markup("\n").join(_block(block.splitlines()) for block in text.split("\n\n") if block.strip())


def _block(lines: list[str]) -> Markup:
    for tag, start in _LISTS.items():
        if all(start.match(line) for line in lines):
            items = Markup().join(Markup("<li>{}</li>").format(inline(line.partition(" ")[2])) for line in lines)
            return Markup("<{0}>{1}</{0}>").format(tag, items)
    return Markup("<p>{}</p>").format(inline(" ".join(lines)))


def inline(text: str) -> Markup:
    """Text with `code` marks."""
    code = Markup("<code>{}</code>").format
    return Markup().join(code(part) if odd % 2 else escape(part) for odd, part in enumerate(text.split("`")))


def shape_of(schema: Mapping[str, Any]) -> str | None:
    """The name of the component that a schema is, or starts with."""
    references = (part["$ref"] for part in (schema, *schema.get("allOf", [])) if "$ref" in part)
    return next((reference.rpartition("/")[2] for reference in references), None)


def codes_of(schema: Mapping[str, Any]) -> list[str]:
    """The error codes that a route gives with one status."""
    narrowed = schema.get("allOf", [{}])[-1].get("properties", {})
    codes: list[str] = narrowed.get("code", {}).get("enum", [])
    return codes


def type_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    """`words` such as "text or null"; `pattern`; `shape` where it is a component."""
    parts = [schema, *schema.get("anyOf", [])]
    return {
        "words": " or ".join(dict.fromkeys(word for part in parts for word in _words(part))),
        "pattern": next((part["pattern"] for part in parts if "pattern" in part), None),
        "shape": next((name for part in parts if (name := shape_of(part))), None),
    }


def _words(schema: Mapping[str, Any]) -> Iterator[str]:
    kinds = schema.get("type", [])
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        formatted = _FORMATS.get(schema.get("format", "")) if kind == "string" else None
        yield formatted or _WORDS.get(kind, kind)
