"""Every page needs a session, and every change needs a form of these pages."""

import re
from urllib.parse import parse_qs

from flask import Flask, Response, g, request
from werkzeug.exceptions import Forbidden

from widget_server.web.admin.deps import AdminDeps
from widget_server.web.admin.rendering import see_other
from widget_server.web.admin.sessions import Sessions
from widget_server.web.middleware.bodies import read_raw
from widget_server.web.route_table import ADMIN_ROUTES, Caller

SIGN_IN, HOME = "/admin/sign-in", "/admin"
_FORM_BYTES = 2048
_INSIDE = re.compile(r"/admin(/[A-Za-z0-9_-]+)*")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    # Not `no-referrer`: with it, browsers send `Origin: null` with a form (Fetch standard, "append a request Origin").
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def register_session_guard(app: Flask, deps: AdminDeps, sessions: Sessions) -> None:
    @app.before_request
    def admit() -> Response | None:
        g.session = sessions.find(request)
        g.form_token = sessions.form_token(g.session) if g.session else ""
        if request.method == "POST":
            _read_form(deps)
        if request.url_rule is None or ADMIN_ROUTES[request.url_rule.rule].caller is Caller.PUBLIC:
            return None
        if g.session is None:
            back = f"?next={request.path}" if request.method == "GET" and is_admin_path(request.path) else ""
            return see_other(SIGN_IN + back)
        if request.method == "POST" and not sessions.is_form_token(g.session, g.form.get("token", "")):
            raise Forbidden
        return None

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.update(_HEADERS)
        return response


def _read_form(deps: AdminDeps) -> None:
    """Only of our own pages. At sign-in there is no session yet, so the origin alone decides."""
    if request.headers.getlist("Origin") != [deps.origin]:
        raise Forbidden
    fields = parse_qs(read_raw(request, _FORM_BYTES).decode("utf-8", "replace"))
    g.form = {name: values[0] for name, values in fields.items()}


def is_admin_path(path: str) -> bool:
    """Whether a redirect may lead to this path."""
    return _INSIDE.fullmatch(path) is not None
