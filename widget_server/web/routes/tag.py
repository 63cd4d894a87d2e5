"""`GET /v1/tag?page=/pricing`: the script tag for a program.

A shop whose server or build asks for it never pastes again. The tag is the same for every page; only `csp` depends on
the page's rule.
"""

import re
from functools import cache

from flask import Blueprint, Response, current_app, request

from widget_server.errors import InvalidRequest
from widget_server.services import snippet
from widget_server.web.deps import Deps
from widget_server.web.openapi.examples import TAG
from widget_server.web.openapi.operations import Operation, Parameter, ResponseSpec, describe
from widget_server.web.openapi.parameters import ETAG_PARAMETER
from widget_server.web.openapi.response_schemas import TagResponse
from widget_server.web.schemas import json_pattern
from widget_server.web.static_files import memory_response

_LONGEST_PATH = 1024
_PATH = re.compile(r"/(?:[^/\x00-\x20\x7f][^\x00-\x20\x7f]*)?")
_WRONG_PAGE = (
    f'Must be the path of a page, such as /pricing: it starts with one "/" and has at most {_LONGEST_PATH} characters.'
)
_PAGE_SCHEMA = {"type": "string", "default": "/", "maxLength": _LONGEST_PATH, "pattern": json_pattern(_PATH)}
_CACHING = "public, max-age=300"
_TAG = Operation(
    "The script tag",
    "The pinned tag of the current widget, for a server that renders pages or a build that writes them; kept for five "
    "minutes. `html` goes into the page as it is. Mode, language and theme stay with the page rules. A page that is "
    "older than the last upgrade keeps working: every released widget stays served under its hash.",
    tag="Widget",
    parameters=(
        Parameter("page", "The page's path; `/` without it.", _PAGE_SCHEMA, "/pricing", "query"),
        ETAG_PARAMETER,
    ),
    responses=(
        ResponseSpec(200, "The tag and what its page needs.", TagResponse, examples={"tag": TAG}, headers=("ETag",)),
        ResponseSpec(304, "You have it already.", headers=("ETag",)),
    ),
    errors=(InvalidRequest,),
)


def tag_blueprint(deps: Deps, widget: bytes) -> Blueprint:
    """`widget`: the bytes that this server serves as the current one."""
    blueprint = Blueprint("tag", __name__)

    settings, rules = deps.settings, deps.rules

    @cache
    def body(*, framed: bool) -> bytes:
        plain_http = settings.env == "sandbox"
        members = snippet.tag_members(settings.public_url, widget, framed=framed, plain_http=plain_http)
        return current_app.json.dumps(members).encode() + b"\n"

    @blueprint.get("/v1/tag")
    @describe(_TAG)
    def script_tag() -> Response:
        path = _page(request.args.get("page", "/"))
        framed = snippet.Page(path, rules.find(path)).framed
        return memory_response(body(framed=framed), "application/json", _CACHING)

    return blueprint


def _page(given: str) -> str:
    """As its browser names it; a query is no part of it. Raises InvalidRequest."""
    if len(given) > _LONGEST_PATH or not _PATH.fullmatch(given):
        raise InvalidRequest({"page": [_WRONG_PAGE]})
    return snippet.page_path(given)
