"""The admin dashboard put together on an empty application of its own."""

from pathlib import Path

from flask import Flask, Response
from werkzeug.exceptions import NotFound

from widget_server.services.ports import CheckLimit
from widget_server.services.subscriptions import SubscriptionService
from widget_server.services.verification import VerificationDeps
from widget_server.web.admin.checks import checks_blueprint
from widget_server.web.admin.dashboard import dashboard_blueprint
from widget_server.web.admin.deliveries import deliveries_blueprint
from widget_server.web.admin.deps import AdminDeps
from widget_server.web.admin.error_pages import register_error_pages
from widget_server.web.admin.export import export_blueprint
from widget_server.web.admin.orders import orders_blueprint
from widget_server.web.admin.resends import resends_blueprint
from widget_server.web.admin.session_guard import register_session_guard
from widget_server.web.admin.sessions import Sessions
from widget_server.web.admin.sign_in import sign_in_blueprint
from widget_server.web.admin.subscriptions import admin_subscriptions_blueprint
from widget_server.web.flask_app import make_flask
from widget_server.web.middleware.guard import rate_limit_check
from widget_server.web.middleware.pipeline import log_request
from widget_server.web.static_files import CONTENT_TYPES, memory_response

_ASSETS = ("css/admin.css", "js/admin.js", "img/mark.svg")


def admin_application(
    deps: AdminDeps,
    verification: VerificationDeps,
    subscriptions: SubscriptionService,
    static_dir: Path,
    sign_in_limit: CheckLimit,
) -> Flask:
    app = make_flask(deps.origin, deps.trusted_proxies, [rate_limit_check(sign_in_limit)], [log_request])
    app.jinja_env.globals["sandbox"] = deps.sandbox
    sessions = Sessions(deps.key, deps.origin, deps.clock)
    register_error_pages(app, deps.clock)
    register_session_guard(app, deps, sessions)
    app.register_blueprint(sign_in_blueprint(deps, sessions))
    app.register_blueprint(checks_blueprint(deps, verification))
    app.register_blueprint(admin_subscriptions_blueprint(deps, subscriptions))
    pages = (dashboard_blueprint, orders_blueprint, export_blueprint, deliveries_blueprint, resends_blueprint)
    for blueprint in pages:
        app.register_blueprint(blueprint(deps))
    _register_assets(app, static_dir)
    return app


def _register_assets(app: Flask, static_dir: Path) -> None:
    """For this origin alone, and revalidated each time: an upgrade shows at once."""
    assets = {Path(path).name: (static_dir / path).read_bytes() for path in _ASSETS}

    @app.get("/admin/assets/<name>")
    def asset(name: str) -> Response:
        if name not in assets:
            raise NotFound
        return memory_response(assets[name], CONTENT_TYPES[Path(name).suffix], "no-cache")
