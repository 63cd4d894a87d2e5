"""Which pages may call us: exact origins only. flask-cors writes the headers; refusing is done here, before any work.

flask-cors leaves `Vary: Origin` out for refused origins, so a shared cache could hand one page's answer to another; it
is always set here. It also ignores the case of origins and writes headers for requests without one: taken out here.
"""

from __future__ import annotations

from flask import Flask, Response
from flask_cors import CORS

from widget_server.errors import OriginNotAllowed
from widget_server.web.current import current_request

_GUARDED = ("/v1/verify", "/v1/checkouts")
_BELOW = tuple(f"{path}/" for path in _GUARDED)
_MAX_AGE_SECONDS = 600


def register_cors(app: Flask, allowed: tuple[str, ...]) -> None:
    """Guard the JSON routes. A request without `Origin` (a backend, curl) passes; the routes themselves use no
    cookies."""

    @app.before_request
    def refuse_foreign_pages() -> Response | None:
        request = current_request()
        if not _is_guarded(request.path):
            return None
        origin = request.environ.get("HTTP_ORIGIN")  # two of them arrive joined by a comma, and are no origin
        if origin is not None and origin not in allowed:
            raise OriginNotAllowed
        is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        return Response(status=204) if is_preflight else None

    @app.after_request
    def keep_to_exact_origins(response: Response) -> Response:
        request = current_request()
        if _is_guarded(request.path):
            vary_by(response, "Origin")
            if request.environ.get("HTTP_ORIGIN") not in allowed:
                _take_out_cors(response)
        return response

    # Registered last, so that its headers are written before the function above looks at them.
    CORS(
        app,
        resources={f"({'|'.join(_GUARDED)})(/.*)?": {}},  # one: it tries them in turn, with every answer
        origins=list(allowed),
        methods=["GET", "POST"],
        allow_headers=["Content-Type"],
        max_age=_MAX_AGE_SECONDS,
        send_wildcard=False,
        always_send=False,  # else it names our first page in answers to no page, where the function above does not run
        vary_header=False,
    )


def _is_guarded(path: str) -> bool:
    return f"{path}/".startswith(_BELOW)


def vary_by(response: Response, header: str) -> None:
    """Without werkzeug's `vary`, which reads and writes the whole set for each name."""
    there = response.headers.get("Vary")
    response.headers["Vary"] = f"{there}, {header}" if there else header


def _take_out_cors(response: Response) -> None:
    for name, _value in list(response.headers):
        if name.startswith("Access-Control-"):
            del response.headers[name]
