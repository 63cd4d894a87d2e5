"""The operator's pages put together on an empty application."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from widget_server.services.ports import CheckLimit
from widget_server.web.admin.dashboard import board_blueprint
from widget_server.web.admin.deliveries import deliveries_blueprint
from widget_server.web.admin.deps import AdminDeps
from widget_server.web.admin.error_pages import register_error_pages
from widget_server.web.admin.orders import orders_blueprint
from widget_server.web.admin.session_guard import register_guard
from widget_server.web.admin.sessions import Sessions
from widget_server.web.admin.sign_in import sign_in_blueprint
from widget_server.web.admin.static_files import files_blueprint
from widget_server.web.middleware.access_log import register_access_log
from widget_server.web.middleware.headers import register_headers
from widget_server.web.middleware.rate_limiting import register_rate_limiting


def register_admin(app: Flask, desk: AdminDeps, static_dir: Path, sign_in_limit: CheckLimit) -> None:
    app.jinja_env.globals["sandbox"] = desk.sandbox
    sessions = Sessions(desk.key, desk.origin, desk.clock)
    register_headers(app, desk.origin)
    register_access_log(app)
    register_error_pages(app, desk.clock)
    register_rate_limiting(app, sign_in_limit, desk.trusted_proxies)
    register_guard(app, desk, sessions)
    for blueprint in (
        sign_in_blueprint(desk, sessions),
        board_blueprint(desk),
        orders_blueprint(desk),
        deliveries_blueprint(desk),
        files_blueprint(static_dir),
    ):
        app.register_blueprint(blueprint)
