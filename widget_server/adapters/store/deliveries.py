"""`ports.Deliveries` on SQL: what the merchant's backend is told, and every try."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, func, insert, select, update

from widget_server.adapters.store.database import for_writing, transaction
from widget_server.adapters.store.jobs import finish_job, postpone_job, restart_job
from widget_server.adapters.store.tables import deliveries, delivery_attempts
from widget_server.domain.delivery import Delivery, DeliveryAttempt, DeliveryResponse, DeliveryState
from widget_server.domain.job import DELIVERY, Job

_ANSWER_CHARACTERS = 2048


class SqlDeliveries:
    """Every method is one transaction and raises `StorageError` when the database does not do it."""

    def __init__(self, engine: Engine) -> None:
        self._reader = engine
        self._writer = for_writing(engine)

    def find(self, event_id: str) -> Delivery | None:
        with transaction(self._reader) as connection:
            row = connection.execute(select(deliveries).where(deliveries.c.id == event_id)).one_or_none()
        return Delivery(**row._mapping) if row else None

    def newest(self, limit: int, state: DeliveryState | None = None) -> Sequence[Delivery]:
        wanted = select(deliveries).order_by(deliveries.c.created_at.desc()).limit(limit)
        if state is not None:
            wanted = wanted.where(deliveries.c.state == state)
        with transaction(self._reader) as connection:
            return [Delivery(**row._mapping) for row in connection.execute(wanted)]

    def tries(self, event_id: str) -> Sequence[DeliveryAttempt]:
        """Every try, the oldest first."""
        table = delivery_attempts.c
        columns = (table.started_at, table.status, table.outcome, table.answer)
        wanted = select(*columns).where(table.delivery_id == event_id).order_by(table.id)
        with transaction(self._reader) as connection:
            return [DeliveryAttempt(**row._mapping) for row in connection.execute(wanted)]

    def with_tries(self, event_id: str) -> tuple[Delivery, Sequence[DeliveryAttempt]] | None:
        found = self.find(event_id)
        return (found, self.tries(event_id)) if found else None

    def begin_try(self, event_id: str, at: datetime) -> int:
        """A row before the first byte is sent: a try that ended with our process shows as `unfinished`."""
        row = {"delivery_id": event_id, "started_at": at, "outcome": "unfinished", "answer": ""}
        with transaction(self._writer) as connection:
            return int(
                connection.execute(insert(delivery_attempts).values(row).returning(delivery_attempts.c.id)).scalar_one()
            )

    def end_try(self, job: Job, try_id: int, answer: DeliveryResponse, again_at: datetime | None) -> None:
        """Note how a try ended, and what follows: done, tried again at `again_at`, or parked when that is None."""
        state: DeliveryState = "delivered" if answer.accepted else "waiting" if again_at else "parked"
        with transaction(self._writer) as connection:
            self._note(connection, try_id, answer)
            self._move(connection, job.subject, state)
            if state == "waiting" and again_at is not None:
                postpone_job(connection, job, again_at, step=job.step, tries=job.tries + 1)
            else:
                finish_job(connection, job)

    def _move(self, connection: Connection, event_id: str, state: DeliveryState) -> None:
        """What another worker delivered meanwhile stays delivered."""
        here = (deliveries.c.id == event_id, deliveries.c.state != "delivered")
        connection.execute(update(deliveries).where(*here).values(state=state))

    def _note(self, connection: Connection, try_id: int, answer: DeliveryResponse) -> None:
        # PostgreSQL keeps no NUL in a text.
        text = answer.text.replace("\0", "")[:_ANSWER_CHARACTERS]
        values = {"status": answer.status, "outcome": answer.outcome, "answer": text}
        connection.execute(update(delivery_attempts).where(delivery_attempts.c.id == try_id).values(values))

    def redeliver(self, event_id: str, at: datetime) -> bool:
        """Send it again now, under its id. False: there is none."""
        with transaction(self._writer) as connection:
            found = connection.execute(update(deliveries).where(deliveries.c.id == event_id).values(state="waiting"))
            if found.rowcount:
                restart_job(connection, Job(DELIVERY, event_id, at))
        return found.rowcount == 1

    def count(self, state: DeliveryState) -> int:
        with transaction(self._reader) as connection:
            wanted = select(func.count()).select_from(deliveries).where(deliveries.c.state == state)
            return connection.execute(wanted).scalar_one()
