"""The composition root: the only place that names concrete classes."""

from __future__ import annotations

import json
import random
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypedDict

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from sqlalchemy import Engine

from widget_server.adapters.egress import Proxy
from widget_server.adapters.keys.doctor_proof import proof_check
from widget_server.adapters.keys.signing_keys import load_or_create
from widget_server.adapters.keys.verdict_tokens import JwsSigner
from widget_server.adapters.metrics.exposition import Exposition
from widget_server.adapters.metrics.instrumented import InstrumentedDeliveries, InstrumentedLedger
from widget_server.adapters.metrics.multiprocess import MultiProcessMetrics
from widget_server.adapters.metrics.steppay import TimedOrderLookup, instrument
from widget_server.adapters.page_rules import load_page_rules
from widget_server.adapters.rate_limits import make_rate_limiter
from widget_server.adapters.steppay.client import StepPayClient
from widget_server.adapters.steppay.order_lookup import OrderLookup
from widget_server.adapters.steppay.transport import RequestsTransport
from widget_server.adapters.store.backlog import read_backlog
from widget_server.adapters.store.checkouts import SqlCheckouts
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.deliveries import SqlDeliveries
from widget_server.adapters.store.expectations import NoExpectations, SqlExpectations
from widget_server.adapters.store.inbox import SqlInbox
from widget_server.adapters.store.jobs import SqlJobs
from widget_server.adapters.store.ledger import SqlLedger
from widget_server.adapters.store.maintenance import purge_older_than, requeue_orphans
from widget_server.adapters.store.overview import SqlOverview
from widget_server.adapters.store.sweep import sweep
from widget_server.adapters.tracing import otlp_traces, traced_work
from widget_server.adapters.webhooks_out.sender import WebhookSender
from widget_server.config import Settings
from widget_server.domain.job import Job
from widget_server.domain.model import Claim, Verdict
from widget_server.domain.order_record import Cause
from widget_server.domain.rate_limit import RateLimit
from widget_server.server.worker import Worker
from widget_server.services import metrics as measured
from widget_server.services.expectations import verify_against_expectation
from widget_server.services.job_handlers import JobContext, handle_job
from widget_server.services.metrics import NullMetrics
from widget_server.services.ports import CheckLimit, Clock, Expectations, Metrics
from widget_server.services.record import record_verdict
from widget_server.services.verdict_cache import VerdictCache
from widget_server.web.admin.application import register_admin
from widget_server.web.admin.deps import AdminDeps
from widget_server.web.admin.host_dispatch import dispatch_by_host
from widget_server.web.assets import static_dir, templates_dir, widget
from widget_server.web.deps import Deps
from widget_server.web.middleware import request_metrics as measured_requests
from widget_server.web.middleware.access_log import register_access_log
from widget_server.web.middleware.authentication import register_authentication
from widget_server.web.middleware.cors import register_cors
from widget_server.web.middleware.counted_client import register_counted_client
from widget_server.web.middleware.headers import register_headers
from widget_server.web.middleware.rate_limiting import register_rate_limiting
from widget_server.web.middleware.request_metrics import register_request_metrics
from widget_server.web.middleware.request_tracing import register_traces
from widget_server.web.openapi.routes import openapi_blueprint
from widget_server.web.problems import register_problems
from widget_server.web.routes.checkouts import checkouts_blueprint
from widget_server.web.routes.health import health_blueprint
from widget_server.web.routes.jwks import keys_blueprint
from widget_server.web.routes.metrics import metrics_blueprint
from widget_server.web.routes.orders import orders_blueprint
from widget_server.web.routes.page_rules import pages_blueprint
from widget_server.web.routes.pay_link import pay_link_blueprint
from widget_server.web.routes.playground import playground_blueprint
from widget_server.web.routes.return_page import return_blueprint
from widget_server.web.routes.static_files import files_blueprint
from widget_server.web.routes.verify import verify_blueprint
from widget_server.web.routes.webhooks import webhooks_blueprint
from widget_server.web.static_files import StaticCacheMiddleware

ALL_METRICS = (*measured.UPSTREAM_METRICS, *measured_requests.HTTP_METRICS)
"""Everything that is counted."""
SIGN_IN_LIMIT = RateLimit(10, 60)
"""How often one client may show an admin key, whatever WIDGET_RATE_LIMIT says. 32 random characters cannot be guessed;
this keeps the attempts out of the log."""


