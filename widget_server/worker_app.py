"""The composition root of the job worker, and of the webhooks that it sends."""

import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from sqlalchemy import Engine

from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.deliveries import SqlDeliveries
from widget_server.adapters.store.jobs import SqlJobs
from widget_server.adapters.store.maintenance import purge_older_than, requeue_orphans
from widget_server.adapters.store.order_requests import purge_order_requests
from widget_server.adapters.store.sweep import sweep
from widget_server.adapters.tracing import traced_work
from widget_server.adapters.webhooks_out.sender import WebhookSender
from widget_server.app import ca_file, egress_proxy, make_deps, utc_now
from widget_server.config import Settings
from widget_server.domain.job import Job
from widget_server.server.worker import Worker
from widget_server.services.job_handlers import JobContext, handle_job
from widget_server.services.ports import MerchantBackend


def make_worker(settings: Settings, backend: MerchantBackend | None = None) -> Worker:
    """What `widget-server worker` runs: its own connections to StepPay, the merchant and the database. `backend`: what
    receives the deliveries, where it is not at `WIDGET_NOTIFY_URL`."""
    deps, engine = make_deps(settings), make_engine(settings.database_url)
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
        merchant=backend or make_merchant(settings),
        clock=utc_now,
        jitter=random.random,
    )
    work: Callable[[Job], None] = partial(handle_job, context=context)
    if deps.tracer is not None:
        work = traced_work(work, deps.tracer)
    return Worker(leases, work, partial(_run_maintenance, engine, settings), utc_now)


def make_merchant(settings: Settings) -> WebhookSender | None:
    """Sends webhooks to the merchant backend. None: WIDGET_NOTIFY_URL is not set."""
    url, secret = settings.notify_url, settings.notify_secret
    if url is None or secret is None:
        return None
    private = settings.notify_allow_private_network or url.startswith("http://")  # loopback, in the sandbox
    return WebhookSender(url, secret.reveal(), private=private, ca_file=ca_file(settings), proxy=egress_proxy(settings))


def _run_maintenance(engine: Engine, settings: Settings) -> None:
    now = utc_now()
    requeue_orphans(engine, now)
    sweep(engine, now)
    purge_order_requests(engine, now)
    if settings.retention_days is not None:
        purge_older_than(engine, now - timedelta(days=settings.retention_days))
