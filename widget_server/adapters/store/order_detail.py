"""Everything kept of one order, and the lines that deliveries are shown in. Read only; what the merchant's backend
answered stays out, because it may hold anything; but for where it redirects to, which the operator has to enter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, func, or_, select

from widget_server.adapters.store.database import transaction
from widget_server.adapters.store.expectations import SqlExpectations
from widget_server.adapters.store.ledger import SqlLedger
from widget_server.adapters.store.tables import checkouts, deliveries, delivery_attempts, jobs, orders, webhooks
from widget_server.domain.delivery import REDIRECTS
from widget_server.domain.job import CHECK, DELIVERY
from widget_server.services.order_views import CheckoutSummary, DeliveryLine, EventLine, OrderDetail

_MOST = 50
"""Of each kind, the newest: nobody opens a checkout, or gets an event of one order, more often."""
_ID_CHARACTERS = 6


def read_order_page(engine: Engine, order_code: str) -> OrderDetail:
    """Raises `StorageError`."""
    record = SqlLedger(engine, tells=False).find(order_code)
    expected = SqlExpectations(engine).find(order_code)
    is_check = (jobs.c.kind == CHECK, jobs.c.subject == order_code)
    with transaction(engine) as connection:
        return OrderDetail(
            order_code,
            record,
            expected,
            next_check=connection.execute(select(jobs.c.due_at).where(*is_check)).scalar(),
            checkouts=_checkouts(connection, order_code),
            events=_events(connection, order_code),
            deliveries=_deliveries(connection, order_code),
        )


def _checkouts(connection: Connection, order_code: str) -> tuple[CheckoutSummary, ...]:
    found = checkouts.c
    columns = (found.mode, found.origin, found.created_at, found.returned_at)
    start, verdict = func.substr(found.id, 1, _ID_CHARACTERS), found.verdict["verdict"].as_string()
    wanted = select(start.label("start"), *columns, verdict.label("verdict")).where(found.order_code == order_code)
    rows = connection.execute(wanted.order_by(found.created_at.desc()).limit(_MOST))
    return tuple(CheckoutSummary(**row._mapping) for row in rows)


def _events(connection: Connection, order_code: str) -> tuple[EventLine, ...]:
    """Some events name the order by StepPay's number only."""
    number = select(orders.c.order_id).where(orders.c.order_code == order_code).scalar_subquery()
    columns = (webhooks.c.event, webhooks.c.said, webhooks.c.state, webhooks.c.received_at)
    wanted = select(*columns).where(or_(webhooks.c.order_code == order_code, webhooks.c.order_id == number))
    rows = connection.execute(wanted.order_by(webhooks.c.received_at.desc()).limit(_MOST))
    return tuple(EventLine(**row._mapping) for row in rows)


def _deliveries(connection: Connection, order_code: str) -> tuple[DeliveryLine, ...]:
    wanted = select(deliveries.c.id).where(deliveries.c.order_code == order_code)
    newest = wanted.order_by(deliveries.c.created_at.desc()).limit(_MOST)
    return tuple(delivery_lines(connection, list(connection.execute(newest).scalars())))


def delivery_lines(connection: Connection, ids: Sequence[str]) -> list[DeliveryLine]:
    """The deliveries with these ids, in this order, each with what is known of its tries."""
    found = deliveries.c
    columns = (found.id, found.type, found.order_code, found.created_at, found.state)
    rows = connection.execute(select(*columns).where(found.id.in_(ids)))
    lines: dict[str, dict[str, Any]] = {row.id: dict(row._mapping) for row in rows}
    for row in _tries(connection, ids):
        target = row["answer"] if row["outcome"] == REDIRECTS else None
        told = {"tries": row["tries"], "status": row["status"], "outcome": row["outcome"], "redirects_to": target}
        lines[row["delivery_id"]] |= told
    due = select(jobs.c.subject, jobs.c.due_at).where(jobs.c.kind == DELIVERY, jobs.c.subject.in_(ids))
    for subject, due_at in connection.execute(due):
        lines[subject]["next_at"] = due_at
    return [DeliveryLine(**lines[event_id]) for event_id in ids]


def _tries(connection: Connection, ids: Sequence[str]) -> Sequence[RowMapping]:
    """How often each was tried, and how its last try ended."""
    table = delivery_attempts.c
    counted = (
        select(func.count().label("tries"), func.max(table.id).label("last"))
        .where(table.delivery_id.in_(ids))
        .group_by(table.delivery_id)
        .subquery()
    )
    columns = (table.delivery_id, table.status, table.outcome, table.answer, counted.c.tries)
    wanted = select(*columns).where(table.id == counted.c.last)
    return connection.execute(wanted).mappings().all()