def make_deps(settings: Settings) -> Deps:
    """The real collaborators. One pooled HTTP session and one database engine per process."""
    engine = make_engine(settings.database_url)
    figures = MultiProcessMetrics(ALL_METRICS, settings.metrics_dir) if settings.metrics_enabled else None
    traces = otlp_traces(settings.traces_url) if settings.traces_url else None
    client = make_client(settings)
    return Deps(
        settings=settings,
        steppay=instrument(client, figures, traces),
        checkouts=SqlCheckouts(engine, utc_now),
        expectations=make_expectations(settings, engine),
        ledger=SqlLedger(engine, tells=settings.notify_url is not None),
        inbox=SqlInbox(engine, tells=settings.notify_url is not None),
        rules=load_page_rules(settings.page_rules_file),
        signer=JwsSigner(load_or_create(settings.signing_key_file, settings.secrets)),
        clock=utc_now,
        new_checkout_id=lambda: secrets.token_urlsafe(16),
        figures=figures or NullMetrics(),
        scrape=Exposition(figures, partial(read_backlog, engine), utc_now).text if figures else None,
        traces=traces,
        desk=make_admin_deps(settings, engine, utc_now, figures),
        memory=VerdictCache(),
    )


def make_client(settings: Settings) -> StepPayClient:
    return StepPayClient(make_transport(settings), secret_token=settings.secret_token, api_url=settings.steppay_api_url)


def make_transport(settings: Settings) -> RequestsTransport:
    return RequestsTransport(**_egress(settings))


def _egress(settings: Settings) -> _Egress:
    """How every client of ours leaves this machine."""
    proxy = Proxy.at(settings.egress_proxy.reveal()) if settings.egress_proxy else None
    return {"ca_file": str(settings.ca_file) if settings.ca_file else None, "proxy": proxy}


class _Egress(TypedDict):
    ca_file: str | None
    proxy: Proxy | None


def make_check_limit(settings: Settings) -> CheckLimit | None:
    """None: nothing is limited."""
    if settings.rate_limit is None:
        return None
    store = settings.rate_limit_store
    return make_rate_limiter(settings.rate_limit, store.reveal() if store else None)


def make_expectations(settings: Settings, engine: Engine) -> Expectations:
    """Where no backend may bind anything, no verdict waits for the database (docs/decisions/0012)."""
    return SqlExpectations(engine) if settings.api_key else NoExpectations()


def make_admin_deps(
    settings: Settings, engine: Engine, clock: Clock, figures: Metrics | None = None
) -> AdminDeps | None:
    """What the admin dashboard works with; None where it is off."""
    if settings.admin_key is None or settings.admin_origin is None:
        return None
    return AdminDeps(
        key=settings.admin_key,
        origin=settings.admin_origin,
        overview=SqlOverview(engine),
        redeliver=SqlDeliveries(engine).redeliver,
        delivery=SqlDeliveries(engine).with_tries,
        clock=clock,
        metrics=figures,
        trusted_proxies=settings.trusted_proxies,
        sandbox=settings.env == "sandbox",
    )


def make_worker(settings: Settings) -> Worker:
    """What `widget-server worker` runs: its own connections to StepPay, the merchant and the database."""
    deps, engine = make_deps(settings), make_engine(settings.database_url)
    client = make_client(settings)
    leases = SqlJobs(engine)
    tools = JobContext(
        steppay=deps.steppay,
        numbers=TimedOrderLookup(OrderLookup(client), deps.figures),
        expectations=deps.expectations,
        ledger=InstrumentedLedger(deps.ledger, deps.figures),
        inbox=deps.inbox,
        jobs=leases,
        deliveries=InstrumentedDeliveries(SqlDeliveries(engine), deps.figures),
        merchant=make_merchant(settings),
        clock=utc_now,
        jitter=random.random,
    )
    work: Callable[[Job], None] = partial(handle_job, tools=tools)
    if deps.traces is not None:
        work = traced_work(work, deps.traces)
    return Worker(leases, work, partial(_run_maintenance, engine, settings), utc_now)


