"""Every order, page by page, for an export. In the order of their codes: a check meanwhile changes a row but not its
place, so each order comes exactly once, and no transaction stays open."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Engine

from widget_server.adapters.store.connections import connections_of
from widget_server.services.order_export import ExportLine

PAGE = 1000
"""Rows of one statement, and of what is in memory."""
_ORDERS = """SELECT order_code, order_id, verdict, reason, checked_at, body FROM steppay_orders
    WHERE order_code > :after ORDER BY order_code LIMIT :limit"""


def read_orders(engine: Engine) -> Iterator[Sequence[ExportLine]]:
    """Raises `StorageError`, also in the middle."""
    connections, after = connections_of(engine), ""
    while rows := connections.read(_ORDERS, after=after, limit=PAGE):
        yield [_line(row) for row in rows]
        after = rows[-1].order_code


def _line(row: Any) -> ExportLine:
    return ExportLine(row.order_code, row.order_id, row.verdict, row.reason, row.checked_at, row.body or {})
