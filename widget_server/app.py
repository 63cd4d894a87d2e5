"""The composition root: the only place that names concrete classes."""

from __future__ import annotations

import random
import secrets
from datetime import UTC, datetime, timedelta
from functools import partial

from flask import Flask
from sqlalchemy import Engine

from widget_server.adapters.jobs.worker import Worker
from widget_server.adapters.merchant.client import MerchantClient
from widget_server.adapters.page_rules import load_page_rules
from widget_server.adapters.signing_keys import load_or_create
from widget_server.adapters.steppay.client import StepPayClient
from widget_server.adapters.steppay.guards import guarded
from widget_server.adapters.steppay.numbers import OrderNumbers
from widget_server.adapters.steppay.transport import RequestsTransport
from widget_server.adapters.store.attempts import SqlAttempts
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.deliveries import SqlDeliveries
from widget_server.adapters.store.expectations import NoExpectations, SqlExpectations
from widget_server.adapters.store.inbox import SqlInbox
from widget_server.adapters.store.jobs import SqlJobs
from widget_server.adapters.store.ledger import SqlLedger
from widget_server.adapters.store.upkeep import forget, revive
from widget_server.adapters.tokens import JwsSigner
from widget_server.assets import static_dir, templates_dir, widget
from widget_server.config import Settings
from widget_server.services.ports import Expectations
from widget_server.services.remember import Memory
from widget_server.services.work import Tools, work_on
from widget_server.web.access import register_access
from widget_server.web.access_log import register_access_log
from widget_server.web.attempts import attempts_blueprint
from widget_server.web.deps import Deps
from widget_server.web.files import files_blueprint
from widget_server.web.headers import register_headers
from widget_server.web.health import health_blueprint
from widget_server.web.keys import keys_blueprint
from widget_server.web.limits import register_limits
from widget_server.web.openapi.routes import openapi_blueprint
from widget_server.web.orders import orders_blueprint
from widget_server.web.origins import register_origins
from widget_server.web.pages import pages_blueprint
from widget_server.web.playground import playground_blueprint
from widget_server.web.problems import register_problems
from widget_server.web.ready import ReadyFiles
from widget_server.web.return_page import return_blueprint
from widget_server.web.verify import verify_blueprint
from widget_server.web.webhooks import webhooks_blueprint


def make_deps(settings: Settings) -> Deps:
    """The real collaborators. One pooled HTTP session and one database engine per process."""
    engine = make_engine(settings.database_url)
    return Deps(
        settings=settings,
        steppay=guarded(
            StepPayClient(RequestsTransport(), secret_token=settings.secret_token, api_url=settings.steppay_api_url)
        ),
        attempts=SqlAttempts(engine, utc_now),
        expectations=make_expectations(settings, engine),
        ledger=SqlLedger(engine, tells=settings.merchant_url is not None),
        inbox=SqlInbox(engine, tells=settings.merchant_url is not None),
        rules=load_page_rules(settings.pages_file),
        signer=JwsSigner(load_or_create(settings.signing_key_file, settings.secrets)),
        clock=utc_now,
        new_attempt_id=lambda: secrets.token_urlsafe(16),
        memory=Memory(),
    )


def make_expectations(settings: Settings, engine: Engine) -> Expectations:
    """Where no backend may bind anything, no verdict waits for the database (docs/decisions/0012)."""
    return SqlExpectations(engine) if settings.api_key else NoExpectations()


def make_worker(settings: Settings) -> Worker:
    """What `widget-server worker` runs: its own connections to StepPay, the merchant and the database."""
    deps, engine = make_deps(settings), make_engine(settings.database_url)
    client = StepPayClient(RequestsTransport(), secret_token=settings.secret_token, api_url=settings.steppay_api_url)
    leases = SqlJobs(engine)
    tools = Tools(
        steppay=deps.steppay,
        numbers=OrderNumbers(client),
        expectations=deps.expectations,
        ledger=deps.ledger,
        inbox=deps.inbox,
        jobs=leases,
        deliveries=SqlDeliveries(engine),
        merchant=make_merchant(settings),
        clock=utc_now,
        jitter=random.random,
    )
    return Worker(leases, partial(work_on, tools=tools), partial(_tidy, engine, settings), utc_now)


def make_merchant(settings: Settings) -> MerchantClient | None:
    if settings.merchant_url is None or settings.merchant_secret is None:
        return None
    private = settings.merchant_private or settings.merchant_url.startswith("http://")  # loopback, in the sandbox
    return MerchantClient(settings.merchant_url, settings.merchant_secret.plain(), private=private)


def _tidy(engine: Engine, settings: Settings) -> None:
    now = utc_now()
    revive(engine, now)
    if settings.retention_days is not None:
        forget(engine, now - timedelta(days=settings.retention_days))


def utc_now() -> datetime:
    return datetime.now(UTC)


class _App(Flask):
    def log_exception(self, exc_info: object) -> None:
        """Nothing: `web/problems.py` logs it, under the request's id and without its message."""


def create_app(settings: Settings, deps: Deps | None = None) -> Flask:
    """The widget server as a WSGI application. Tests pass their own `deps`. The database must be migrated already."""
    deps = deps or make_deps(settings)
    app = _App("widget_server", static_folder=None, template_folder=str(templates_dir()))
    # Flask reads FLASK_DEBUG by itself; a debugging application would hand its exceptions to the outside.
    app.config.update(DEBUG=False, TESTING=False, PROPAGATE_EXCEPTIONS=False)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.url_map.merge_slashes = False  # `//v1/verify` is an unknown path, not a redirect with an HTML body
    app.extensions["widget_server"] = deps
    register_headers(app, settings.public_url)
    register_access_log(app)
    register_problems(app)
    register_origins(app, settings.page_origins)
    register_access(app, settings.api_key)
    register_limits(app, settings.rate_limit, settings.trusted_proxies)
    for blueprint in (
        verify_blueprint(deps),
        attempts_blueprint(deps),
        return_blueprint(deps),
        orders_blueprint(deps),
        webhooks_blueprint(deps),
        pages_blueprint(deps),
        files_blueprint(static_dir()),
        keys_blueprint(deps),
        health_blueprint(deps),
        openapi_blueprint(deps),
        *([playground_blueprint(deps, widget())] if settings.playground else []),
    ):
        app.register_blueprint(blueprint)
    app.wsgi_app = ReadyFiles(app.wsgi_app)  # type: ignore[method-assign]  # Flask's own way to put something in front
    return app
