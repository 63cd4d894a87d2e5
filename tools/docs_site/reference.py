"""The API's page, made from the code: every route as `/openapi.json` describes it, by the template of `/docs`."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from widget_server.app import create_app
from widget_server.config import read_settings
from widget_server.web.openapi.page import page_values

_EXAMPLE = {
    "STEPPAY_SECRET_TOKEN": "for-the-document-only-0123456789",
    "WIDGET_PUBLIC_URL": "https://pay.shop.kr",
    "WIDGET_ALLOWED_ORIGINS": "https://shop.kr",
}
_HEAD = """\
# {title}: API

{description}

For programs: [openapi.json](openapi.json), OpenAPI 3.1. A running server shows the same at `/docs`.

{contents}

"""


def write_reference(folder: Path) -> None:
    """`api.md` and `openapi.json` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="docs-site-") as place:
        files = {
            "WIDGET_DATABASE_URL": f"sqlite:///{place}/widget.db",
            "WIDGET_SIGNING_KEY_FILE": f"{place}/keys.json",
        }
        app = create_app(read_settings(_EXAMPLE | files))
        document = app.test_client().get("/openapi.json").get_json()
        reference = app.jinja_env.get_template("openapi_reference.html").render(page_values(document))
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    contents = "\n".join("- [{summary}](#{operationId})".format(**operation) for operation in operations)
    (folder / "api.md").write_text(_HEAD.format(**document["info"], contents=contents) + reference, "utf-8")
    (folder / "openapi.json").write_text(json.dumps(document, ensure_ascii=False, indent=1), "utf-8")