def check_order(settings: Settings, engine: Engine, order_code: str) -> Verdict:
    """Ask StepPay about one order now, for a person, and record the answer. Raises what `verify_against_expectation`
    raises, and
    `StorageError`."""
    verdict = verify_against_expectation(
        Claim(order_code), make_client(settings), utc_now, make_expectations(settings, engine)
    )
    record_verdict(verdict, Cause.RECHECK, SqlLedger(engine, tells=settings.notify_url is not None))
    return verdict


def make_merchant(settings: Settings) -> WebhookSender | None:
    if settings.notify_url is None or settings.notify_secret is None:
        return None
    private = settings.notify_allow_private_network or settings.notify_url.startswith(
        "http://"
    )  # loopback, in the sandbox
    secret = settings.notify_secret.reveal()
    return WebhookSender(settings.notify_url, secret, private=private, **_egress(settings))


def _run_maintenance(engine: Engine, settings: Settings) -> None:
    now = utc_now()
    requeue_orphans(engine, now)
    sweep(engine, now)
    if settings.retention_days is not None:
        purge_older_than(engine, now - timedelta(days=settings.retention_days))


def utc_now() -> datetime:
    return datetime.now(UTC)


class _Json(DefaultJSONProvider):
    """Members in our order, and Korean as it is written. Flask's own would make an encoder for each answer."""

    _encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=DefaultJSONProvider.default)

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return self._encoder.encode(obj)


class _App(Flask):
    json_provider_class = _Json

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Nothing of ours is `async`; Flask would look into each view and hook for it, at each request."""
        return func

    def log_exception(self, exc_info: object) -> None:
        """Nothing: `web/problems.py` logs it, under the request's id and without its message."""


def create_app(settings: Settings, deps: Deps | None = None) -> Flask:
    """The widget server as a WSGI application. Tests pass their own `deps`. The database must be migrated already."""
    deps = deps or make_deps(settings)
    app = _empty_app()
    app.extensions["widget_server"] = deps
    if deps.scrape is not None:
        register_request_metrics(app, deps.figures)
    register_headers(app, settings.public_url)
    if deps.traces is not None:
        register_traces(app, deps.traces)
    register_access_log(app)
    register_problems(app)
    register_cors(app, settings.cors_origins)
    register_authentication(app, settings.api_key, settings.metrics_key)
    register_counted_client(app, proof_check(deps.signer.public_keys, time.time), settings.trusted_proxies)
    register_rate_limiting(app, make_check_limit(settings), settings.trusted_proxies)
    for blueprint in (
        verify_blueprint(deps),
        checkouts_blueprint(deps),
        pay_link_blueprint(deps),
        return_blueprint(deps),
        orders_blueprint(deps),
        webhooks_blueprint(deps),
        pages_blueprint(deps),
        files_blueprint(static_dir(), widget(settings.public_url)),
        keys_blueprint(deps),
        health_blueprint(deps),
        metrics_blueprint(deps),
        openapi_blueprint(deps),
        *([playground_blueprint(deps, widget(settings.public_url))] if settings.playground else []),
    ):
        app.register_blueprint(blueprint)
    app.wsgi_app = StaticCacheMiddleware(app.wsgi_app)  # type: ignore[method-assign]  # Flask's own way to put something in front
    if deps.desk is not None:
        mount_admin(app, deps.desk)
    return app


def mount_admin(app: Flask, admin: AdminDeps) -> None:
    """A second application behind the first one's address, under its own host (docs/decisions/0029)."""
    pages = _empty_app()
    register_admin(pages, admin, static_dir(), make_rate_limiter(SIGN_IN_LIMIT, None))
    app.extensions["operators_pages"] = pages
    app.wsgi_app = dispatch_by_host(app.wsgi_app, pages.wsgi_app, admin.origin)  # type: ignore[assignment, method-assign]


def _empty_app() -> Flask:
    app = _App("widget_server", static_folder=None, template_folder=str(templates_dir()))
    # Flask reads FLASK_DEBUG by itself; a debugging application would hand its exceptions to the outside.
    app.config.update(DEBUG=False, TESTING=False, PROPAGATE_EXCEPTIONS=False)
    app.url_map.merge_slashes = False  # `/v1//verify` is an unknown path, not a redirect with an HTML body
    return app
