"""`/admin/sign-in`: exchange the operator's key for a session, and end it."""

import logging

from flask import Blueprint, Response, g, request

from widget_server.web.admin.deps import AdminDeps
from widget_server.web.admin.rendering import page, see_other
from widget_server.web.admin.session_guard import HOME, SIGN_IN, is_admin_path
from widget_server.web.admin.sessions import Sessions

log = logging.getLogger("widget_server.admin")


def sign_in_blueprint(deps: AdminDeps, sessions: Sessions) -> Blueprint:
    blueprint = Blueprint("admin_sign_in", __name__)

    @blueprint.get("/")
    def root() -> Response:
        return see_other(HOME)

    @blueprint.get("/admin/sign-in")
    def sign_in() -> Response:
        wanted = _wanted(request.args.get("next", ""))
        return see_other(wanted) if g.session else page("sign_in.html", deps.clock(), wanted=wanted)

    @blueprint.post("/admin/session")
    def begin_session() -> Response:
        wanted = _wanted(g.form.get("next", ""))
        if not sessions.is_valid_key(g.form.get("key", "")):
            log.warning("operator_refused")
            return page("sign_in.html", deps.clock(), 403, wanted=wanted, refused=True)
        log.info("operator_signed_in")
        response = see_other(wanted)
        sessions.begin(response)
        return response

    @blueprint.post("/admin/session/end")
    def end_session() -> Response:
        response = see_other(SIGN_IN)
        sessions.end(response)
        return response

    return blueprint


def _wanted(path: str) -> str:
    return path if is_admin_path(path) and path != SIGN_IN else HOME
