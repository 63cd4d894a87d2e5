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

from widget_server.adapters.store.prepared import Line, run, storage_fault


class BareLine(NamedTuple):
    connection: PoolProxiedConnection
    dialect: Dialect


def find_row(engine: Engine, statement: Select[Any], values: Mapping[str, Any]) -> Any:
    """The first row as a named tuple, or None. Raises `StorageFault`."""
    with _reading(engine) as line:
        rows = run(line, statement, values)
    return rows[0] if rows else None


@contextmanager
def writing(engine: Engine) -> Iterator[Line]:
    """One transaction, which takes SQLite's write lock at once (`database.for_writing`). Raises `StorageFault`."""
    with _lent(engine) as line:
        if line.dialect.name == "sqlite":  # psycopg begins by itself
            line.connection.cursor().execute("BEGIN IMMEDIATE")
        yield line
        line.connection.commit()


@contextmanager
def _reading(engine: Engine) -> Iterator[Line]:
    """One SELECT is a transaction by itself; to begin and to end one would cost PostgreSQL two journeys more."""
    with _lent(engine) as line:
        if line.dialect.name == "sqlite":  # begins only when it is told to (database.py)
            yield line
            return
        psycopg: Any = line.connection.dbapi_connection
        psycopg.autocommit = True
        try:
            yield line
        finally:
            psycopg.autocommit = False


@contextmanager
def _lent(engine: Engine) -> Iterator[BareLine]:
    try:
        connection = engine.raw_connection()
        try:
            yield BareLine(connection, engine.dialect)
        except BaseException:
            _undo(connection)
            raise
        finally:
            connection.close()
    except (SQLAlchemyError, engine.dialect.loaded_dbapi.Error) as error:
        raise storage_fault(error) from None


def _undo(connection: PoolProxiedConnection) -> None:
    """Nobody gets a connection in which something is left over; one that cannot even do this is gone."""
    try:
        connection.rollback()
    except Exception:  # noqa: BLE001  # drivers differ
        connection.invalidate()
