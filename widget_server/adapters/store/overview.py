"""`overview.Overview` on SQL: sums and lists for an operator, each from an index and bounded (docs/decisions/0029)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import get_args

from sqlalchemy import Engine

from widget_server.adapters.store.connections import connections_of
from widget_server.adapters.store.ledger import SqlLedger
from widget_server.adapters.store.order_detail import DELIVERY_LINES, read_order_detail
from widget_server.adapters.store.subscription_views import read_subscription_detail, read_subscriptions
from widget_server.domain.delivery import DeliveryState
from widget_server.domain.model import ORDER_CODE
from widget_server.domain.order_id import MAX_ORDER_ID
from widget_server.domain.parsing import SEOUL
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.services.order_views import (
    MOST_COUNTED,
    Cursor,
    DeliveryLine,
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
_ORDERS = """SELECT order_code, verdict, reason, checked_at, needs_review,
    CAST(body ->> 'amount' AS double precision) AS amount, body ->> 'currency' AS currency FROM steppay_orders"""
_QUEUE = """SELECT kind, count(*) AS number, count(CASE WHEN due_at <= :now THEN 1 END) AS due,
    min(CASE WHEN due_at <= :now THEN due_at END) AS due_at FROM steppay_jobs GROUP BY kind ORDER BY kind"""


def _counted(table: str, conditions: Mapping[str, str]) -> str:
    """One query that counts by each condition, from its index."""
    one = "SELECT '{}' AS name, count(*) AS number FROM (SELECT 1 FROM {} WHERE {} LIMIT :most) AS counted"
    return " UNION ALL ".join(one.format(name, table, condition) for name, condition in conditions.items())


_ORDER_COUNTS = _counted(
    "steppay_orders", {"review": "needs_review"} | {kind.value: f"verdict = '{kind.value}'" for kind in VerdictKind}
)
_DELIVERY_COUNTS = _counted("steppay_deliveries", {state: f"state = '{state}'" for state in get_args(DeliveryState)})


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

    def orders(self, limit: int, verdict: str | None = None, after: Cursor | None = None) -> Sequence[OrderSummary]:
        is_wanted = [] if verdict is None else ["verdict = :verdict"]
        return self._orders(is_wanted, limit, after, verdict=verdict)

    def to_review(self, limit: int) -> Sequence[OrderSummary]:
        return self._orders(["needs_review"], limit)

    def _orders(
        self, is_wanted: list[str], limit: int, after: Cursor | None = None, **values: object
    ) -> Sequence[OrderSummary]:
        wanted = _ORDERS + _newest_first("checked_at", "order_code", is_wanted, after)
        rows = self._connections.read(wanted, **values, limit=limit, **_position(after))
        return [OrderSummary(*row) for row in rows]

    def order_counts(self) -> Mapping[str, int]:
        return self._counts(_ORDER_COUNTS)

    def delivery_counts(self) -> Mapping[str, int]:
        return self._counts(_DELIVERY_COUNTS)

    def _counts(self, query: str) -> Mapping[str, int]:
        return {row.name: row.number for row in self._connections.read(query, most=MOST_COUNTED)}

    def queue(self, now: datetime) -> Sequence[QueueStats]:
        return [QueueStats(*row) for row in self._connections.read(_QUEUE, now=now)]

    def parked(self) -> int:
        row = self._connections.read_one("SELECT count(*) AS number FROM steppay_deliveries WHERE state = 'parked'")
        return int(row.number)

    def deliveries(
        self, limit: int, state: DeliveryState | None = None, after: Cursor | None = None
    ) -> Sequence[DeliveryLine]:
        is_wanted = [] if state is None else ["state = :state"]
        wanted = DELIVERY_LINES + _newest_first("created_at", "deliveries.id", is_wanted, after)
        rows = self._connections.read(wanted, limit=limit, state=state, **_position(after))
        return [DeliveryLine(*row) for row in rows]

    def find_code(self, text: str) -> str | None:
        if text.isascii() and text.isdigit() and int(text) <= MAX_ORDER_ID:
            return SqlLedger(self._engine, notify_merchant=False).find_code(int(text))
        return text if ORDER_CODE.fullmatch(text) and not self.order(text).is_empty else None

    def subscriptions(self, limit: int, after: Cursor | None = None) -> Sequence[SubscriptionLine]:
        return read_subscriptions(self._engine, limit, after)

    def subscription(self, number: int) -> SubscriptionDetail | None:
        return read_subscription_detail(self._engine, number)

    def order(self, order_code: str) -> OrderDetail:
        return read_order_detail(self._engine, order_code)


def _newest_first(at: str, name: str, is_wanted: list[str], after: Cursor | None) -> str:
    """The end of a list's query, as an index has it."""
    conditions = is_wanted + ([f"({at}, {name}) < (:at, :name)"] if after else [])
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"{where} ORDER BY {at} DESC, {name} DESC LIMIT :limit"


def _position(after: Cursor | None) -> dict[str, object]:
    return {"at": after.at, "name": after.name} if after else {}


def _moment(hour: str) -> datetime:
    return datetime.strptime(hour, "%Y-%m-%d %H").replace(tzinfo=UTC)
