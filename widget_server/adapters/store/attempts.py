"""`ports.Attempts` on SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Case, Engine, case, delete, func, insert, literal, select, update

from widget_server.adapters.store.database import for_writing, transaction
from widget_server.adapters.store.jobs import restart_job
from widget_server.adapters.store.probe import WriteProbe
from widget_server.adapters.store.tables import attempts
from widget_server.domain.attempt import Attempt
from widget_server.domain.job import first_check


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SqlAttempts:
    """Every method is one transaction and raises `StorageFault` when the database does not do it."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = _utc_now) -> None:
        self._reader = engine
        self._writer = for_writing(engine)
        self._clock = clock
        self._probe = WriteProbe(engine, clock)

    def add(self, attempt: Attempt) -> None:
        """Each new row sweeps the expired ones (indexed), so the table stays as large as its lifetime asks."""
        with transaction(self._writer) as connection:
            connection.execute(delete(attempts).where(attempts.c.expires_at < self._clock()))
            connection.execute(insert(attempts).values(**asdict(attempt)))
            # In the same transaction: the shopper may pay and never come back (domain/rechecks.py).
            restart_job(connection, first_check(attempt.order_code, attempt.created_at))

    def find(self, attempt_id: str) -> Attempt | None:
        """None for an unknown id and for one that has expired."""
        alive = attempts.c.expires_at > self._clock()
        with transaction(self._reader) as connection:
            row = connection.execute(select(attempts).where(attempts.c.id == attempt_id, alive)).one_or_none()
        return Attempt(**row._mapping) if row else None

    def record(
        self, attempt_id: str, *, verdict: Mapping[str, object] | None = None, returned_at: datetime | None = None
    ) -> None:
        """The first return time stays; None keeps what is stored. An unknown id changes nothing. Of two verdicts the
        one that was checked later stays: a slow answer from before a refund must not replace the refund."""
        first = attempts.c.returned_at
        # Without the column's type a function's argument would be stored with whatever offset it has.
        changes: dict[str, object] = {"returned_at": func.coalesce(first, literal(returned_at, first.type))}
        if verdict is not None:
            changes["verdict"] = _unless_older(verdict)
        with transaction(self._writer) as connection:
            connection.execute(update(attempts).where(attempts.c.id == attempt_id).values(changes))

    def ping(self) -> None:
        """Reads the table itself, so that a database without our schema does not pass for a healthy one; and writes,
        because a full disk can still be read."""
        with transaction(self._reader) as connection:
            connection.execute(select(attempts.c.id).limit(1))
        self._probe.check()

    def find_last_verdict(self, order_code: str) -> Mapping[str, object] | None:
        """What was answered last about this order in any of its attempts."""
        told = attempts.c.verdict
        newest = (
            select(told)
            .where(attempts.c.order_code == order_code, attempts.c.expires_at > self._clock(), told.is_not(None))
            .order_by(told["checkedAt"].as_string().desc())  # all of them UTC and of one length
            .limit(1)
        )
        with transaction(self._reader) as connection:
            verdict: Mapping[str, object] | None = connection.execute(newest).scalar_one_or_none()
        return verdict


def _unless_older(verdict: Mapping[str, object]) -> Case[Any]:
    """The stored verdict where it was checked later than `verdict`, else `verdict`."""
    stored = attempts.c.verdict
    is_older = stored["checkedAt"].as_string() > str(verdict.get("checkedAt"))  # all of them UTC and of one length
    return case((is_older, stored), else_=literal(dict(verdict), stored.type))
