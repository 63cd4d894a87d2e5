"""`GET /openapi.json` for programs, `GET /docs` for people: one document, built at the first request and kept."""

import json
from functools import cache
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request

from widget_server.web.deps import Deps
from widget_server.web.openapi.document import build_document
from widget_server.web.openapi.operations import HTML, TEXT, Operation, Parameter, cached, describe
from widget_server.web.openapi.page import page_values
from widget_server.web.openapi.parameters import ETAG_PARAMETER
from widget_server.web.static_files import memory_response
from widget_server.web.translations import LANGUAGES, language

_CACHING = "public, max-age=300"
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_LANGUAGES = f"One of `{'`, `'.join(LANGUAGES)}`."
_DOCUMENT = Operation(
    "This document",
    "OpenAPI 3.1, generated from the code. Public, readable by every page, kept for five minutes.",
    tag="Operation",
    parameters=(ETAG_PARAMETER,),
    responses=cached("The document.", {"type": "object"}, "application/json"),
)
_PAGE = Operation(
    "This document, to read",
    "A page made from the same document, with a command line for each call. A script adds the filter and the copy "
    "buttons; everything else works without it.",
    tag="Operation",
    parameters=(
        Parameter("lang", f"{_LANGUAGES} The language of the frame; without it the browser's.", TEXT, "ko", "query"),
        ETAG_PARAMETER,
    ),
    responses=cached("The page.", TEXT, HTML),
)


def openapi_blueprint(deps: Deps) -> Blueprint:
    blueprint = Blueprint("openapi", __name__)

    # Not at the start: taking payments neither waits for the documentation nor fails because of it.
    @cache
    def document() -> dict[str, Any]:
        return build_document(current_app, deps.settings.public_url)

    @cache
    def as_json() -> bytes:
        return json.dumps(document(), ensure_ascii=False, separators=(",", ":")).encode()

    @cache
    def as_page(lang: str) -> bytes:
        values = page_values(document(), lang)
        return render_template("docs.html", playground=deps.settings.playground, **values).encode()

    @blueprint.get("/openapi.json")
    @describe(_DOCUMENT)
    def openapi_document() -> Response:
        response = memory_response(as_json(), "application/json", _CACHING)
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    @blueprint.get("/docs")
    @describe(_PAGE)
    def openapi_page() -> Response:
        chosen = request.args.get("lang")
        lang = language(request, chosen if chosen in LANGUAGES else None)
        response = memory_response(as_page(lang), HTML, _CACHING)
        response.vary.add("Accept-Language")
        response.headers["Content-Security-Policy"] = _CSP
        return response

    return blueprint
