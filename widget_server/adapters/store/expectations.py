"""`ports.Expectations` on SQL, and the one for a server on which nobody may bind anything."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, Select, func, literal, select, update

from widget_server.adapters.store.database import for_writing, transaction
from widget_server.adapters.store.tables import expectations
from widget_server.adapters.store.writing import insert_new
from widget_server.domain.expectation import Binding, Outcome, rebind
from widget_server.domain.model import Expectation
from widget_server.domain.verdict_body import plain_number
from widget_server.errors import MerchantApiOff


class SqlExpectations:
    """Every method raises `StorageFault` when the database does not do it."""

    def __init__(self, engine: Engine) -> None:
        self._reader = engine
        self._writer = for_writing(engine)

    def find(self, order_code: str) -> Binding | None:
        with transaction(self._reader) as connection:
            return _binding(connection.execute(_row(order_code)).one_or_none())

    def bind(self, order_code: str, expectation: Expectation, at: datetime) -> tuple[Binding, Outcome]:
        """Reads and writes in one transaction that holds the write lock (on PostgreSQL: the row's). Of two first
        bindings at the same moment the row makes one wait, and it sees the other then."""
        row = {"amount": plain_number(expectation.amount), "currency": expectation.currency, "bound_at": at}
        with transaction(self._writer) as connection:
            if insert_new(connection, expectations, {"order_code": order_code, **row}):
                return Binding(expectation, at), Outcome.CREATED
            current = connection.execute(_row(order_code).with_for_update()).one()
            binding, outcome = rebind(_binding(current), expectation, at)
            if outcome is Outcome.CHANGED:
                connection.execute(update(expectations).where(_is(order_code)).values(row))
        return binding, outcome

    def settle(self, order_code: str, expectation: Expectation | None, at: datetime) -> bool:
        """Writes once for an order; later answers only read."""
        current = self.find(order_code)
        if current is None or expectation is None or current.settled_at is not None:
            return (current.expectation if current else None) == expectation
        return self._fix(order_code, expectation, at)

    def _fix(self, order_code: str, expectation: Expectation, at: datetime) -> bool:
        table, first = expectations.c, expectations.c.settled_at
        same = (table.amount == plain_number(expectation.amount), table.currency == expectation.currency)
        # Without the column's type a function's argument would be stored with whatever offset it has.
        settled_at = func.coalesce(first, literal(at, first.type))
        with transaction(self._writer) as connection:
            done = connection.execute(update(expectations).where(_is(order_code), *same).values(settled_at=settled_at))
        return done.rowcount == 1


class NoExpectations:
    """Without a `WIDGET_API_KEY` nothing can be bound, and no answer depends on the database."""

    def find(self, order_code: str) -> Binding | None:
        return None

    def bind(self, order_code: str, expectation: Expectation, at: datetime) -> tuple[Binding, Outcome]:
        raise MerchantApiOff

    def settle(self, order_code: str, expectation: Expectation | None, at: datetime) -> bool:
        return True


def _is(order_code: str) -> ColumnElement[bool]:
    return expectations.c.order_code == order_code


def _row(order_code: str) -> Select[Any]:
    return select(expectations).where(_is(order_code))


def _binding(row: Row[Any] | None) -> Binding | None:
    return Binding(Expectation(Decimal(row.amount), row.currency), row.bound_at, row.settled_at) if row else None
