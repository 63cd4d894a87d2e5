"""`ports.OrderRequests` on SQL: one row for each idempotency key, worked on under a lease."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine

from widget_server.adapters.store.connections import Connections, connections_of
from widget_server.adapters.store.expectations import bind_in
from widget_server.adapters.store.sql import DbConnection, fetch_one, insert_or_ignore, run
from widget_server.domain.expectation import Outcome
from widget_server.domain.model import Expectation
from widget_server.domain.order_request import KEPT, LEASE, MadeOrder, OrderRequest
from widget_server.domain.verdict_json import canonical_decimal
from widget_server.errors import StorageError

_FIND = "SELECT * FROM steppay_order_requests WHERE key_digest = ANY(:digests) FOR UPDATE"
_KNOWN = "SELECT key_digest FROM steppay_order_requests WHERE key_digest = ANY(:digests)"
_LEASE = "UPDATE steppay_order_requests SET leased_by = :lease, leased_until = :until WHERE key_digest = :key"
_MINE = "WHERE key_digest = :key AND leased_by = :lease AND order_code IS NULL"
_SENT = f"""UPDATE steppay_order_requests SET sent_at = :now, customer_id = :customer, newest_order = :newest,
    leased_until = :until {_MINE} RETURNING key_digest"""  # noqa: S608  # our text
_NOT_SENT = f"UPDATE steppay_order_requests SET sent_at = NULL {_MINE}"  # noqa: S608
_RELEASE = f"UPDATE steppay_order_requests SET leased_by = NULL, leased_until = NULL {_MINE}"  # noqa: S608
_FORGET = f"DELETE FROM steppay_order_requests {_MINE}"  # noqa: S608
_MADE = f"""UPDATE steppay_order_requests SET order_code = :code, order_id = :number, amount = :amount,
    currency = :currency, customer_id = NULL, newest_order = NULL, leased_by = NULL, leased_until = NULL
    {_MINE} RETURNING key_digest"""  # noqa: S608  # our text
_TAKEN = """SELECT order_code FROM steppay_expectations WHERE order_code = ANY(:codes)
    UNION SELECT order_code FROM steppay_order_requests WHERE order_code = ANY(:codes)"""
_OPEN = """SELECT count(*) AS open FROM steppay_order_requests
    WHERE body_digest = :body AND order_code IS NULL AND sent_at IS NOT NULL"""
_OLD = "SELECT key_digest FROM steppay_order_requests WHERE created_at < :before LIMIT :most"
_DELETE = "DELETE FROM steppay_order_requests WHERE key_digest = ANY(:keys)"
_MOST_AT_ONCE = 500


class SqlOrderRequests:
    """Every method is one transaction and raises `StorageError` when the database does not do it."""

    def __init__(self, engine: Engine) -> None:
        self._connections = connections_of(engine)

    def take(self, keys: Sequence[str], body: str, lease: str, now: datetime) -> OrderRequest:
        return self._connections.write(lambda db: _take(db, list(keys), body, lease, now))

    def is_known(self, keys: Sequence[str]) -> bool:
        return bool(self._connections.read(_KNOWN, digests=list(keys)))

    def mark_sent(self, request: OrderRequest, customer: int | None, newest: int | None, now: datetime) -> bool:
        noted = {"customer": customer, "newest": newest, "now": now, "until": now + LEASE}
        return self._connections.write(lambda db: bool(run(db, _SENT, **_mine(request), **noted)))

    def mark_not_sent(self, request: OrderRequest) -> None:
        self._connections.write(lambda db: run(db, _NOT_SENT, **_mine(request)))

    def release(self, request: OrderRequest) -> None:
        self._connections.write(lambda db: run(db, _RELEASE, **_mine(request)))

    def forget(self, request: OrderRequest) -> None:
        self._connections.write(lambda db: run(db, _FORGET, **_mine(request)))

    def complete(self, request: OrderRequest, made: MadeOrder, now: datetime) -> bool:
        return self._connections.write(lambda db: _complete(db, request, made, now))

    def taken(self, codes: Collection[str]) -> set[str]:
        return {row.order_code for row in self._connections.read(_TAKEN, codes=list(codes))}

    def count_open(self, request: OrderRequest) -> int:
        return int(self._connections.read_one(_OPEN, body=request.body_digest).open)


def purge_order_requests(engine: Engine, now: datetime) -> None:
    """Delete what is older than `KEPT`. Raises `StorageError`."""
    connections = connections_of(engine)
    while _purge_some(connections, now) == _MOST_AT_ONCE:
        pass


def _purge_some(connections: Connections, now: datetime) -> int:
    keys = [row.key_digest for row in connections.read(_OLD, before=now - KEPT, most=_MOST_AT_ONCE)]
    if keys:
        connections.write(lambda db: run(db, _DELETE, keys=keys))
    return len(keys)


def _mine(request: OrderRequest) -> dict[str, object]:
    return {"key": request.key_digest, "lease": request.leased_by}


def _take(db: DbConnection, keys: list[str], body: str, lease: str, now: datetime) -> OrderRequest:
    """The newly made row, or the one that is there: leased to `lease` if it was free."""
    found = run(db, _FIND, digests=keys)
    held = {"leased_by": lease, "leased_until": now + LEASE}
    new = {"key_digest": keys[0], "body_digest": body, "created_at": now, **held}
    if not found and insert_or_ignore(db, "steppay_order_requests", new):
        return OrderRequest(keys[0], body, lease)
    row = found[0] if found else fetch_one(db, _FIND, digests=keys)
    request = _request(row)
    if request.made or (row.leased_until is not None and row.leased_until > now):
        return request
    run(db, _LEASE, key=row.key_digest, lease=lease, until=now + LEASE)
    return OrderRequest(**{**vars(request), "leased_by": lease})


def _complete(db: DbConnection, request: OrderRequest, made: MadeOrder, now: datetime) -> bool:
    """Row and binding in one transaction: neither is ever there without the other."""
    if run(db, _TAKEN, codes=[made.order_code]):
        return False
    price = {"amount": canonical_decimal(made.price.amount), "currency": made.price.currency}
    if not run(db, _MADE, **_mine(request), code=made.order_code, number=made.order_id, **price):
        return False
    if bind_in(db, made.order_code, made.price, now)[1] is not Outcome.CREATED:  # bound at this moment, elsewhere
        raise StorageError("the order was bound at the same moment")
    return True


def _request(row: Any) -> OrderRequest:
    made = None
    if row.order_code is not None:
        made = MadeOrder(row.order_code, row.order_id, Expectation(Decimal(row.amount), row.currency), row.sent_at)
    noted = {name: getattr(row, name) for name in ("sent_at", "customer_id", "newest_order")}
    return OrderRequest(row.key_digest, row.body_digest, row.leased_by, **noted, made=made)
