"""`ports.Inbox` on SQL: StepPay's events, each kept once before we say that we have it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, bindparam, func, select, update

from widget_server.adapters.store.compiled import DbConnection, fetch_one, run
from widget_server.adapters.store.database import Writer, for_writing, transaction
from widget_server.adapters.store.jobs import add_job, finish_job, follow_order
from widget_server.adapters.store.ledger import add_delivery
from widget_server.adapters.store.raw_connection import read_one
from widget_server.adapters.store.tables import jobs, webhooks
from widget_server.adapters.store.upsert import insert_or_ignore
from widget_server.domain.job import ORDER_NUMBER, WEBHOOK, Job, first_check
from widget_server.domain.order_record import event_text
from widget_server.domain.recheck_schedule import FIRST
from widget_server.domain.transitions import webhook_id
from widget_server.domain.webhook_event import WebhookEvent

MOST_UNSIGNED = 100
_UNSIGNED_GAP = timedelta(seconds=1)


class SqlInbox:
    """Every method is one transaction and raises `StorageError` when the database does not do it."""

    def __init__(self, engine: Engine, *, tells: bool) -> None:
        self._engine = engine
        self._writer = Writer(engine)
        self._tells = tells

    def accept(self, digest: str, hint: WebhookEvent, at: datetime) -> bool:
        """Keep an event and the work on it. False: this very body was kept before; then it is looked into again in a
        minute, because StepPay sends the same bytes also for a second refund, or when a person asks it to."""
        state = "new" if hint.names_an_order else "ignored"
        kept = {"event": hint.event, "order_code": hint.order_code, "order_id": hint.order_id, "said": hint.said}
        row = {"digest": digest, "received_at": at, "state": state, **kept}
        return self._writer.run(lambda line: self._keep(line, row, hint))

    def _keep(self, line: DbConnection, row: Mapping[str, Any], hint: WebhookEvent) -> bool:
        is_new, digest, at = insert_or_ignore(line, webhooks, row), row["digest"], row["received_at"]
        if is_new and hint.names_an_order:
            add_job(line, Job(WEBHOOK, digest, at))
        elif is_new and hint.subscription_id is not None and self._tells:
            _forward(line, digest, hint, at)
        elif hint.names_an_order and not is_new:
            run(line, _REOPEN, {"event_digest": digest})
            add_job(line, Job(WEBHOOK, digest, at + FIRST))
        return is_new

    def accept_number(self, order_id: int, at: datetime) -> bool:
        """Ask about the order with this number; anybody may have sent it. False: too many wait already.

        One a second at the most, however many are sent: a forged event must not buy calls to StepPay. A number that
        waits keeps its own time, so that repeating it cannot put it off.
        """

        def ask(line: DbConnection) -> bool:
            waiting = fetch_one(line, _UNSIGNED, {}).waiting
            if waiting < MOST_UNSIGNED:
                add_job(line, Job(ORDER_NUMBER, str(order_id), at + waiting * _UNSIGNED_GAP))
            return bool(waiting < MOST_UNSIGNED)

        return self._writer.run(ask)

    def suggest_check(self, order_code: str, at: datetime) -> None:
        """Look at this order in a minute, if nothing follows it already."""
        self._writer.run(lambda line: follow_order(line, first_check(order_code, at)))

    def find(self, digest: str) -> WebhookEvent | None:
        """The event that waits for work under this digest."""
        row = read_one(self._engine, _WAITING, {"digest": digest})
        return WebhookEvent(**row._asdict()) if row else None

    def close(self, job: Job, *, ignored: bool) -> None:
        """The work on an event is done. `ignored`: StepPay knows no such order."""
        state = "ignored" if ignored else "done"
        with transaction(for_writing(self._engine)) as connection:
            connection.execute(update(webhooks).where(webhooks.c.digest == job.subject).values(state=state))
            finish_job(connection, job)


# Made once each, as `run` wants it.
_UNSIGNED = select(func.count().label("waiting")).select_from(jobs).where(jobs.c.kind == ORDER_NUMBER)
_SAYS = webhooks.c
_REOPEN = update(webhooks).where(_SAYS.digest == bindparam("event_digest")).values(state="new")
_WAITING = select(_SAYS.event, _SAYS.order_code, _SAYS.order_id, _SAYS.said).where(
    _SAYS.digest == bindparam("digest"), _SAYS.state == "new"
)


def _forward(line: DbConnection, digest: str, hint: WebhookEvent, at: datetime) -> None:
    """There is no call that would verify it, and it says so."""
    data = {"subscriptionId": hint.subscription_id, "verified": False}
    text = event_text(hint.event, at, data)
    add_delivery(line, webhook_id(digest, hint.event), hint.event, text, at, order_code=None)
