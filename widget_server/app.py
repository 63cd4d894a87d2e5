"""The composition root of the web processes: routes, middleware and the dashboard around the parts of `parts.py`."""

import time
from collections.abc import Iterator, Sequence

from flask import Blueprint, Flask

from widget_server.adapters.keys.doctor_proof import proof_check
from widget_server.adapters.rate_limits import make_rate_limiter
from widget_server.config import Settings
from widget_server.domain.rate_limit import RateLimit
from widget_server.parts import make_deps
from widget_server.services.ports import CheckLimit
from widget_server.web.admin.application import admin_application
from widget_server.web.admin.deps import AdminDeps
from widget_server.web.admin.host_dispatch import dispatch_by_host
from widget_server.web.assets import screens, static_dir, widget
from widget_server.web.builds import served_builds
from widget_server.web.deps import Deps
from widget_server.web.flask_app import make_flask
from widget_server.web.middleware.base_path import below
from widget_server.web.middleware.guard import cors_headers, guard
from widget_server.web.middleware.pipeline import Check, Step, counted_client, log_request
from widget_server.web.middleware.request_metrics import request_counter
from widget_server.web.middleware.request_tracing import begin_span, end_spans, note_status
from widget_server.web.openapi.routes import openapi_blueprint
from widget_server.web.problems import register_problems
from widget_server.web.routes.checkouts import checkouts_blueprint
from widget_server.web.routes.documents import documents_blueprint
from widget_server.web.routes.health import health_blueprint
from widget_server.web.routes.jwks import jwks_blueprint
from widget_server.web.routes.metrics import metrics_blueprint
from widget_server.web.routes.new_orders import new_orders_blueprint
from widget_server.web.routes.offers import offers_blueprint
from widget_server.web.routes.orders import orders_blueprint
from widget_server.web.routes.page_rules import page_rules_blueprint
from widget_server.web.routes.pay_link import pay_link_blueprint
from widget_server.web.routes.playground import has_gallery, playground_blueprint
from widget_server.web.routes.return_page import return_blueprint
from widget_server.web.routes.screen_gallery import screen_gallery_blueprint
from widget_server.web.routes.start_page import start_page_blueprint
from widget_server.web.routes.static_files import static_files_blueprint
from widget_server.web.routes.subscriptions import subscriptions_blueprint
from widget_server.web.routes.tag import tag_blueprint
from widget_server.web.routes.verify import verify_blueprint
from widget_server.web.routes.webhooks import webhooks_blueprint
from widget_server.web.static_files import StaticCacheMiddleware

SIGN_IN_LIMIT = RateLimit(10, 60)
"""How often one client may show an admin key, whatever WIDGET_RATE_LIMIT says. 32 random characters cannot be guessed;
this keeps the attempts out of the log."""


def create_app(settings: Settings, deps: Deps | None = None) -> Flask:
    """The widget server as a WSGI application. Tests pass their own `deps`. The database must be migrated already."""
    deps = deps or make_deps(settings)
    app = make_flask(settings.public_url, settings.trusted_proxies, _checks(settings, deps), _steps(settings, deps))
    app.extensions["widget_server"] = deps
    register_problems(app)
    if deps.tracer is not None:
        end_spans(app)
    for blueprint in _blueprints(settings, deps):
        app.register_blueprint(blueprint)
    app.wsgi_app = below(settings.base_path, StaticCacheMiddleware(app.wsgi_app))  # type: ignore[assignment, method-assign]  # Flask's own way to put something in front
    if deps.admin is not None:
        mount_admin(app, deps.admin, deps)
    return app


def _checks(settings: Settings, deps: Deps) -> Sequence[Check]:
    return (
        *([begin_span(deps.tracer)] if deps.tracer is not None else []),
        guard(settings.cors_origins, settings.api_key, settings.metrics_key, make_check_limit(settings)),
    )


def _steps(settings: Settings, deps: Deps) -> Sequence[Step]:
    return (
        cors_headers(settings.cors_origins),
        counted_client(proof_check(deps.signer.public_keys, time.time)),
        log_request,
        *([request_counter(deps.metrics)] if deps.scrape is not None else []),
        *([note_status] if deps.tracer is not None else []),
    )


def _blueprints(settings: Settings, deps: Deps) -> Iterator[Blueprint]:
    yield verify_blueprint(deps)
    yield checkouts_blueprint(deps)
    yield pay_link_blueprint(deps)
    yield return_blueprint(deps)
    yield orders_blueprint(deps)
    yield new_orders_blueprint(deps)
    yield offers_blueprint(deps)
    yield subscriptions_blueprint(deps)
    yield webhooks_blueprint(deps)
    yield page_rules_blueprint(deps)
    yield static_files_blueprint(static_dir(), served_builds(settings.public_url), screens(settings))
    yield tag_blueprint(deps, widget(settings.public_url))
    yield jwks_blueprint(deps)
    yield health_blueprint(deps)
    yield metrics_blueprint(deps)
    yield start_page_blueprint(settings)
    yield openapi_blueprint(deps)
    yield documents_blueprint(settings.public_url, widget(settings.public_url))
    if settings.playground:
        yield playground_blueprint(deps, widget(settings.public_url))
    if has_gallery(settings):
        yield screen_gallery_blueprint(deps, widget(settings.public_url))


def mount_admin(app: Flask, admin: AdminDeps, deps: Deps) -> None:
    """A second application behind the first one's address, under its own host (docs/decisions/0029)."""
    admin_app = admin_application(admin, deps, deps.subscriptions, static_dir(), make_rate_limiter(SIGN_IN_LIMIT, None))
    app.extensions["admin_app"] = admin_app
    app.wsgi_app = dispatch_by_host(app.wsgi_app, admin_app.wsgi_app, admin.origin)  # type: ignore[assignment, method-assign]


def make_check_limit(settings: Settings) -> CheckLimit | None:
    """None: nothing is limited."""
    is_off = settings.rate_limit is None and settings.env == "sandbox"
    orders = settings.offer_limit if settings.offers_file and not is_off else None
    if settings.rate_limit is None and orders is None:
        return None
    store = settings.rate_limit_store
    return make_rate_limiter(settings.rate_limit, store.reveal() if store else None, orders=orders)
