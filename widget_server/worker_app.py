"""The composition root of the job worker, and of the webhooks that it sends."""

import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from sqlalchemy import Engine

from widget_server.adapters.store.alerts import SqlAlerts
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.deliveries import SqlDeliveries
from widget_server.adapters.store.jobs import SqlJobs
from widget_server.adapters.store.maintenance import purge_older_than, requeue_orphans
from widget_server.adapters.store.order_requests import purge_order_requests
from widget_server.adapters.store.subscriptions import sweep_subscriptions
from widget_server.adapters.store.sweep import sweep
from widget_server.adapters.tracing import traced_work
from widget_server.adapters.webhooks_out.alerts import AlertSender
from widget_server.adapters.webhooks_out.sender import WebhookSender
from widget_server.clock import utc_now
from widget_server.config import Settings
from widget_server.domain.alert import AlertSource
from widget_server.domain.job import ALERT_SLOTS, SLOTS, Job
from widget_server.parts import ca_file, egress_proxy, make_deps
from widget_server.server.alert_loop import AlertLoop
from widget_server.server.worker import Worker
from widget_server.services.alerts import AlertTeller, AlertWatch
from widget_server.services.job_handlers import JobContext, handle_job
from widget_server.services.ports import Clock, MerchantBackend
from widget_server.web.deps import Deps


def make_worker(settings: Settings, backend: MerchantBackend | None = None, clock: Clock = utc_now) -> Worker:
    """What `widget-server worker` runs: its own connections to StepPay, the merchant and the database. `backend`: what
    receives the deliveries, where it is not at `WIDGET_NOTIFY_URL`."""
    deps, engine = make_deps(settings, clock), make_engine(settings.database_url)
    leases = SqlJobs(engine)
    context = JobContext(
        steppay=deps.steppay,
        expectations=deps.expectations,
        ledger=deps.ledger,
        metrics=deps.metrics,
        free_orders=deps.free_orders,
        inbox=deps.inbox,
        jobs=leases,
        deliveries=SqlDeliveries(engine),
        subscriptions=deps.subscriptions,
        merchant=backend or make_merchant(settings),
        clock=clock,
        jitter=random.random,
        teller=make_teller(settings, engine, clock),
    )
    work: Callable[[Job], None] = partial(handle_job, context=context)
    if deps.tracer is not None:
        work = traced_work(work, deps.tracer)
    watch = AlertWatch(SqlAlerts(engine), deps.take_token_use, clock) if context.teller else None
    slots = {**SLOTS, **ALERT_SLOTS} if watch else SLOTS
    maintain = partial(_run_maintenance, engine, settings, watch, clock)
    return Worker(leases, work, maintain, clock, slots=slots)


def make_alert_loop(settings: Settings, deps: Deps) -> AlertLoop | None:
    """What a process that serves pages runs beside them. None: WIDGET_ALERT_URL is not set."""
    if settings.alert_url is None:
        return None
    engine = make_engine(settings.database_url)
    store, leases, teller = SqlAlerts(engine), SqlJobs(engine), make_teller(settings, engine)

    def send(job: Job) -> None:
        if teller is not None:
            teller.tell(job, leases)

    def make_sender() -> Worker:
        return Worker(leases, send, lambda: None, utc_now, slots=ALERT_SLOTS)

    look = AlertWatch(store, deps.take_token_use, utc_now).look
    return AlertLoop(look, lambda: store.has_late_message(utc_now()), make_sender)


def make_teller(settings: Settings, engine: Engine, clock: Clock = utc_now) -> AlertTeller | None:
    """Tells the operator. None: WIDGET_ALERT_URL is not set."""
    receiver = make_alert_receiver(settings)
    return AlertTeller(SqlAlerts(engine), receiver, alert_source(settings), clock, random.random) if receiver else None


def make_alert_receiver(settings: Settings) -> AlertSender | None:
    if settings.alert_url is None:
        return None
    url = settings.alert_url.reveal()
    private = settings.notify_allow_private_network or url.startswith("http://")  # loopback, in the sandbox
    return AlertSender(url, private=private, ca_file=ca_file(settings), proxy=egress_proxy(settings))


def alert_source(settings: Settings) -> AlertSource:
    program = "flask steppay" if settings.in_application else "widget-server"
    host = settings.public_url.partition("://")[2]
    return AlertSource(host, settings.admin_origin, program, settings.env == "sandbox")


def make_merchant(settings: Settings) -> WebhookSender | None:
    """Sends webhooks to the merchant backend. None: WIDGET_NOTIFY_URL is not set."""
    url, secret = settings.notify_url, settings.notify_secret
    if url is None or secret is None:
        return None
    private = settings.notify_allow_private_network or url.startswith("http://")  # loopback, in the sandbox
    return WebhookSender(url, secret.reveal(), private=private, ca_file=ca_file(settings), proxy=egress_proxy(settings))


def _run_maintenance(engine: Engine, settings: Settings, watch: AlertWatch | None, clock: Clock) -> None:
    now = clock()
    requeue_orphans(engine, now)
    sweep(engine, now)
    purge_order_requests(engine, now)
    sweep_subscriptions(engine, now)
    if settings.retention_days is not None:
        purge_older_than(engine, now - timedelta(days=settings.retention_days))
    if watch is not None:
        watch.look()
