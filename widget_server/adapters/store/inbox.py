"""`ports.Inbox` on SQL: StepPay's webhook events, each stored once before it is acknowledged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from widget_server.adapters.store.connections import connections_of
from widget_server.adapters.store.jobs import add_job, finish_job, follow_order
from widget_server.adapters.store.sql import DbConnection, fetch_one, insert_or_ignore, run
from widget_server.adapters.store.subscriptions import follow_subscriptions
from widget_server.domain.job import ORDER_NUMBER, WEBHOOK, Job, first_check
from widget_server.domain.recheck_schedule import FIRST
from widget_server.domain.webhook_event import WebhookEvent

MOST_UNSIGNED = 100
_UNSIGNED_GAP = timedelta(seconds=1)
_SET_STATE = "UPDATE steppay_webhooks SET state = :state WHERE digest = :digest"
_WAITING = """SELECT event, order_code, order_id, claimed_status FROM steppay_webhooks
    WHERE digest = :digest AND state = 'new'"""
_COUNT_UNSIGNED = "SELECT count(*) AS waiting FROM steppay_jobs WHERE kind = :kind"


class SqlInbox:
    """Every method is one transaction and raises `StorageError` when the database does not do it."""

    def __init__(self, engine: Engine) -> None:
        self._connections = connections_of(engine)

    def accept(self, digest: str, event: WebhookEvent, at: datetime) -> bool:
        """Store an event and the job that processes it. False: this very body was stored before; then it is processed
        again in a minute, because StepPay sends the same bytes also for a second refund, or when a person asks for it.
        """
        row = {
            "digest": digest,
            "event": event.event,
            "order_code": event.order_code,
            "order_id": event.order_id,
            "claimed_status": event.claimed_status,
            "received_at": at,
            "state": "new" if event.names_an_order else "ignored",
        }
        return self._connections.write(lambda db: self._store(db, row, event))

    def _store(self, db: DbConnection, row: Mapping[str, Any], event: WebhookEvent) -> bool:
        is_new, digest, at = insert_or_ignore(db, "steppay_webhooks", row), row["digest"], row["received_at"]
        if is_new and event.names_an_order:
            add_job(db, Job(WEBHOOK, digest, at))
        elif event.subscription_id is not None:  # nothing in it is believed, so it is not kept: StepPay is asked
            follow_subscriptions(db, (event.subscription_id,), None, at, ask=True)
        elif event.names_an_order and not is_new:
            run(db, _SET_STATE, digest=digest, state="new")
            add_job(db, Job(WEBHOOK, digest, at + FIRST))
        return is_new

    def accept_number(self, order_id: int, at: datetime) -> bool:
        """Ask about the order with this number, which any client may have sent. False: too many wait already.

        One a second at the most, however many are sent: a forged event must not buy calls to StepPay. A number that
        waits keeps its own time, so that repeating it cannot put it off.
        """

        def ask(db: DbConnection) -> bool:
            waiting = fetch_one(db, _COUNT_UNSIGNED, kind=ORDER_NUMBER).waiting
            if waiting < MOST_UNSIGNED:
                add_job(db, Job(ORDER_NUMBER, str(order_id), at + waiting * _UNSIGNED_GAP))
            return bool(waiting < MOST_UNSIGNED)

        return self._connections.write(ask)

    def suggest_check(self, order_code: str, at: datetime) -> None:
        """Recheck this order in a minute, if no job follows it already."""
        self._connections.write(lambda db: follow_order(db, first_check(order_code, at)))

    def find(self, digest: str) -> WebhookEvent | None:
        """The event that waits to be processed under this digest."""
        row = self._connections.read_one(_WAITING, digest=digest)
        return WebhookEvent(row.event, row.order_code, row.order_id, claimed_status=row.claimed_status) if row else None

    def close(self, job: Job, *, ignored: bool) -> None:
        """The event is processed. `ignored`: StepPay knows no such order."""

        def close(db: DbConnection) -> None:
            run(db, _SET_STATE, digest=job.subject, state="ignored" if ignored else "done")
            finish_job(db, job)

        self._connections.write(close)
