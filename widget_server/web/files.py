"""The widget and the return page's own files, read once at start and served from memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from widget_server.domain.integrity import version

_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
_RETURN_PAGE_FILES = ("css/return.css", "js/return.js", "img/mark.svg")
EVERGREEN = "public, max-age=300, stale-while-revalidate=86400"
IMMUTABLE = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class _File:
    content: bytes
    type: str
    version: str


def _read(path: Path) -> _File:
    content = path.read_bytes()
    return _File(content, _TYPES[path.suffix], version(content))


def files_blueprint(static_dir: Path) -> Blueprint:
    blueprint = Blueprint("files", __name__)
    widget = _read(static_dir / "js" / "widget.js")
    icons = sorted((static_dir / "img").glob("status-*.svg"))
    names = (*_RETURN_PAGE_FILES, *(f"img/{icon.name}" for icon in icons))
    assets = {name: _read(static_dir / name) for name in names}

    @blueprint.get("/v1/widget.js")
    def evergreen_widget() -> Response:
        return _answer(widget, EVERGREEN)

    @blueprint.get("/v1/widget-<digest>.js")
    def immutable_widget(digest: str) -> Response:
        if digest != widget.version:  # an old tag: its page pays by plain links (docs/decisions/0015)
            raise NotFound
        return _answer(widget, IMMUTABLE)

    @blueprint.get("/assets/<path:name>")
    def asset(name: str) -> Response:
        if name not in assets:
            raise NotFound
        return _answer(assets[name], EVERGREEN)

    return blueprint


def _answer(file: _File, caching: str) -> Response:
    response = Response(file.content, content_type=file.type)
    response.headers["Cache-Control"] = caching
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.set_etag(file.version)
    response.make_conditional(request)
    response.headers.pop("Date", None)  # every WSGI server writes its own; two of them are not one date
    return response
