"""`overview.Overview` on SQL: sums and lists for an operator, each from an index and bounded (docs/decisions/0029)."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import get_args

from sqlalchemy import Engine

from widget_server.adapters.store import order_lists
from widget_server.adapters.store.connections import connections_of
from widget_server.adapters.store.ledger import SqlLedger
from widget_server.adapters.store.order_detail import DELIVERY_LINES, read_order_detail
from widget_server.adapters.store.order_lists import counted, newest_first, position
from widget_server.adapters.store.subscription_views import read_subscription_detail, read_subscriptions
from widget_server.domain.delivery import DeliveryState
from widget_server.domain.model import ORDER_CODE
from widget_server.domain.order_id import MAX_ORDER_ID
from widget_server.domain.parsing import SEOUL
from widget_server.services.order_views import (
    MOST_COUNTED,
    MOST_SEARCHED,
    Cursor,
    DeliveryLine,
    Funnel,
    HourLine,
    OrderDetail,
    OrderSummary,
    QueueStats,
    VerdictTotals,
)
from widget_server.services.subscription_views import SubscriptionDetail, SubscriptionLine

_DAY = """SELECT verdict, body ->> 'currency' AS currency, count(*) AS number,
    coalesce(sum(CAST(body ->> 'amount' AS double precision)), 0.0) AS total,
    coalesce(sum(CAST(body ->> 'returnedAmount' AS double precision)), 0.0) AS returned,
    count(CASE WHEN CAST(body ->> 'fulfill' AS boolean) THEN 1 END) AS fulfillable,
    coalesce(sum(CASE WHEN verdict IN ('paid', 'partially_refunded') AND body ->> 'paymentDate' >= :midnight THEN
    CAST(body ->> 'amount' AS double precision) - CAST(body ->> 'returnedAmount' AS double precision) END), 0.0) AS net
    FROM steppay_orders WHERE checked_at >= :since GROUP BY verdict, body ->> 'currency'"""
_HOUR_OF = {
    "sqlite": "substr(checked_at, 1, 13)",
    "postgresql": "to_char(timezone('UTC', checked_at), 'YYYY-MM-DD HH24')",
}
"""`2026-11-23 03` in UTC. Korea is whole hours away from it."""
_HOURS = """SELECT {hour} AS hour, verdict, count(*) AS number FROM steppay_orders
    WHERE checked_at >= :since GROUP BY 1, verdict"""
_SEARCHABLE = re.compile(r"(?!order_?[A-Za-z0-9-]{0,2}$)[A-Za-z0-9_-]{3,64}")
"""What every code has is no search."""
_QUEUE = """SELECT kind, count(*) AS number, count(CASE WHEN due_at <= :now THEN 1 END) AS due,
    min(CASE WHEN due_at <= :now THEN due_at END) AS due_at FROM steppay_jobs GROUP BY kind ORDER BY kind"""
_DELIVERY_COUNTS = counted("steppay_deliveries", {state: f"state = '{state}'" for state in get_args(DeliveryState)})


class SqlOverview:
    """Every method raises `StorageError` when the database does not answer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connections = connections_of(engine)

    def day(self, since: datetime) -> Sequence[VerdictTotals]:
        # Payment dates are written in Korean time. A later check of an old order is no payment of today.
        midnight = f"{since.astimezone(SEOUL):%Y-%m-%dT%H:%M:%S}"
        return [VerdictTotals(*row) for row in self._connections.read(_DAY, since=since, midnight=midnight)]

    def hours(self, since: datetime) -> Sequence[HourLine]:
        wanted = _HOURS.format(hour=_HOUR_OF[self._engine.dialect.name])
        return [
            HourLine(_moment(row.hour), row.verdict, row.number) for row in self._connections.read(wanted, since=since)
        ]

    def orders(
        self, limit: int, show: str | None = None, after: Cursor | None = None, since: datetime | None = None
    ) -> Sequence[OrderSummary]:
        return order_lists.read_orders(self._engine, limit, show, after, since)

    def opened(
        self, limit: int, show: str, after: Cursor | None, *, since: datetime, until: datetime
    ) -> Sequence[OrderSummary]:
        return order_lists.read_opened(self._engine, limit, show, after, since=since, until=until)

    def funnel(self, since: datetime, until: datetime) -> Funnel:
        return order_lists.read_funnel(self._engine, since, until)

    def order_counts(self, since: datetime | None = None) -> Mapping[str, int]:
        return order_lists.count_orders(self._engine, since)

    def delivery_counts(self) -> Mapping[str, int]:
        rows = self._connections.read(_DELIVERY_COUNTS, most=MOST_COUNTED)
        return {row.name: row.number for row in rows}

    def queue(self, now: datetime) -> Sequence[QueueStats]:
        return [QueueStats(*row) for row in self._connections.read(_QUEUE, now=now)]

    def deliveries(
        self, limit: int, state: DeliveryState | None = None, after: Cursor | None = None
    ) -> Sequence[DeliveryLine]:
        is_wanted = [] if state is None else ["state = :state"]
        wanted = DELIVERY_LINES + newest_first("created_at", "deliveries.id", is_wanted, after)
        rows = self._connections.read(wanted, limit=limit, state=state, **position(after))
        return [DeliveryLine(*row) for row in rows]

    def find_code(self, text: str) -> str | None:
        if text.isascii() and text.isdigit() and int(text) <= MAX_ORDER_ID:
            return SqlLedger(self._engine, notify_merchant=False).find_code(int(text))
        return text if ORDER_CODE.fullmatch(text) and not self.order(text).is_empty else None

    def find_part(self, text: str, limit: int) -> Sequence[OrderSummary]:
        if not _SEARCHABLE.fullmatch(text):
            return ()
        return order_lists.find_orders(self._engine, text, limit, MOST_SEARCHED)

    def subscriptions(self, limit: int, after: Cursor | None = None) -> Sequence[SubscriptionLine]:
        return read_subscriptions(self._engine, limit, after)

    def subscription(self, number: int) -> SubscriptionDetail | None:
        return read_subscription_detail(self._engine, number)

    def order(self, order_code: str) -> OrderDetail:
        return read_order_detail(self._engine, order_code)


def _moment(hour: str) -> datetime:
    return datetime.strptime(hour, "%Y-%m-%d %H").replace(tzinfo=UTC)
