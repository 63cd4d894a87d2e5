"""The widget and the return page's own files, read once at start and served from memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from widget_server.domain.subresource_integrity import version
from widget_server.web.openapi.operations import NotFoundProblem, Operation, Parameter, ResponseSpec, describe
from widget_server.web.openapi.parameters import ETAG_PARAMETER

_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
_PAGE_FILES = (
    *("css/return.css", "css/docs.css", "css/playground.css", "js/return.js", "js/playground.js"),
    "img/mark.svg",
)
EVERGREEN = "public, max-age=300, stale-while-revalidate=86400"
IMMUTABLE = "public, max-age=31536000, immutable"

_OLD_TAG = (
    "This server has another version of the widget. Replace the script tag: `widget-server snippet` prints the new "
    "one. Until then the page's buttons pay as plain links."
)
_TEXT = {"type": "string"}
_UNCHANGED = ResponseSpec(304, "You have it already.", headers=("ETag",))
_SCRIPT = (ResponseSpec(200, "The script.", _TEXT, (_TYPES[".js"],), headers=("ETag",)), _UNCHANGED)
_EVERGREEN_WIDGET = Operation(
    "The widget",
    "Always the newest; kept for five minutes. The script tag names this address.",
    tag="Widget",
    parameters=(ETAG_PARAMETER,),
    answers=_SCRIPT,
)
_IMMUTABLE_WIDGET = Operation(
    "The widget, pinned",
    "The same script under the hash of its content, kept for a year: for a tag with `integrity`.",
    tag="Widget",
    parameters=(
        Parameter("digest", "The first 16 digits of the SHA-256.", {"type": "string"}, "8f2c1d0e9b7a6543"),
        ETAG_PARAMETER,
    ),
    answers=_SCRIPT,
    errors=(NotFoundProblem,),
)
_ASSET = Operation(
    "Files of our own pages",
    "Styles, script and pictures of the return page and of these pages; nothing else is served.",
    tag="Widget",
    parameters=(
        Parameter("name", "A path such as `css/return.css`, slashes as they are.", _TEXT, "css/return.css"),
        ETAG_PARAMETER,
    ),
    answers=(ResponseSpec(200, "The file.", _TEXT, tuple(_TYPES.values()), headers=("ETag",)), _UNCHANGED),
    errors=(NotFoundProblem,),
)


@dataclass(frozen=True)
class _File:
    content: bytes
    type: str
    version: str


def _file(content: bytes, suffix: str) -> _File:
    return _File(content, _TYPES[suffix], version(content))


def _read(path: Path) -> _File:
    return _file(path.read_bytes(), path.suffix)


def files_blueprint(static_dir: Path, built: bytes) -> Blueprint:
    """`built`: the widget, as `assets.widget` gives it."""
    blueprint = Blueprint("files", __name__)
    widget = _file(built, ".js")
    icons = sorted((static_dir / "img").glob("status-*.svg"))
    names = (*_PAGE_FILES, *(f"img/{icon.name}" for icon in icons))
    assets = {name: _read(static_dir / name) for name in names}

    @blueprint.get("/v1/widget.js")
    @describe(_EVERGREEN_WIDGET)
    def evergreen_widget() -> Response:
        return _answer(widget, EVERGREEN)

    @blueprint.get("/v1/widget-<digest>.js")
    @describe(_IMMUTABLE_WIDGET)
    def immutable_widget(digest: str) -> Response:
        if digest != widget.version:  # an old tag: its page pays by plain links (docs/decisions/0015)
            raise NotFoundProblem(_OLD_TAG)
        return _answer(widget, IMMUTABLE)

    @blueprint.after_request
    def readable(response: Response) -> Response:
        """Also a 404: else a browser's console speaks of CORS, and nobody learns that the file is gone."""
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    @blueprint.get("/assets/<path:name>")
    @describe(_ASSET)
    def asset(name: str) -> Response:
        if name not in assets:
            raise NotFound
        return _answer(assets[name], EVERGREEN)

    return blueprint


def _answer(file: _File, caching: str) -> Response:
    response = Response(file.content, content_type=file.type)
    response.headers["Cache-Control"] = caching
    response.vary.add("Accept-Encoding")  # `ready.py` sends it compressed
    response.set_etag(file.version)
    response.make_conditional(request)
    response.headers.pop("Date", None)  # every WSGI server writes its own; two of them are not one date
    return response
