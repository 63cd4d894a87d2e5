"""`ports.Inbox` on SQL: StepPay's events, each kept once before we say that we have it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, func, select, update

from widget_server.adapters.store.database import for_writing, transaction
from widget_server.adapters.store.jobs import add_job, finish_job, restart_job
from widget_server.adapters.store.ledger import add_delivery
from widget_server.adapters.store.tables import jobs, webhooks
from widget_server.adapters.store.writing import insert_new
from widget_server.domain.job import ORDER_NUMBER, WEBHOOK, Job, first_check
from widget_server.domain.records import event_text
from widget_server.domain.transitions import notice_id
from widget_server.domain.webhook_event import Hint

MOST_UNSIGNED = 100
_UNSIGNED_GAP = timedelta(seconds=1)


class SqlInbox:
    """Every method is one transaction and raises `StorageFault` when the database does not do it."""

    def __init__(self, engine: Engine, *, tells: bool) -> None:
        self._reader = engine
        self._writer = for_writing(engine)
        self._tells = tells

    def accept(self, digest: str, hint: Hint, at: datetime) -> bool:
        """Keep an event and the work on it. False: this very body was kept before."""
        state = "new" if hint.names_an_order else "ignored"
        row = {"event": hint.event, "order_code": hint.order_code, "order_id": hint.order_id, "said": hint.said}
        with transaction(self._writer) as connection:
            if not insert_new(connection, webhooks, {"digest": digest, "received_at": at, "state": state, **row}):
                return False
            if hint.names_an_order:
                add_job(connection, Job(WEBHOOK, digest, at))
            elif hint.subscription_id is not None and self._tells:
                _forward(connection, digest, hint, at)
        return True

    def accept_number(self, order_id: int, at: datetime) -> bool:
        """Ask about the order with this number; anybody may have sent it. False: too many wait already.

        One a second at the most, whoever sends how many: a forged event must not buy calls to StepPay.
        """
        waiting = select(func.count()).select_from(jobs).where(jobs.c.kind == ORDER_NUMBER)
        with transaction(self._writer) as connection:
            count = connection.execute(waiting).scalar_one()
            if count < MOST_UNSIGNED:
                restart_job(connection, Job(ORDER_NUMBER, str(order_id), at + count * _UNSIGNED_GAP))
        return count < MOST_UNSIGNED

    def suggest_check(self, order_code: str, at: datetime) -> None:
        """Look at this order in a minute, if nothing follows it already."""
        with transaction(self._writer) as connection:
            add_job(connection, first_check(order_code, at))

    def find(self, digest: str) -> Hint | None:
        """The event that waits for work under this digest."""
        columns = (webhooks.c.event, webhooks.c.order_code, webhooks.c.order_id, webhooks.c.said)
        waiting = (webhooks.c.digest == digest, webhooks.c.state == "new")
        with transaction(self._reader) as connection:
            row = connection.execute(select(*columns).where(*waiting)).one_or_none()
        return Hint(**row._mapping) if row else None

    def close(self, job: Job, *, ignored: bool) -> None:
        """The work on an event is done. `ignored`: StepPay knows no such order."""
        state = "ignored" if ignored else "done"
        with transaction(self._writer) as connection:
            connection.execute(update(webhooks).where(webhooks.c.digest == job.subject).values(state=state))
            finish_job(connection, job)


def _forward(connection: Connection, digest: str, hint: Hint, at: datetime) -> None:
    """There is no call that would verify it, and it says so."""
    data = {"subscriptionId": hint.subscription_id, "verified": False}
    text = event_text(hint.event, at, data)
    add_delivery(connection, notice_id(digest, hint.event), hint.event, text, at, order_code=None)
