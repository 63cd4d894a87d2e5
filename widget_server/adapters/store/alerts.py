"""`services.alerts.Alerts` on SQL: a row for each thing that operators should know (docs/decisions/0068)."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Engine

from widget_server.adapters.store.connections import connections_of
from widget_server.adapters.store.jobs import add_job, finish_job
from widget_server.adapters.store.sql import DbConnection, run
from widget_server.domain.alert import LATE, PARKED, PAUSE, REVIEW, Alert
from widget_server.domain.job import ALERT, Job

_MOST_AT_ONCE = 1000
_CAUSES = {
    PARKED: ("steppay_deliveries", "id", "state = 'parked'"),
    REVIEW: ("steppay_orders", "order_code", "needs_review"),
}
"""Kinds that rows of another table are the cause of: the table, its key, the condition."""
_KNOWN = "SELECT 1 FROM steppay_alerts WHERE kind = '{kind}' AND subject = {table}.{key}"
_NEW = f"SELECT {{key}} AS subject, order_code FROM {{table}} WHERE {{condition}} AND NOT EXISTS ({_KNOWN}) LIMIT :most"  # noqa: S608  # our names
_OVER = """SELECT subject FROM steppay_alerts WHERE kind = '{kind}' AND NOT EXISTS
    (SELECT 1 FROM {table} WHERE {table}.{key} = subject AND {condition}) LIMIT :most"""
_RAISE = """INSERT INTO steppay_alerts (kind, subject, order_code, raised_at, seen_at)
    VALUES (:kind, :subject, :order_code, :now, :now)
    ON CONFLICT (kind, subject) DO UPDATE SET seen_at = excluded.seen_at"""
_END = "DELETE FROM steppay_alerts WHERE kind = :kind AND subject = ANY(:subjects)"
_QUIET = "SELECT subject FROM steppay_alerts WHERE kind = :kind AND seen_at < :before"
_LATE_JOB = """SELECT kind FROM steppay_jobs
    WHERE confirmed AND kind <> 'alert' AND due_at < :before LIMIT 1"""  # strangers can invent the others
_LATE_MESSAGE = "SELECT kind FROM steppay_jobs WHERE kind = 'alert' AND due_at < :before LIMIT 1"
_WITHOUT_JOB = """SELECT kind, max(told_at) AS told_at FROM steppay_alerts AS alerts
    WHERE NOT EXISTS (SELECT 1 FROM steppay_jobs AS jobs WHERE jobs.kind = 'alert' AND jobs.subject = alerts.kind)
    GROUP BY kind HAVING count(*) > count(told_at)"""
_ROWS = "SELECT kind, subject, order_code, raised_at, told_at FROM steppay_alerts"
_UNTOLD = f"{_ROWS} WHERE kind = :kind AND told_at IS NULL ORDER BY raised_at, subject LIMIT :most"
_TELL = """UPDATE steppay_alerts SET told_at = :now
    WHERE kind = :kind AND subject = ANY(:subjects) AND told_at IS NULL"""


class SqlAlerts:
    """What changes nothing is only read. Every method raises `StorageError` when the database does not do it."""

    def __init__(self, engine: Engine) -> None:
        self._connections = connections_of(engine)

    def compare(self, now: datetime) -> None:
        """Raise what parked deliveries and orders to review there are, and end what there are no more."""
        for kind, (table, key, condition) in _CAUSES.items():
            new, over = (
                self._connections.read(
                    text.format(kind=kind, table=table, key=key, condition=condition), most=_MOST_AT_ONCE
                )
                for text in (_NEW, _OVER)
            )
            if new:
                self._connections.write(partial(_raise_all, kind, new, now))
            self._end(kind, [row.subject for row in over])

    def see(self, kind: str, subject: str, now: datetime) -> None:
        """It is so now: raised, or seen once more."""
        row = {"kind": kind, "subject": subject, "order_code": None, "now": now}
        self._connections.write(lambda db: run(db, _RAISE, **row))

    def end_quiet(self, kind: str, before: datetime) -> None:
        """End what was last seen before."""
        self._end(kind, [row.subject for row in self._connections.read(_QUIET, kind=kind, before=before)])

    def _end(self, kind: str, subjects: list[str]) -> None:
        if subjects:
            self._connections.write(lambda db: run(db, _END, kind=kind, subjects=subjects))

    def is_late(self, now: datetime) -> bool:
        return bool(self._connections.read(_LATE_JOB, before=now - LATE))

    def has_late_message(self, now: datetime) -> bool:
        return bool(self._connections.read(_LATE_MESSAGE, before=now - LATE))

    def plan(self, now: datetime) -> None:
        """A job for each kind with something to tell that has none: a row without its job is found again, too."""
        for row in self._connections.read(_WITHOUT_JOB):
            due_at = max(now, row.told_at + PAUSE) if row.told_at else now
            self._connections.write(partial(add_job, job=Job(ALERT, row.kind, due_at)))

    def untold(self, kind: str) -> Sequence[Alert]:
        return [Alert(*row) for row in self._connections.read(_UNTOLD, kind=kind, most=_MOST_AT_ONCE)]

    def tell(self, job: Job, told: Sequence[Alert], now: datetime) -> None:
        """The message about them was accepted, or given up: no later one reports them."""
        subjects = [alert.subject for alert in told]

        def tell(db: DbConnection) -> None:
            run(db, _TELL, kind=job.subject, subjects=subjects, now=now)
            finish_job(db, job)

        self._connections.write(tell)

    def all(self) -> Sequence[Alert]:
        """Everything that lasts, the newest first."""
        return [Alert(*row) for row in self._connections.read(f"{_ROWS} ORDER BY raised_at DESC, kind, subject")]


def _raise_all(kind: str, new: Sequence[Any], now: datetime, db: DbConnection) -> None:
    for row in new:
        run(db, _RAISE, kind=kind, **row._asdict(), now=now)
