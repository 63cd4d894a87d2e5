"""CORS: which pages may call the routes of `route_table.CORS_PATHS`. flask-cors writes the headers; this module rejects
foreign origins, before any work.

flask-cors leaves `Vary: Origin` out for rejected origins, so a shared cache could serve one page's response to another;
this module always sets it. flask-cors also ignores the case of origins and writes headers for requests without one;
this module removes those.
"""

from __future__ import annotations

from flask import Flask, Response
from flask_cors import CORS

from widget_server.errors import OriginNotAllowed
from widget_server.web.current import current_request
from widget_server.web.route_table import CORS_PATHS

_BELOW = tuple(f"{path}/" for path in CORS_PATHS)
_MAX_AGE_SECONDS = 600


def register_cors(app: Flask, allowed: tuple[str, ...]) -> None:
    """A request without `Origin` (a backend, curl) passes: these routes use no cookies."""

    @app.before_request
    def reject_foreign_origins() -> Response | None:
        request = current_request()
        if not _is_cors_path(request.path):
            return None
        origin = request.environ.get("HTTP_ORIGIN")  # two of them arrive joined by a comma, and are no origin
        if origin is not None and origin not in allowed:
            raise OriginNotAllowed
        is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        return Response(status=204) if is_preflight else None

    @app.after_request
    def correct_cors_headers(response: Response) -> Response:
        request = current_request()
        if _is_cors_path(request.path):
            vary_by(response, "Origin")
            if request.environ.get("HTTP_ORIGIN") not in allowed:
                _remove_cors_headers(response)
        return response

    # Registered last, so that its headers are written before the function above looks at them.
    CORS(
        app,
        resources={f"({'|'.join(CORS_PATHS)})(/.*)?": {}},  # one pattern: it tries them in turn, for every response
        origins=list(allowed),
        methods=["GET", "POST"],
        allow_headers=["Content-Type"],
        max_age=_MAX_AGE_SECONDS,
        send_wildcard=False,
        always_send=False,  # else responses to clients that are no page name our first origin
        vary_header=False,
    )


def _is_cors_path(path: str) -> bool:
    return f"{path}/".startswith(_BELOW)


def vary_by(response: Response, header: str) -> None:
    """Without werkzeug's `vary`, which reads and writes the whole set for each name."""
    there = response.headers.get("Vary")
    response.headers["Vary"] = f"{there}, {header}" if there else header


def _remove_cors_headers(response: Response) -> None:
    for name, _value in list(response.headers):
        if name.startswith("Access-Control-"):
            del response.headers[name]
