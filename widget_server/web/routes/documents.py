"""`GET /llms.txt` and the Markdown documents, for programs that read: each is made at its first request and kept."""

from functools import cache

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from widget_server.web.documents import INDEX, document, replacements, served_names
from widget_server.web.openapi.operations import TEXT, NotFoundProblem, Operation, Parameter, cached, describe
from widget_server.web.openapi.parameters import ETAG_PARAMETER
from widget_server.web.static_files import memory_response

MARKDOWN = "text/markdown; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"
_CACHING = "public, max-age=300"
_INDEX = Operation(
    "The documents, for programs that read",
    "An index of the documents in the form of llmstxt.org, with this server's address and script tag filled in.",
    tag="Operation",
    parameters=(ETAG_PARAMETER,),
    responses=cached("The index, in Markdown.", TEXT, PLAIN),
)
_DOCUMENT = Operation(
    "One document",
    "A document for shop developers as Markdown, or an example's source, with this server's address and script tag "
    "filled in. `/llms.txt` lists them.",
    tag="Operation",
    parameters=(
        Parameter("name", "A path such as `widget/tag.md`, slashes as they are.", TEXT, "widget/tag.md"),
        ETAG_PARAMETER,
    ),
    responses=cached("The document.", TEXT, MARKDOWN, PLAIN),
    errors=(NotFoundProblem,),
)


def documents_blueprint(public_url: str, widget: bytes) -> Blueprint:
    """`widget`: the bytes that this server serves as the current one."""
    blueprint = Blueprint("documents", __name__)
    filled = replacements(public_url, widget)

    # Not at the start: taking payments neither waits for the documents nor fails because of them.
    @cache
    def content(name: str) -> bytes:
        return document(name, filled).encode()

    @blueprint.get(f"/{INDEX}")
    @describe(_INDEX)
    def documents_index() -> Response:
        return memory_response(content(INDEX), PLAIN, _CACHING)

    @blueprint.get("/docs/<path:name>")
    @describe(_DOCUMENT)
    def one_document(name: str) -> Response:
        if name not in served_names():
            raise NotFound
        return memory_response(content(name), MARKDOWN if name.endswith(".md") else PLAIN, _CACHING)

    @blueprint.after_request
    def readable(response: Response) -> Response:
        response.headers["Access-Control-Allow-Origin"] = "*"
        if response.status_code < 400:
            response.headers["X-Robots-Tag"] = "noindex"  # the same text at every shop
            response.vary.add("Accept-Encoding")  # `StaticCacheMiddleware` compresses it
        return response

    return blueprint
