"""`GET /`, for a person who enters this server's address: what it is, and where the documents are."""

from functools import cache

from flask import Blueprint, Response, render_template

from widget_server.config import Settings
from widget_server.web.openapi.operations import HTML, TEXT, Operation, cached, describe
from widget_server.web.openapi.parameters import ETAG_PARAMETER
from widget_server.web.static_files import memory_response

_MOST_SHOPS = 3
_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_START = Operation(
    "The start",
    "A page for a person who enters this server's address: it names the shop and links `/docs`.",
    tag="Operation",
    parameters=(ETAG_PARAMETER,),
    responses=cached("The page.", TEXT, HTML),
)


def start_page_blueprint(settings: Settings) -> Blueprint:
    blueprint = Blueprint("start_page", __name__)

    @cache
    def content() -> bytes:
        shops = [(f"{origin}/", origin.partition("://")[2]) for origin in settings.allowed_origins[:_MOST_SHOPS]]
        if settings.shop_name:
            shops[0] = (shops[0][0], settings.shop_name)
        return render_template("start.html", shops=shops, playground=settings.playground).encode()

    @blueprint.get("/")
    @describe(_START)
    def start() -> Response:
        response = memory_response(content(), HTML, "public, max-age=300")
        response.headers["Content-Security-Policy"] = _CSP
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return blueprint
