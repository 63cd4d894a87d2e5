"""`ports.Deliveries` on SQL: the webhooks to the merchant's backend, and every attempt to deliver one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine

from widget_server.adapters.store.connections import connections_of
from widget_server.adapters.store.jobs import add_job, finish_job, postpone_job, restart_job
from widget_server.adapters.store.sql import DbConnection, fetch_one, insert_into, insert_or_ignore, run
from widget_server.domain.delivery import Delivery, DeliveryAttempt, DeliveryResponse, DeliveryState
from widget_server.domain.job import DELIVERY, Job

_ANSWER_CHARACTERS = 2048
_SELECT = "SELECT id, order_code, type, payload, created_at, state FROM steppay_deliveries WHERE id = :id"
_ATTEMPTS = """SELECT started_at, status, outcome, answer FROM steppay_delivery_attempts
    WHERE delivery_id = :id ORDER BY id"""
_BEGIN = insert_into("steppay_delivery_attempts", ("delivery_id", "started_at", "outcome", "answer")) + " RETURNING id"
_END = "UPDATE steppay_delivery_attempts SET status = :status, outcome = :outcome, answer = :answer WHERE id = :id"
_MOVE = "UPDATE steppay_deliveries SET state = :state WHERE id = :id AND state <> 'delivered'"

_MOST_AT_ONCE = 500
_FREE = """UPDATE steppay_deliveries SET state = 'waiting' WHERE id IN
    (SELECT id FROM steppay_deliveries WHERE state = 'parked' ORDER BY created_at LIMIT :most) RETURNING id"""


class SqlDeliveries:
    """Every method is one transaction and raises `StorageError` when the database does not do it."""

    def __init__(self, engine: Engine) -> None:
        self._connections = connections_of(engine)

    def find(self, event_id: str) -> Delivery | None:
        row = self._connections.read_one(_SELECT, id=event_id)
        return Delivery(*row) if row else None

    def attempts(self, event_id: str) -> Sequence[DeliveryAttempt]:
        """Every attempt, the oldest first."""
        return [DeliveryAttempt(*row) for row in self._connections.read(_ATTEMPTS, id=event_id)]

    def with_attempts(self, event_id: str) -> tuple[Delivery, Sequence[DeliveryAttempt]] | None:
        found = self.find(event_id)
        return (found, self.attempts(event_id)) if found else None

    def begin_attempt(self, event_id: str, at: datetime) -> int:
        """A row before the first byte is sent: an attempt that ended with this process shows as `unfinished`."""
        row = {"delivery_id": event_id, "started_at": at, "outcome": "unfinished", "answer": ""}
        return self._connections.write(lambda db: int(fetch_one(db, _BEGIN, **row).id))

    def end_attempt(self, job: Job, attempt_id: int, answer: DeliveryResponse, again_at: datetime | None) -> None:
        """Note how an attempt ended, and what follows: done, retried at `again_at`, or parked when that is None."""
        self._connections.write(lambda db: self._end(db, job, attempt_id, answer, again_at))

    def _end(
        self, db: DbConnection, job: Job, attempt_id: int, answer: DeliveryResponse, again_at: datetime | None
    ) -> None:
        # PostgreSQL stores no NUL in a text.
        text = answer.text.replace("\0", "")[:_ANSWER_CHARACTERS]
        run(db, _END, id=attempt_id, status=answer.status, outcome=answer.outcome, answer=text)
        retried_at = None if answer.accepted else again_at
        self._move(db, job.subject, "delivered" if answer.accepted else "waiting" if retried_at else "parked")
        if retried_at:
            postpone_job(db, job, retried_at, step=job.step, tries=job.tries + 1)
        else:
            finish_job(db, job)

    def _move(self, db: DbConnection, event_id: str, state: DeliveryState) -> None:
        """What another worker delivered meanwhile stays delivered."""
        run(db, _MOVE, id=event_id, state=state)

    def redeliver(self, event_id: str, at: datetime) -> bool:
        """Send it again now, under its id. False: there is none."""

        def restart(db: DbConnection) -> bool:
            found = run(db, "UPDATE steppay_deliveries SET state = 'waiting' WHERE id = :id RETURNING id", id=event_id)
            if found:
                restart_job(db, Job(DELIVERY, event_id, at))
            return bool(found)

        return self._connections.write(restart)

    def redeliver_parked(self, at: datetime) -> int:
        """Send every parked one again now, the oldest first, under its id; gives how many. In several transactions: a
        verification waits for one of them at most."""

        def restart(db: DbConnection) -> int:
            freed = run(db, _FREE, most=_MOST_AT_ONCE)
            for row in freed:
                restart_job(db, Job(DELIVERY, row.id, at))
            return len(freed)

        count = last = self._connections.write(restart)
        while last == _MOST_AT_ONCE:
            last = self._connections.write(restart)
            count += last
        return count


def add_delivery(
    db: DbConnection, event_id: str, kind: str, text: str, at: datetime, *, order_code: str | None
) -> None:
    """The delivery and its job, once for an id."""
    row = {"id": event_id, "type": kind, "payload": text, "created_at": at, "state": "waiting"}
    if insert_or_ignore(db, "steppay_deliveries", {**row, "order_code": order_code}):
        add_job(db, Job(DELIVERY, event_id, at))
