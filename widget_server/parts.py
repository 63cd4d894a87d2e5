"""The parts that web processes, job worker and commands share. Only this module, `app.py` and `worker_app.py` name
concrete classes. It loads no Flask: worker and commands serve no page."""

import secrets
from datetime import timedelta
from functools import partial

from sqlalchemy import Engine

from widget_server.adapters.egress import Proxy
from widget_server.adapters.keys.keyed_hash import keyed_hash
from widget_server.adapters.keys.signing_keys import load_or_create
from widget_server.adapters.keys.verdict_tokens import JwsSigner
from widget_server.adapters.metrics.exposition import Exposition
from widget_server.adapters.metrics.multiprocess import MultiProcessMetrics
from widget_server.adapters.offers_file import OffersFile
from widget_server.adapters.page_rules import follow_page_rules
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
from widget_server.clock import utc_now
from widget_server.config import Settings
from widget_server.domain.job import ASK, Job
from widget_server.services.check_now import AskLater
from widget_server.services.expectations import NoExpectations
from widget_server.services.metrics import UPSTREAM_METRICS, NullMetrics
from widget_server.services.ports import Clock, Expectations, Metrics
from widget_server.services.subscriptions import SubscriptionService
from widget_server.services.verdict_cache import VerdictCache
from widget_server.web.admin.deps import AdminDeps
from widget_server.web.admin.portal import portal_of
from widget_server.web.deps import Deps
from widget_server.web.http_metrics import HTTP_METRICS

ALL_METRICS = (*UPSTREAM_METRICS, *HTTP_METRICS)
"""Everything that is counted."""


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
        redeliver_parked=SqlDeliveries(engine).redeliver_parked,
        delivery=SqlDeliveries(engine).with_attempts,
        every_order=partial(read_orders, engine),
        ask_later=ask_later(engine),
        clock=clock,
        portal=portal_of(settings.steppay_api_url),
        metrics=metrics,
        trusted_proxies=settings.trusted_proxies,
        sandbox=settings.env == "sandbox",
        notifies=settings.notifies_backend,
    )
