"""The subscriptions that operators read. Read only."""

from collections.abc import Sequence

from sqlalchemy import Engine

from widget_server.adapters.store.connections import connections_of
from widget_server.services.order_views import Cursor, OrderSummary
from widget_server.services.subscription_views import SubscriptionDetail, SubscriptionLine

_COLUMNS = "SELECT id, state, body, known_since, asked_at, ask_again_at, order_code FROM steppay_subscriptions"
_LIST = f"{_COLUMNS} ORDER BY known_since DESC, id DESC LIMIT :limit"
_OLDER = f"{_COLUMNS} WHERE (known_since, id) < (:at, :id) ORDER BY known_since DESC, id DESC LIMIT :limit"
_NEXT = "SELECT due_at, tries FROM steppay_jobs WHERE kind = 'subscription' AND subject = :subject"
_ORDERS = """SELECT order_code, verdict, reason, checked_at, needs_review,
    CAST(body ->> 'amount' AS double precision) AS amount, body ->> 'currency' AS currency
    FROM steppay_orders WHERE order_code = ANY(:codes)"""


def read_subscriptions(engine: Engine, limit: int, after: Cursor | None = None) -> Sequence[SubscriptionLine]:
    """The newest first. Raises `StorageError`."""
    position = {"at": after.at, "id": int(after.name)} if after and after.name.isdecimal() else {}
    rows = connections_of(engine).read(_OLDER if position else _LIST, limit=limit, **position)
    return [SubscriptionLine.of(row) for row in rows]


def read_subscription_detail(engine: Engine, number: int) -> SubscriptionDetail | None:
    """None: it is not known here. Raises `StorageError`."""
    connections = connections_of(engine)
    row = connections.read_one(f"{_COLUMNS} WHERE id = :id", id=number)
    if row is None:
        return None
    line = SubscriptionLine.of(row)
    job = connections.read_one(_NEXT, subject=str(number))
    orders = [OrderSummary(*one) for one in connections.read(_ORDERS, codes=list(line.orders))]
    return SubscriptionDetail(
        line,
        next_ask=job.due_at if job else row.ask_again_at,
        tries=job.tries if job else 0,
        orders=tuple(sorted(orders, key=lambda order: order.checked_at, reverse=True)),
    )
