"""CORS: which pages may call the routes of `route_table.CORS_PATHS`. Foreign origins are rejected before any work.

flask-cors answers the preflights. Other responses to an allowed origin need one header, which is written here, with
`Vary: Origin` in every response: a shared cache must not serve one page's response to another.
"""

from __future__ import annotations

from flask import Request, Response
from flask_cors import cross_origin

from widget_server.errors import OriginNotAllowed
from widget_server.web.middleware.pipeline import Check, Headers, Step
from widget_server.web.route_table import CORS_PATHS

_BELOW = tuple(f"{path}/" for path in CORS_PATHS)
_MAX_AGE_SECONDS = 600


def origin_check(allowed: tuple[str, ...]) -> Check:
    """Rejects foreign origins and answers preflights. A request without `Origin` (a backend, curl) passes: these routes
    use no cookies."""

    @cross_origin(
        origins=list(allowed),
        methods=["GET", "POST"],
        allow_headers=["Content-Type"],
        max_age=_MAX_AGE_SECONDS,
        send_wildcard=False,
        always_send=False,  # else responses to clients that are no page name our first origin
        vary_header=False,
        automatic_options=False,
    )
    def preflight() -> Response:
        return Response(status=204)

    def check(request: Request) -> Response | None:
        if not f"{request.path}/".startswith(_BELOW):
            return None
        origin = request.environ.get("HTTP_ORIGIN")  # two of them arrive joined by a comma, and are no origin
        if origin is not None and origin not in allowed:
            raise OriginNotAllowed
        is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        return preflight() if is_preflight else None

    return check


def cors_headers(allowed: tuple[str, ...]) -> Step:
    def write(request: Request, _status: int, headers: Headers, _seconds: float) -> None:
        if not f"{request.path}/".startswith(_BELOW):
            return
        _vary_by_origin(headers)
        allow_origin = ("Access-Control-Allow-Origin", request.environ.get("HTTP_ORIGIN", ""))
        if allow_origin[1] in allowed and allow_origin not in headers:  # a preflight has it already
            headers.append(allow_origin)

    return write


def _vary_by_origin(headers: Headers) -> None:
    for place, (name, value) in enumerate(headers):
        if name == "Vary":
            headers[place] = (name, f"{value}, Origin")
            return
    headers.append(("Vary", "Origin"))
