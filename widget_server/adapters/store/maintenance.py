"""What a worker does once a minute: find work that has no job, and delete what is old enough."""

import logging
from datetime import datetime

from sqlalchemy import Engine

from widget_server.adapters.store.connections import connections_of
from widget_server.adapters.store.jobs import add_jobs
from widget_server.adapters.store.sql import DbConnection, run
from widget_server.domain.job import DELIVERY, WEBHOOK, Job

log = logging.getLogger("widget_server.maintenance")

_MOST_AT_ONCE = 500
"""Transactions stay short: a verification waits for one of them at most."""
_MOST_ROUNDS = 40
"""In one run. Once a minute, it keeps up with hundreds of orders a second."""
_ORPHANS = {
    WEBHOOK: """SELECT digest AS subject FROM steppay_webhooks WHERE state = 'new' AND NOT EXISTS
        (SELECT 1 FROM steppay_jobs WHERE kind = :kind AND subject = digest) LIMIT :most""",
    DELIVERY: """SELECT id AS subject FROM steppay_deliveries WHERE state = 'waiting' AND NOT EXISTS
        (SELECT 1 FROM steppay_jobs WHERE kind = :kind AND subject = id) LIMIT :most""",
}
_OLD_ORDERS = """SELECT order_code AS key FROM steppay_orders
    WHERE checked_at < :before AND NOT needs_review AND NOT EXISTS
    (SELECT 1 FROM steppay_jobs WHERE kind = 'check' AND subject = order_code) LIMIT :most"""
_OLD_DELIVERIES = """SELECT id AS key FROM steppay_deliveries
    WHERE state = 'delivered' AND created_at < :before LIMIT :most"""
_OLD_EVENTS = "SELECT digest AS key FROM steppay_webhooks WHERE received_at < :before AND state <> 'new' LIMIT :most"
# Only those that have ended, and those that StepPay never knew, are not asked about again.
_OLD_SUBSCRIPTIONS = """SELECT id AS key FROM steppay_subscriptions
    WHERE ask_again_at IS NULL AND coalesce(asked_at, known_since) < :before AND NOT EXISTS
    (SELECT 1 FROM steppay_jobs WHERE kind = 'subscription' AND subject = CAST(id AS varchar)) LIMIT :most"""
_PURGE = {
    _OLD_ORDERS: (
        "DELETE FROM steppay_transitions WHERE order_code = ANY(:keys)",
        "DELETE FROM steppay_orders WHERE order_code = ANY(:keys)",
    ),
    _OLD_DELIVERIES: (
        "DELETE FROM steppay_delivery_attempts WHERE delivery_id = ANY(:keys)",
        "DELETE FROM steppay_deliveries WHERE id = ANY(:keys)",
    ),
    _OLD_EVENTS: ("DELETE FROM steppay_webhooks WHERE digest = ANY(:keys)",),
    _OLD_SUBSCRIPTIONS: ("DELETE FROM steppay_subscriptions WHERE id = ANY(:keys)",),
}


def requeue_orphans(engine: Engine, now: datetime) -> int:
    """Give a job to each event and delivery that waits without one: after a restored backup or a move to another
    database. Raises `StorageError`."""
    lost = [
        Job(kind, row.subject, now)
        for kind, wanted in _ORPHANS.items()
        for row in connections_of(engine).read(wanted, kind=kind, most=_MOST_AT_ONCE)
    ]
    if lost:
        log.warning("orphaned_work_requeued count=%d", len(lost))
        connections_of(engine).write(lambda db: add_jobs(db, lost))
    return len(lost)


def purge_older_than(engine: Engine, before: datetime) -> None:
    """Delete what ended before `before`: orders with their history, deliveries that arrived, events that were
    processed, subscriptions that are over. What waits, is parked or needs a review stays. Raises `StorageError`."""
    connections = connections_of(engine)
    for _ in range(_MOST_ROUNDS):
        if connections.write(lambda db: _purge_some(db, before)) < _MOST_AT_ONCE:
            break


def _purge_some(db: DbConnection, before: datetime) -> int:
    """How many rows of one table were deleted at the most."""
    most = 0
    for wanted, deletions in _PURGE.items():
        keys = [row.key for row in run(db, wanted, before=before, most=_MOST_AT_ONCE)]
        for deletion in deletions:
            run(db, deletion, keys=keys)
        most = max(most, len(keys))
    return most
