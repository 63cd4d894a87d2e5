"""Everything stored of one order, and the lines that deliveries are shown in. Read only. The merchant backend's answers
stay out, because they may hold anything; but for a redirect's target, which the operator has to enter."""

from sqlalchemy import Engine

from widget_server.adapters.store.connections import connections_of
from widget_server.adapters.store.expectations import SqlExpectations
from widget_server.adapters.store.ledger import SqlLedger
from widget_server.services.order_views import CheckoutSummary, DeliveryLine, EventLine, OrderDetail

_MOST = 50
"""Of each kind, the newest: no honest order has more checkouts or events."""
_CHECKOUTS = """SELECT substr(id, 1, 6) AS start, mode, origin, created_at, returned_at,
    last_verdict ->> 'verdict' AS verdict FROM steppay_checkouts
    WHERE order_code = :code ORDER BY created_at DESC LIMIT :most"""
# Some events name the order by StepPay's number only.
_EVENTS = """SELECT event, claimed_status, state, received_at FROM steppay_webhooks
    WHERE order_code = :code OR order_id = (SELECT order_id FROM steppay_orders WHERE order_code = :code)
    ORDER BY received_at DESC LIMIT :most"""
DELIVERY_LINES = """SELECT deliveries.id, type, order_code, created_at, state,
    (SELECT count(*) FROM steppay_delivery_attempts WHERE delivery_id = deliveries.id) AS tries, status, outcome,
    CASE WHEN outcome = 'redirects' THEN answer END AS redirects_to, due_at
    FROM steppay_deliveries AS deliveries LEFT JOIN steppay_jobs ON kind = 'delivery' AND subject = deliveries.id
    LEFT JOIN steppay_delivery_attempts AS attempts ON attempts.id =
    (SELECT max(id) FROM steppay_delivery_attempts WHERE delivery_id = deliveries.id)"""
"""The columns of `DeliveryLine`, without a condition."""
_DELIVERIES = f"{DELIVERY_LINES} WHERE order_code = :code ORDER BY created_at DESC LIMIT :most"
_NEXT_CHECK = "SELECT due_at FROM steppay_jobs WHERE kind = 'check' AND subject = :code"


def read_order_detail(engine: Engine, order_code: str) -> OrderDetail:
    """Raises `StorageError`."""
    connections, newest = connections_of(engine), {"code": order_code, "most": _MOST}
    check = connections.read_one(_NEXT_CHECK, code=order_code)
    return OrderDetail(
        order_code,
        SqlLedger(engine, notify_merchant=False).find(order_code),
        SqlExpectations(engine).find(order_code),
        next_check=check.due_at if check else None,
        checkouts=tuple(CheckoutSummary(*row) for row in connections.read(_CHECKOUTS, **newest)),
        events=tuple(EventLine(*row) for row in connections.read(_EVENTS, **newest)),
        deliveries=tuple(DeliveryLine(*row) for row in connections.read(_DELIVERIES, **newest)),
    )
