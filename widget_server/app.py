"""The composition root: the only place that names concrete classes."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from flask import Flask

from widget_server.adapters.page_rules import load_page_rules
from widget_server.adapters.steppay.client import StepPayClient
from widget_server.adapters.steppay.transport import RequestsTransport
from widget_server.adapters.store.attempts import SqlAttempts
from widget_server.adapters.store.database import make_engine
from widget_server.assets import static_dir, templates_dir
from widget_server.config import Settings
from widget_server.web.attempts import attempts_blueprint
from widget_server.web.deps import Deps
from widget_server.web.files import files_blueprint
from widget_server.web.headers import register_headers
from widget_server.web.health import health_blueprint
from widget_server.web.openapi.routes import openapi_blueprint
from widget_server.web.origins import register_origins
from widget_server.web.pages import pages_blueprint
from widget_server.web.problems import register_problems
from widget_server.web.return_page import return_blueprint
from widget_server.web.verify import verify_blueprint


def make_deps(settings: Settings) -> Deps:
    """The real collaborators. One pooled HTTP session and one database engine per process."""
    return Deps(
        settings=settings,
        steppay=StepPayClient(
            RequestsTransport(), secret_token=settings.secret_token, api_url=settings.steppay_api_url
        ),
        attempts=SqlAttempts(make_engine(settings.database_url), utc_now),
        rules=load_page_rules(settings.pages_file),
        clock=utc_now,
        new_attempt_id=lambda: secrets.token_urlsafe(16),
    )


def utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(settings: Settings, deps: Deps | None = None) -> Flask:
    """The widget server as a WSGI application. Tests pass their own `deps`. The database must be migrated already."""
    deps = deps or make_deps(settings)
    app = Flask("widget_server", static_folder=None, template_folder=str(templates_dir()))
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.url_map.merge_slashes = False  # `//v1/verify` is an unknown path, not a redirect with an HTML body
    app.extensions["widget_server"] = deps
    register_headers(app)
    register_problems(app)
    register_origins(app, settings.page_origins)
    for blueprint in (
        verify_blueprint(deps),
        attempts_blueprint(deps),
        return_blueprint(deps),
        pages_blueprint(deps),
        files_blueprint(static_dir()),
        health_blueprint(deps),
        openapi_blueprint(deps),
    ):
        app.register_blueprint(blueprint)
    return app
