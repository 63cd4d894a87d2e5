"""`ports.Expectations` on SQL."""

from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine

from widget_server.adapters.store.connections import connections_of
from widget_server.adapters.store.jobs import CONFIRM_CHECK, restart_job
from widget_server.adapters.store.sql import DbConnection, fetch_one, insert_or_ignore, run
from widget_server.domain.expectation import Binding, Outcome, rebind
from widget_server.domain.job import ASK, Job
from widget_server.domain.model import Expectation
from widget_server.domain.verdict_json import canonical_decimal
from widget_server.errors import StorageError

_FIND = "SELECT amount, currency, bound_at, settled_at FROM steppay_expectations WHERE order_code = :code"
_CHANGE = """UPDATE steppay_expectations SET amount = :amount, currency = :currency, bound_at = :bound_at
    WHERE order_code = :order_code"""
_SETTLE = """UPDATE steppay_expectations SET settled_at = coalesce(settled_at, :at)
    WHERE order_code = :code AND amount = :amount AND currency = :currency RETURNING order_code"""

_RECORDED = "SELECT order_code FROM steppay_orders WHERE order_code = :code"


class SqlExpectations:
    """Every method raises `StorageError` when the database does not do it."""

    def __init__(self, engine: Engine) -> None:
        self._connections = connections_of(engine)

    def find(self, order_code: str) -> Binding | None:
        row = self._connections.read_one(_FIND, code=order_code)
        return _binding(row) if row else None

    def bind(self, order_code: str, expectation: Expectation, at: datetime) -> tuple[Binding, Outcome]:
        """Reads and writes in one transaction that holds the write lock (on PostgreSQL: the row's). Of two first
        bindings at the same moment the row makes one wait, and it sees the other then."""
        binding, outcome = self._connections.write(lambda db: bind_in(db, order_code, expectation, at))
        if outcome is Outcome.CREATED:
            self._recheck_what_was_written_meanwhile(order_code, at)
        return binding, outcome

    def _recheck_what_was_written_meanwhile(self, order_code: str, at: datetime) -> None:
        """On PostgreSQL a record and its first binding may be written at once, and neither transaction sees the other.
        After both are there one of the two sides does: this one, or `services.expectations.is_bound_since`."""
        with suppress(StorageError):  # it is bound, and the sweep asks again
            if self._connections.read_one(_RECORDED, code=order_code):
                self._connections.write(lambda db: _recheck(db, order_code, at))

    def settle(self, order_code: str, expectation: Expectation | None, at: datetime) -> bool:
        """Writes once for an order; later answers only read."""
        current = self.find(order_code)
        if current is None or expectation is None or current.settled_at is not None:
            return (current.expectation if current else None) == expectation
        same = {"amount": canonical_decimal(expectation.amount), "currency": expectation.currency}
        return self._connections.write(lambda db: bool(run(db, _SETTLE, code=order_code, at=at, **same)))


def bind_in(db: DbConnection, order_code: str, expectation: Expectation, at: datetime) -> tuple[Binding, Outcome]:
    """Within a transaction that does more."""
    row = {"amount": canonical_decimal(expectation.amount), "currency": expectation.currency, "bound_at": at}
    if insert_or_ignore(db, "steppay_expectations", {"order_code": order_code, **row}):
        run(db, CONFIRM_CHECK, code=order_code)
        _recheck(db, order_code, at)
        return Binding(expectation, at), Outcome.CREATED
    current = fetch_one(db, f"{_FIND} FOR UPDATE", code=order_code)
    binding, outcome = rebind(_binding(current), expectation, at)
    if outcome is Outcome.CHANGED:
        run(db, _CHANGE, order_code=order_code, **row)
        _recheck(db, order_code, at)
    return binding, outcome


def _recheck(db: DbConnection, order_code: str, at: datetime) -> None:
    """What was recorded without this amount was judged without it: a paid order may be a mismatch now, or a mismatch
    paid, and perhaps no page ever verifies it again."""
    if run(db, _RECORDED, code=order_code):
        restart_job(db, Job(ASK, order_code, at))


def _binding(row: Any) -> Binding:
    return Binding(Expectation(Decimal(row.amount), row.currency), row.bound_at, row.settled_at)
