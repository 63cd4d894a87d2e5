"""`ports.Expectations` on SQL, and the one for a server on which nobody may bind anything."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, bindparam, func, select, update

from widget_server.adapters.store.compiled import DbConnection, fetch_one, run
from widget_server.adapters.store.database import Writer
from widget_server.adapters.store.jobs import confirm_check, restart_job
from widget_server.adapters.store.raw_connection import read_one
from widget_server.adapters.store.tables import expectations, orders
from widget_server.adapters.store.upsert import insert_or_ignore
from widget_server.domain.expectation import Binding, Outcome, rebind
from widget_server.domain.job import ASK, Job
from widget_server.domain.model import Expectation
from widget_server.domain.verdict_json import canonical_decimal
from widget_server.errors import MerchantApiDisabled


class SqlExpectations:
    """Every method raises `StorageError` when the database does not do it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = Writer(engine)

    def find(self, order_code: str) -> Binding | None:
        row = read_one(self._engine, _FIND, {"code": order_code})
        return _binding(row) if row else None

    def bind(self, order_code: str, expectation: Expectation, at: datetime) -> tuple[Binding, Outcome]:
        """Reads and writes in one transaction that holds the write lock (on PostgreSQL: the row's). Of two first
        bindings at the same moment the row makes one wait, and it sees the other then."""
        return self._writer.run(lambda line: _bind(line, order_code, expectation, at))

    def settle(self, order_code: str, expectation: Expectation | None, at: datetime) -> bool:
        """Writes once for an order; later answers only read."""
        current = self.find(order_code)
        if current is None or expectation is None or current.settled_at is not None:
            return (current.expectation if current else None) == expectation
        return self._fix(order_code, expectation, at)

    def _fix(self, order_code: str, expectation: Expectation, at: datetime) -> bool:
        same = {
            "code": order_code,
            "sum": canonical_decimal(expectation.amount),
            "unit": expectation.currency,
            "at": at,
        }
        return self._writer.run(lambda line: bool(run(line, _SETTLE, same)))


class NoExpectations:
    """Without a `WIDGET_API_KEY` nothing can be bound, and no answer depends on the database."""

    def find(self, order_code: str) -> Binding | None:
        return None

    def bind(self, order_code: str, expectation: Expectation, at: datetime) -> tuple[Binding, Outcome]:
        raise MerchantApiDisabled

    def settle(self, order_code: str, expectation: Expectation | None, at: datetime) -> bool:
        return True


def _bind(line: DbConnection, order_code: str, expectation: Expectation, at: datetime) -> tuple[Binding, Outcome]:
    row = {"amount": canonical_decimal(expectation.amount), "currency": expectation.currency, "bound_at": at}
    if insert_or_ignore(line, expectations, {"order_code": order_code, **row}):
        confirm_check(line, order_code)
        _ask_again(line, order_code, at)
        return Binding(expectation, at), Outcome.CREATED
    current = fetch_one(line, _FIND_LOCKED, {"code": order_code})
    binding, outcome = rebind(_binding(current), expectation, at)
    if outcome is Outcome.CHANGED:
        run(line, _CHANGE, {"code": order_code, **row})
        _ask_again(line, order_code, at)
    return binding, outcome


def _ask_again(line: DbConnection, order_code: str, at: datetime) -> None:
    """What was recorded without this amount was judged without it: a paid order may be a mismatch now, or a mismatch
    paid. Nobody else may ever ask about it."""
    if run(line, _IS_RECORDED, {"code": order_code}):
        restart_job(line, Job(ASK, order_code, at))


# Made once each, as `run` wants it.
_COLUMNS = expectations.c
_IS = _COLUMNS.order_code == bindparam("code")
_FIND = select(expectations).where(_IS)
_IS_RECORDED = select(orders.c.order_code).where(orders.c.order_code == bindparam("code"))
_FIND_LOCKED = _FIND.with_for_update()
_CHANGE = update(expectations).where(_IS)
_SAME = (_COLUMNS.amount == bindparam("sum"), _COLUMNS.currency == bindparam("unit"))
_FIRST = _COLUMNS.settled_at
# Without the column's type a function's argument would be stored with whatever offset it has.
_AT = func.coalesce(_FIRST, bindparam("at", type_=_FIRST.type))
_SETTLE = _CHANGE.where(*_SAME).values(settled_at=_AT).returning(_COLUMNS.order_code)


def _binding(row: Any) -> Binding:
    return Binding(Expectation(Decimal(row.amount), row.currency), row.bound_at, row.settled_at)
