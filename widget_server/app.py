"""The composition root of the web processes; `worker_app.py` is that of the job worker. Only these two name concrete
classes."""

import secrets
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from flask import Blueprint, Flask
from sqlalchemy import Engine

from widget_server.adapters.egress import Proxy
from widget_server.adapters.keys.doctor_proof import proof_check
from widget_server.adapters.keys.keyed_hash import keyed_hash
from widget_server.adapters.keys.signing_keys import load_or_create
from widget_server.adapters.keys.verdict_tokens import JwsSigner
from widget_server.adapters.metrics.exposition import Exposition
from widget_server.adapters.metrics.multiprocess import MultiProcessMetrics
from widget_server.adapters.offers_file import OffersFile
from widget_server.adapters.page_rules import follow_page_rules
from widget_server.adapters.rate_limits import make_rate_limiter
from widget_server.adapters.steppay.client import StepPayClient
from widget_server.adapters.steppay.resilience import with_resilience
from widget_server.adapters.steppay.transport import Transport, open_transport
from widget_server.adapters.store.backlog import read_backlog
from widget_server.adapters.store.checkouts import SqlCheckouts
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.deliveries import SqlDeliveries
from widget_server.adapters.store.expectations import SqlExpectations
from widget_server.adapters.store.inbox import SqlInbox
from widget_server.adapters.store.jobs import SqlJobs
from widget_server.adapters.store.ledger import SqlLedger
from widget_server.adapters.store.order_detail import read_order_detail
from widget_server.adapters.store.order_export import read_orders
from widget_server.adapters.store.order_requests import SqlOrderRequests
from widget_server.adapters.store.overview import SqlOverview
from widget_server.adapters.store.subscriptions import SqlSubscriptions
from widget_server.adapters.tracing import otlp_traces
from widget_server.config import Settings
from widget_server.domain.job import ASK, Job
from widget_server.domain.rate_limit import RateLimit
from widget_server.services import metrics as measured
from widget_server.services.check_now import AskLater
from widget_server.services.expectations import NoExpectations
from widget_server.services.metrics import NullMetrics
from widget_server.services.ports import CheckLimit, Clock, Expectations, Metrics
from widget_server.services.subscriptions import SubscriptionService
from widget_server.services.verdict_cache import VerdictCache
from widget_server.web.admin.application import admin_application
from widget_server.web.admin.deps import AdminDeps
from widget_server.web.admin.host_dispatch import dispatch_by_host
from widget_server.web.assets import screens, static_dir, widget
from widget_server.web.builds import served_builds
from widget_server.web.deps import Deps
from widget_server.web.flask_app import make_flask
from widget_server.web.middleware import request_metrics as measured_requests
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

ALL_METRICS = (*measured.UPSTREAM_METRICS, *measured_requests.HTTP_METRICS)
"""Everything that is counted."""
SIGN_IN_LIMIT = RateLimit(10, 60)
"""How often one client may show an admin key, whatever WIDGET_RATE_LIMIT says. 32 random characters cannot be guessed;
this keeps the attempts out of the log."""
utc_now: Clock = partial(datetime.now, UTC)


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


def make_deps(settings: Settings, clock: Clock = utc_now) -> Deps:
    """The real collaborators. One pooled HTTP session and one database engine per process."""
    engine = make_engine(settings.database_url)
    metrics = MultiProcessMetrics(ALL_METRICS, settings.metrics_dir) if settings.metrics_enabled else None
    tracer = otlp_traces(settings.traces_url) if settings.traces_url else None
    client = make_client(settings)
    steppay = with_resilience(client, metrics, tracer)
    keys = load_or_create(settings.signing_key_file, settings.secrets)
    return Deps(
        settings=settings,
        steppay=steppay,
        checkouts=SqlCheckouts(engine, clock),
        expectations=make_expectations(settings, engine),
        ledger=SqlLedger(engine, notify_merchant=settings.notifies_backend),
        inbox=SqlInbox(engine),
        subscriptions=SubscriptionService(
            steppay,
            SqlSubscriptions(engine, notify_merchant=settings.notifies_backend),
            clock,
            timedelta(days=settings.unpaid_grace_days),
        ),
        rules=follow_page_rules(settings.page_rules_file),
        offers=OffersFile(settings.offers_file, settings.allowed_origins, sandbox=settings.env == "sandbox"),
        signer=JwsSigner(keys),
        order_detail=partial(read_order_detail, engine),
        order_requests=SqlOrderRequests(engine),
        keyed_hash=keyed_hash(keys),
        clock=clock,
        new_checkout_id=lambda: secrets.token_urlsafe(16),
        metrics=metrics or NullMetrics(),
        scrape=Exposition(metrics, partial(read_backlog, engine), clock).text if metrics else None,
        tracer=tracer,
        admin=make_admin_deps(settings, engine, clock, metrics),
        cache=VerdictCache(),
        free_orders=settings.free_orders,
        take_token_use=client.token_use.take,
    )


def make_client(settings: Settings) -> StepPayClient:
    return StepPayClient(make_transport(settings), secret_token=settings.secret_token, api_url=settings.steppay_api_url)


def make_transport(settings: Settings) -> Transport:
    return open_transport(ca_file(settings), egress_proxy(settings))


def ca_file(settings: Settings) -> str | None:
    """More certificate authorities, for every client of ours."""
    return str(settings.ca_file) if settings.ca_file else None


def egress_proxy(settings: Settings) -> Proxy | None:
    """How every client of ours leaves this machine. None: directly."""
    return Proxy.at(settings.egress_proxy.reveal()) if settings.egress_proxy else None


def make_check_limit(settings: Settings) -> CheckLimit | None:
    """None: nothing is limited."""
    is_off = settings.rate_limit is None and settings.env == "sandbox"
    orders = settings.offer_limit if settings.offers_file and not is_off else None
    if settings.rate_limit is None and orders is None:
        return None
    store = settings.rate_limit_store
    return make_rate_limiter(settings.rate_limit, store.reveal() if store else None, orders=orders)


def make_expectations(settings: Settings, engine: Engine) -> Expectations:
    """Where nothing may bind anything, no verdict waits for the database (docs/decisions/0012)."""
    return SqlExpectations(engine) if settings.binds_amounts else NoExpectations()


def ask_later(engine: Engine) -> AskLater:
    return lambda code, at: SqlJobs(engine).restart(Job(ASK, code, at))


def make_admin_deps(
    settings: Settings, engine: Engine, clock: Clock, metrics: Metrics | None = None
) -> AdminDeps | None:
    """What the admin dashboard works with. None: there is no dashboard."""
    if settings.admin_key is None or settings.admin_origin is None:
        return None
    return AdminDeps(
        key=settings.admin_key,
        origin=settings.admin_origin,
        overview=SqlOverview(engine),
        redeliver=SqlDeliveries(engine).redeliver,
        delivery=SqlDeliveries(engine).with_attempts,
        every_order=partial(read_orders, engine),
        ask_later=ask_later(engine),
        clock=clock,
        metrics=metrics,
        trusted_proxies=settings.trusted_proxies,
        sandbox=settings.env == "sandbox",
    )
