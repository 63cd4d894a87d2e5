"""The widget, each kept build of it, what its screens show, and the files of our own pages: read once at start, then
served from memory."""

import logging
from pathlib import Path

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from widget_server.web.builds import ServedBuilds
from widget_server.web.openapi.examples import SCREENS
from widget_server.web.openapi.operations import (
    TEXT,
    NotFoundProblem,
    Operation,
    Parameter,
    ResponseSpec,
    cached,
    describe,
)
from widget_server.web.openapi.parameters import ETAG_PARAMETER
from widget_server.web.openapi.response_schemas import ScreensResponse
from widget_server.web.static_files import CONTENT_TYPES, memory_response

log = logging.getLogger("widget_server.widget")

_PAGE_FILES = ("css/return.css", "css/docs.css", "js/return.js", "js/docs.js", "img/mark.svg")
_PAGE_PATTERNS = ("img/status-*.svg", "img/tone-*.svg", "*/playground*")
EVERGREEN = "public, max-age=300, stale-while-revalidate=86400"
IMMUTABLE = "public, max-age=31536000, immutable"

_UNKNOWN = (
    "This server has no such build of the widget: it was never released, or pinned for another public URL. Replace the "
    "script tag: `widget-server snippet` prints the current one. Until then the page's buttons pay as plain links."
)
_WITHDRAWN = (
    "This build of the widget is withdrawn: {reason} Replace the script tag: `widget-server snippet` prints the "
    "current one. Until then the page's buttons pay as plain links."
)
_SCRIPT = cached("The script.", TEXT, CONTENT_TYPES[".js"])
_EVERGREEN_WIDGET = Operation(
    "The widget",
    "Always the newest; kept for five minutes. The script tag names this address.",
    tag="Widget",
    parameters=(ETAG_PARAMETER,),
    responses=_SCRIPT,
)
_IMMUTABLE_WIDGET = Operation(
    "The widget, pinned",
    "A script under the hash of its content, kept for a year: for a tag with `integrity`. Every released build of the "
    "widget stays under its address.",
    tag="Widget",
    parameters=(
        Parameter(
            "digest",
            "The first 16 digits of the SHA-256; of the file that the widget loads for offers its SHA-256 in base64.",
            TEXT,
            "8f2c1d0e9b7a6543",
        ),
        ETAG_PARAMETER,
    ),
    responses=_SCRIPT,
    errors=(NotFoundProblem,),
)
_SCREENS = Operation(
    "What the widget's screens show",
    "The widget asks for it when a checkout opens: a style sheet and words (data, never code), and what the settings "
    "say of the shop. Without it the screens are plain, short and complete. Kept for five minutes.",
    tag="Widget",
    parameters=(ETAG_PARAMETER,),
    responses=(
        ResponseSpec(200, "The look.", ScreensResponse, examples={"screens": SCREENS}, headers=("ETag",)),
        ResponseSpec(304, "You have it already.", headers=("ETag",)),
    ),
)
_ASSET = Operation(
    "Files of our own pages",
    "Styles, script and pictures of the return page and of these pages; nothing else is served.",
    tag="Widget",
    parameters=(
        Parameter("name", "A path such as `css/return.css`, slashes as they are.", TEXT, "css/return.css"),
        ETAG_PARAMETER,
    ),
    responses=cached("The file.", TEXT, *CONTENT_TYPES.values()),
    errors=(NotFoundProblem,),
)


def static_files_blueprint(static_dir: Path, builds: ServedBuilds, screens: bytes) -> Blueprint:
    """`screens`: the JSON that the widget's screens are made of."""
    blueprint = Blueprint("files", __name__)
    found = sorted(file for pattern in _PAGE_PATTERNS for file in static_dir.glob(pattern))
    names = (*_PAGE_FILES, *(file.relative_to(static_dir).as_posix() for file in found))
    assets = {name: (static_dir / name).read_bytes() for name in names}
    _log_withdrawn(builds)

    @blueprint.get("/v1/widget.js")
    @describe(_EVERGREEN_WIDGET)
    def evergreen_widget() -> Response:
        return memory_response(builds.current, CONTENT_TYPES[".js"], EVERGREEN)

    @blueprint.get("/v1/widget-<digest>.js")
    @describe(_IMMUTABLE_WIDGET)
    def immutable_widget(digest: str) -> Response:
        return memory_response(_pinned(builds, digest), CONTENT_TYPES[".js"], IMMUTABLE)

    @blueprint.get("/v1/screens")
    @describe(_SCREENS)
    def widget_screens() -> Response:
        return memory_response(screens, "application/json", EVERGREEN)

    @blueprint.get("/assets/<path:name>")
    @describe(_ASSET)
    def asset(name: str) -> Response:
        if name not in assets:
            raise NotFound
        return memory_response(assets[name], CONTENT_TYPES[Path(name).suffix], EVERGREEN)

    @blueprint.after_request
    def readable(response: Response) -> Response:
        """Also a 404: else the browser's console reports CORS instead of the missing file."""
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if response.status_code < 400:
            response.vary.add("Accept-Encoding")  # `StaticCacheMiddleware` compresses it
        return response

    return blueprint


def _log_withdrawn(builds: ServedBuilds) -> None:
    for digest, reason in builds.withdrawn.items():
        log.warning("widget_build_withdrawn digest=%s reason=%s", digest, reason)


def _pinned(builds: ServedBuilds, digest: str) -> bytes:
    """Raises NotFoundProblem."""
    found = builds.files.get(digest) or builds.offers.get(digest)
    if found:
        return found
    reason = builds.withdrawn.get(digest)
    raise NotFoundProblem(_WITHDRAWN.format(reason=reason) if reason else _UNKNOWN)
