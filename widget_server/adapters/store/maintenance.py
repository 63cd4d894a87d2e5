"""What a worker does once a minute: find work that has no job, and forget what is old enough."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import Connection, Engine, and_, delete, exists, select

from widget_server.adapters.store.database import for_writing, transaction
from widget_server.adapters.store.jobs import add_job
from widget_server.adapters.store.tables import deliveries, delivery_attempts, jobs, orders, transitions, webhooks
from widget_server.domain.job import DELIVERY, WEBHOOK, Job

log = logging.getLogger("widget_server.upkeep")

_MOST_AT_ONCE = 500
"""Transactions stay short: whoever verifies a payment meanwhile waits for one of them at most."""
_MOST_ROUNDS = 40
"""In one sweep. Once a minute, it keeps up with hundreds of orders a second."""


def requeue_orphans(engine: Engine, now: datetime) -> int:
    """Give a job to each event and delivery that waits without one: after a restored backup or a move to another
    database. Raises `StorageError`."""
    lost = _events_without_job(engine) + _deliveries_without_job(engine)
    if lost:
        log.warning("orphaned_work_requeued count=%d", len(lost))
        with transaction(for_writing(engine)) as connection:
            for kind, subject in lost:
                add_job(connection, Job(kind, subject, now))
    return len(lost)


def purge_older_than(engine: Engine, before: datetime) -> None:
    """Delete what ended before `before`: orders with their history, deliveries that arrived, events that were worked
    on. What waits, is parked or asks for a review stays. Raises `StorageError`."""
    for _ in range(_MOST_ROUNDS):
        with transaction(for_writing(engine)) as connection:
            gone = max(_forget_orders(connection, before), _forget_deliveries(connection, before))
        if gone < _MOST_AT_ONCE:
            break
    with transaction(for_writing(engine)) as connection:
        old = (webhooks.c.received_at < before, webhooks.c.state != "new")
        connection.execute(delete(webhooks).where(*old))


def _events_without_job(engine: Engine) -> list[tuple[str, str]]:
    has_job = exists().where(jobs.c.kind == WEBHOOK, jobs.c.subject == webhooks.c.digest)
    wanted = select(webhooks.c.digest).where(webhooks.c.state == "new", ~has_job).limit(_MOST_AT_ONCE)
    with transaction(engine) as connection:
        return [(WEBHOOK, digest) for digest in connection.execute(wanted).scalars()]


def _deliveries_without_job(engine: Engine) -> list[tuple[str, str]]:
    has_job = exists().where(jobs.c.kind == DELIVERY, jobs.c.subject == deliveries.c.id)
    wanted = select(deliveries.c.id).where(deliveries.c.state == "waiting", ~has_job).limit(_MOST_AT_ONCE)
    with transaction(engine) as connection:
        return [(DELIVERY, event_id) for event_id in connection.execute(wanted).scalars()]


def _forget_orders(connection: Connection, before: datetime) -> int:
    watched = select(jobs.c.subject).where(jobs.c.kind == "check")
    old = and_(orders.c.checked_at < before, orders.c.needs_review.is_(False), orders.c.order_code.not_in(watched))
    codes = select(orders.c.order_code).where(old).limit(_MOST_AT_ONCE)
    gone = list(connection.execute(codes).scalars())
    connection.execute(delete(transitions).where(transitions.c.order_code.in_(gone)))
    connection.execute(delete(orders).where(orders.c.order_code.in_(gone)))
    return len(gone)


def _forget_deliveries(connection: Connection, before: datetime) -> int:
    old = (deliveries.c.created_at < before, deliveries.c.state == "delivered")
    gone = list(connection.execute(select(deliveries.c.id).where(*old).limit(_MOST_AT_ONCE)).scalars())
    connection.execute(delete(delivery_attempts).where(delivery_attempts.c.delivery_id.in_(gone)))
    connection.execute(delete(deliveries).where(deliveries.c.id.in_(gone)))
    return len(gone)
