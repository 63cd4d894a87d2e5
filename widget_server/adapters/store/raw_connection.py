"""Connections of SQLAlchemy's pool without SQLAlchemy's `Connection` around them, for `prepared.run`.

Begin, events, commit and reset of a `Connection` take longer than the database takes to read or to insert a row. The
pool stays the same: its limits, its time-outs, its look at whether a connection still lives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Dialect, Engine, PoolProxiedConnection, Select
from sqlalchemy.exc import SQLAlchemyError

from widget_server.adapters.store.compiled import DbConnection, run, storage_fault
from widget_server.adapters.store.postgresql import limits_of


class RawConnection(NamedTuple):
    connection: PoolProxiedConnection
    dialect: Dialect


def read_one(engine: Engine, statement: Select[Any], values: Mapping[str, Any]) -> Any:
    """The first row as a named tuple, or None. Raises `StorageError`."""
    with _CheckedOut(engine) as line:
        rows = _select(line, statement, values)
    return rows[0] if rows else None


@contextmanager
def write_transaction(engine: Engine) -> Iterator[DbConnection]:
    """One transaction, which takes SQLite's write lock at once (`database.for_writing`). Raises `StorageError`."""
    with _CheckedOut(engine) as line:
        begin = "BEGIN IMMEDIATE" if line.dialect.name == "sqlite" else limits_of(line.connection.info)
        if begin:  # psycopg begins by itself
            line.connection.cursor().execute(begin)
        yield line
        line.connection.commit()


def _select(line: DbConnection, statement: Select[Any], values: Mapping[str, Any]) -> list[Any]:
    """One SELECT is a transaction by itself; to begin and to end one would cost PostgreSQL two journeys more."""
    if line.dialect.name == "sqlite":  # begins only when it is told to (database.py)
        return run(line, statement, values)
    psycopg: Any = line.connection.dbapi_connection
    if limits := limits_of(line.connection.info):
        psycopg.execute(limits)
        return run(line, statement, values)
    psycopg.autocommit = True
    try:
        return run(line, statement, values)
    finally:
        psycopg.autocommit = False


class _CheckedOut:
    """A connection for one block. Raises `StorageError` for what the pool or the driver raises. A plain class: a
    generator costs more than what it guards (docs/decisions/0035)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._errors = (SQLAlchemyError, engine.dialect.loaded_dbapi.Error)

    def __enter__(self) -> RawConnection:
        try:
            self._connection = self._engine.raw_connection()
        except self._errors as error:
            raise storage_fault(error) from None
        return RawConnection(self._connection, self._engine.dialect)

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        try:
            self._give_back(is_clean=error is None)
        except self._errors as fault:
            raise storage_fault(fault) from None
        if isinstance(error, self._errors):
            raise storage_fault(error) from None

    def _give_back(self, *, is_clean: bool) -> None:
        try:
            if not is_clean:
                _undo(self._connection)
        finally:
            self._connection.close()


def _undo(connection: PoolProxiedConnection) -> None:
    """Nobody gets a connection in which something is left over; one that cannot even do this is gone."""
    try:
        connection.rollback()
    except Exception:  # noqa: BLE001  # drivers differ
        connection.invalidate()
