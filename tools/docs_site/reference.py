"""The API's page, made from the code: every route as `/openapi.json` tells it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from widget_server.app import create_app
from widget_server.config import read_settings
from widget_server.web.openapi.page import page_values

_EXAMPLE = {
    "STEPPAY_SECRET_TOKEN": "for-the-document-only-0123456789",
    "WIDGET_PUBLIC_URL": "https://pay.shop.kr",
    "WIDGET_ALLOWED_ORIGINS": "https://shop.kr",
}


def write_reference(folder: Path) -> None:
    """`api.md` and `openapi.json` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    document = api_document()
    here = FileSystemLoader(Path(__file__).parent)
    templates = Environment(  # noqa: S701 - it makes Markdown, of our own words
        loader=here, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    (folder / "api.md").write_text(templates.get_template("api.md.jinja").render(page_values(document)), "utf-8")
    (folder / "openapi.json").write_text(json.dumps(document, ensure_ascii=False, indent=1), "utf-8")


def api_document() -> dict[str, Any]:
    """What `/openapi.json` answers."""
    with tempfile.TemporaryDirectory(prefix="docs-site-") as place:
        files = {
            "WIDGET_DATABASE_URL": f"sqlite:///{place}/widget.db",
            "WIDGET_SIGNING_KEY_FILE": f"{place}/keys.json",
        }
        answer = create_app(read_settings(_EXAMPLE | files)).test_client().get("/openapi.json")
    document: dict[str, Any] = answer.get_json()
    return document
