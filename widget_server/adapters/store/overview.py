"""`ports.Overview` on SQL: sums and lists for an operator, each from an index and bounded (docs/decisions/0029)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Select,
    and_,
    func,
    literal_column,
    or_,
    select,
)

from widget_server.adapters.store.database import transaction
from widget_server.adapters.store.order_detail import delivery_lines, read_order_page
from widget_server.adapters.store.tables import deliveries, jobs, orders
from widget_server.domain.delivery import DeliveryState
from widget_server.domain.model import ORDER_CODE
from widget_server.domain.order_id import MAX_ORDER_ID
from widget_server.services.order_views import (
    Cursor,
    DeliveryLine,
    HourLine,
    OrderDetail,
    OrderSummary,
    QueueStats,
    VerdictTotals,
)

_AMOUNT, _CURRENCY = orders.c.body["amount"].as_float(), orders.c.body["currency"].as_string()


class SqlOverview:
    """Every method raises `StorageError` when the database does not answer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def day(self, since: datetime) -> Sequence[VerdictTotals]:
        returned = orders.c.body["returnedAmount"].as_float()
        amounts = select(
            orders.c.verdict, _CURRENCY.label("currency"), _AMOUNT.label("amount"), returned.label("returned")
        )
        seen = amounts.where(orders.c.checked_at >= since).subquery()
        total, back = (func.coalesce(func.sum(column), 0.0) for column in (seen.c.amount, seen.c.returned))
        wanted = select(seen.c.verdict, seen.c.currency, func.count(), total, back).group_by(
            seen.c.verdict, seen.c.currency
        )
        with transaction(self._engine) as connection:
            return [VerdictTotals(*row) for row in connection.execute(wanted)]

    def hours(self, since: datetime) -> Sequence[HourLine]:
        with transaction(self._engine) as connection:
            seen = select(_hour(connection).label("hour"), orders.c.verdict).where(orders.c.checked_at >= since)
            table = seen.subquery()
            wanted = select(table.c.hour, table.c.verdict, func.count()).group_by(table.c.hour, table.c.verdict)
            return [HourLine(_moment(hour), verdict, count) for hour, verdict, count in connection.execute(wanted)]

    def orders(self, limit: int, verdict: str | None = None, after: Cursor | None = None) -> Sequence[OrderSummary]:
        wanted = _order_lines(limit)
        if verdict is not None:
            wanted = wanted.where(orders.c.verdict == verdict)
        if after is not None:
            wanted = wanted.where(_after_cursor(after, orders.c.checked_at, orders.c.order_code))
        return self._lines(wanted)

    def to_review(self, limit: int) -> Sequence[OrderSummary]:
        return self._lines(_order_lines(limit).where(orders.c.needs_review))

    def _lines(self, wanted: Select[Any]) -> Sequence[OrderSummary]:
        with transaction(self._engine) as connection:
            return [OrderSummary(**row._mapping) for row in connection.execute(wanted)]

    def queue(self, now: datetime) -> Sequence[QueueStats]:
        kind, oldest = jobs.c.kind, func.min(jobs.c.due_at)
        all_of_them = select(kind, func.count()).group_by(kind).order_by(kind)
        due = select(kind, func.count(), oldest).where(jobs.c.due_at <= now).group_by(kind)
        with transaction(self._engine) as connection:
            waiting = connection.execute(all_of_them).all()
            late = {row[0]: row[1:] for row in connection.execute(due)}
        return [QueueStats(name, count, *late.get(name, (0, None))) for name, count in waiting]

    def parked(self) -> int:
        wanted = select(func.count()).select_from(deliveries).where(deliveries.c.state == "parked")
        with transaction(self._engine) as connection:
            return connection.execute(wanted).scalar_one()

    def deliveries(
        self, limit: int, state: DeliveryState | None = None, after: Cursor | None = None
    ) -> Sequence[DeliveryLine]:
        wanted = select(deliveries.c.id).order_by(deliveries.c.created_at.desc(), deliveries.c.id.desc()).limit(limit)
        if state is not None:
            wanted = wanted.where(deliveries.c.state == state)
        if after is not None:
            wanted = wanted.where(_after_cursor(after, deliveries.c.created_at, deliveries.c.id))
        with transaction(self._engine) as connection:
            return delivery_lines(connection, list(connection.execute(wanted).scalars()))

    def find_code(self, text: str) -> str | None:
        with transaction(self._engine) as connection:
            if text.isascii() and text.isdigit() and int(text) <= MAX_ORDER_ID:
                return connection.execute(select(orders.c.order_code).where(orders.c.order_id == int(text))).scalar()
            if not ORDER_CODE.fullmatch(text):
                return None
        return None if self.order(text).is_empty else text

    def order(self, order_code: str) -> OrderDetail:
        return read_order_page(self._engine, order_code)


def _order_lines(limit: int) -> Select[Any]:
    columns = (orders.c.order_code, orders.c.verdict, orders.c.reason, orders.c.checked_at, orders.c.needs_review)
    amount = (_AMOUNT.label("amount"), _CURRENCY.label("currency"))
    return select(*columns, *amount).order_by(orders.c.checked_at.desc(), orders.c.order_code.desc()).limit(limit)


def _after_cursor(after: Cursor, at: Column[datetime], name: Column[str]) -> ColumnElement[bool]:
    """In the order of the lists. The first half alone is what an index can do."""
    return and_(at <= after.at, or_(at < after.at, name < after.name))


def _hour(connection: Connection) -> ColumnElement[str]:
    """`2026-11-23 03` in UTC. Korea is whole hours away from it."""
    if connection.dialect.name == "postgresql":
        in_utc = func.timezone(literal_column("'UTC'"), orders.c.checked_at)
        return func.to_char(in_utc, literal_column("'YYYY-MM-DD HH24'"))
    return func.substr(orders.c.checked_at, 1, 13)


def _moment(hour: str) -> datetime:
    return datetime.strptime(hour, "%Y-%m-%d %H").replace(tzinfo=UTC)
