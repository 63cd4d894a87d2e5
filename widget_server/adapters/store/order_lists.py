"""Which orders a list shows, and how many they are: one condition for both, so that a number agrees with its list."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Engine

from widget_server.adapters.store.connections import connections_of
from widget_server.domain.checkout import LIFETIME
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.services.order_views import MOST_COUNTED, REVIEW, Cursor, Funnel, OrderSummary

_COLUMNS = """order_code, verdict, reason, checked_at, needs_review,
    CAST(body ->> 'amount' AS double precision) AS amount, body ->> 'currency' AS currency"""
_CHARGED = ", ".join(f"'{kind}'" for kind in VerdictKind if kind.facts.final)
_MESSAGES = ", ".join(f"'payment.{kind}'" for kind in VerdictKind if kind.facts.final)
_IS_WAITING = "verdict IN ('pending', 'unknown')"
_MAY_BE_FULFILLED = "coalesce(CAST(body ->> 'fulfill' AS boolean), false)"
# At `:until` and not now: yesterday's orders are counted as they stood at this time of the day.
_WAS_PAID = f"""EXISTS (SELECT 1 FROM steppay_transitions AS steps WHERE steps.order_code = steppay_orders.order_code
    AND steps.verdict IN ({_CHARGED}) AND steps.at <= :until)"""  # noqa: S608  # our names
_WAS_TOLD = f"""EXISTS (SELECT 1 FROM steppay_deliveries AS told WHERE told.order_code = steppay_orders.order_code
    AND coalesce(told.state, '') = 'delivered' AND told.type IN ({_MESSAGES}) AND told.created_at <= :until)"""  # noqa: S608  # our names
"""`coalesce`: SQLite would look through all that are delivered, by the index on the state, for each order."""
_BY_VERDICT = {REVIEW: "needs_review"} | {kind.value: f"verdict = '{kind}'" for kind in VerdictKind}
"""An index has each of them."""
_CONDITIONS = _BY_VERDICT | {
    "fulfillable": _MAY_BE_FULFILLED,
    "waiting": _IS_WAITING,
    "unfulfillable": f"NOT {_MAY_BE_FULFILLED} AND NOT {_IS_WAITING}",
}
_OPENED_CONDITIONS = {
    "opened": [],
    "opened_paid": [_WAS_PAID],
    "opened_unpaid": [f"NOT {_WAS_PAID}"],
    "opened_delivered": [_WAS_PAID, _WAS_TOLD],
    "opened_undelivered": [_WAS_PAID, f"NOT {_WAS_TOLD}"],
}
# CROSS JOIN keeps SQLite from reading every order. The index is on the end, a fixed time after the opening. Codes
# that StepPay does not know have no row: any caller can open them.
_OPENED = """FROM (SELECT DISTINCT order_code AS opened_code FROM steppay_checkouts
    WHERE expires_at >= :first_end AND expires_at <= :last_end) AS opened
    CROSS JOIN steppay_orders"""
_IS_OPENED = "order_code = opened_code"
_FUNNEL = f"""SELECT CASE WHEN {_WAS_PAID} THEN CASE WHEN {_WAS_TOLD} THEN 2 ELSE 1 END ELSE 0 END AS stage,
    count(*) AS number {_OPENED} WHERE {_IS_OPENED} GROUP BY 1"""
_FIND = f"""SELECT {_COLUMNS} FROM (SELECT * FROM steppay_orders ORDER BY checked_at DESC LIMIT :newest) AS newest
    WHERE lower(order_code) LIKE :pattern ESCAPE '!' ORDER BY checked_at DESC, order_code DESC LIMIT :limit"""  # noqa: S608  # our names


def newest_first(at: str, name: str, is_wanted: Sequence[str], after: Cursor | None) -> str:
    """The end of a list's query, as an index has it."""
    conditions = [*is_wanted, *([f"({at}, {name}) < (:at, :name)"] if after else [])]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"{where} ORDER BY {at} DESC, {name} DESC LIMIT :limit"


def position(after: Cursor | None) -> dict[str, object]:
    return {"at": after.at, "name": after.name} if after else {}


def counted(table: str, conditions: Mapping[str, str], since: str = "") -> str:
    """One query that counts by each condition, from its index."""
    one = "SELECT '{}' AS name, count(*) AS number FROM (SELECT 1 FROM {} WHERE {} LIMIT :most) AS counted"
    return " UNION ALL ".join(one.format(name, table, condition + since) for name, condition in conditions.items())


def read_orders(
    engine: Engine, limit: int, show: str | None, after: Cursor | None, since: datetime | None
) -> Sequence[OrderSummary]:
    """As `Overview.orders`. Raises `StorageError`."""
    is_wanted = [_CONDITIONS[show]] if show else []
    is_wanted += ["checked_at >= :since"] if since else []
    wanted = f"SELECT {_COLUMNS} FROM steppay_orders" + newest_first("checked_at", "order_code", is_wanted, after)  # noqa: S608  # our names
    rows = connections_of(engine).read(wanted, limit=limit, since=since, **position(after))
    return [OrderSummary(*row) for row in rows]


def read_opened(
    engine: Engine, limit: int, show: str, after: Cursor | None, *, since: datetime, until: datetime
) -> Sequence[OrderSummary]:
    """As `Overview.opened`. Raises `StorageError`."""
    is_wanted = [_IS_OPENED, *_OPENED_CONDITIONS[show]]
    wanted = f"SELECT {_COLUMNS} {_OPENED}" + newest_first("checked_at", "order_code", is_wanted, after)
    rows = connections_of(engine).read(wanted, limit=limit, **_within(since, until), **position(after))
    return [OrderSummary(*row) for row in rows]


def read_funnel(engine: Engine, since: datetime, until: datetime) -> Funnel:
    """As `Overview.funnel`. Raises `StorageError`."""
    rows = connections_of(engine).read(_FUNNEL, **_within(since, until))
    opened, paid, delivered = (sum(row.number for row in rows if row.stage >= stage) for stage in range(3))
    return Funnel(opened, paid, delivered)


def _within(since: datetime, until: datetime) -> dict[str, object]:
    return {"first_end": since + LIFETIME, "last_end": until + LIFETIME, "until": until}


def count_orders(engine: Engine, since: datetime | None) -> Mapping[str, int]:
    counts = counted("steppay_orders", _BY_VERDICT, " AND checked_at >= :since" if since else "")
    return {row.name: row.number for row in connections_of(engine).read(counts, most=MOST_COUNTED, since=since)}


def find_orders(engine: Engine, part: str, limit: int, newest: int) -> Sequence[OrderSummary]:
    """`part`: letters, digits, `_` and `-`."""
    pattern = f"%{part.lower().replace('_', '!_')}%"
    rows = connections_of(engine).read(_FIND, pattern=pattern, limit=limit, newest=newest)
    return [OrderSummary(*row) for row in rows]
