"""The document as values for the page: references followed, types in words."""

from __future__ import annotations

from typing import Any


def page_values(document: dict[str, Any]) -> dict[str, Any]:
    return {"document": document}
