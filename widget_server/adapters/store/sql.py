"""Plain SQL for SQLite and PostgreSQL: how this package reads and writes (docs/decisions/0053).

A statement names its values `:code`. Where the two databases differ it is PostgreSQL's SQL, which `_FOR_SQLITE` turns
into SQLite's, once for a statement. Connections come from SQLAlchemy's pool, with its limits, its time-outs and its
check that a connection still lives.
"""

from __future__ import annotations

import json
import re
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import JSON, Boolean, Engine, PoolProxiedConnection
from sqlalchemy.exc import SQLAlchemyError

from widget_server.adapters.store.postgresql import limits_of
from widget_server.adapters.store.tables import UtcDateTime, metadata
from widget_server.errors import StorageError

_NAME = re.compile(r":(\w+)")
_FOR_SQLITE = (
    (re.compile(r"\s+FOR UPDATE( SKIP LOCKED)?\b"), ""),  # one writer at a time is its rule
    (re.compile(r"= ANY\(:(\w+)\)"), r"IN (SELECT value FROM json_each(:\1))"),
    (re.compile(r"(\w+) ->> '(\w+)'"), r"json_extract(\1, '$.\2')"),  # its own ->> came with 3.38
)


class DbConnection(NamedTuple):
    """A connection of the pool, for as long as the block it was taken for. `is_sqlite`: else PostgreSQL."""

    pooled: PoolProxiedConnection
    is_sqlite: bool


def run(db: DbConnection, statement: str, /, **values: object) -> list[Any]:
    """The rows as named tuples; none for a change without RETURNING. Raises `StorageError`.

    Datetimes are aware both ways, JSON columns mappings; a list is for `= ANY(:names)`.
    """
    try:
        cursor = db.pooled.cursor()
        try:
            cursor.execute(_translate(statement, db.is_sqlite), _bind(values, is_sqlite=db.is_sqlite))
            columns: Any = cursor.description
            make = _row_maker(tuple(column[0] for column in columns)) if columns else None
            return [make(row) for row in cursor.fetchall()] if make else []
        finally:
            cursor.close()
    except Exception as error:  # noqa: BLE001  # a value that cannot be stored may raise anything
        raise storage_fault(error) from None


def fetch_one(db: DbConnection, statement: str, /, **values: object) -> Any:
    """The one row that must be there. Raises `StorageError`, also when it was deleted at this moment."""
    for row in run(db, statement, **values):
        return row
    raise StorageError("a row is gone")


def insert_or_ignore(db: DbConnection, table: str, values: Mapping[str, object]) -> bool:
    """Whether the row is new. By RETURNING: PostgreSQL's row count says nothing reliable here."""
    return bool(run(db, f"{insert_into(table, tuple(values))} ON CONFLICT DO NOTHING RETURNING 1 AS is_new", **values))


@lru_cache
def insert_into(table: str, columns: tuple[str, ...]) -> str:
    """The start of an INSERT of one row whose values have the columns' names."""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(f':{name}' for name in columns)})"  # noqa: S608  # our names


def read(engine: Engine, statement: str, /, **values: object) -> list[Any]:
    """The rows of one SELECT. Raises `StorageError`."""
    with _Taken(engine) as db:
        if db.is_sqlite:  # begins only by an explicit BEGIN (database.py)
            return run(db, statement, **values)
        psycopg: Any = db.pooled.dbapi_connection
        if limits := limits_of(db.pooled.info):
            psycopg.execute(limits)
            return run(db, statement, **values)
        psycopg.autocommit = True  # to begin and to end a transaction would cost two round trips more
        try:
            return run(db, statement, **values)
        finally:
            psycopg.autocommit = False


def read_one(engine: Engine, statement: str, /, **values: object) -> Any:
    """The first row of one SELECT, or None. Raises `StorageError`."""
    rows = read(engine, statement, **values)
    return rows[0] if rows else None


@contextmanager
def write_transaction(engine: Engine) -> Iterator[DbConnection]:
    """One transaction, which takes SQLite's write lock at once (`database.for_writing`). Raises `StorageError`."""
    with _Taken(engine) as db:
        begin = "BEGIN IMMEDIATE" if db.is_sqlite else limits_of(db.pooled.info)
        if begin:  # psycopg begins by itself
            db.pooled.cursor().execute(begin)
        yield db
        db.pooled.commit()


def storage_fault(error: Exception) -> StorageError:
    """To be raised `from None`: SQLAlchemy's message holds the statement, PostgreSQL's the values of the row, and no
    traceback shows them. The class name is all an operator needs to start from."""
    return StorageError(f"the database did not answer ({type(error).__name__})")


class _Taken:
    """A pooled connection for one block. Raises `StorageError` for what the pool or the driver raises. A plain class: a
    generator costs more than what it guards (docs/decisions/0035)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._errors = (SQLAlchemyError, engine.dialect.loaded_dbapi.Error)

    def __enter__(self) -> DbConnection:
        try:
            self._connection = self._engine.raw_connection()
        except self._errors as error:
            raise storage_fault(error) from None
        return DbConnection(self._connection, self._engine.dialect.name == "sqlite")

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        try:
            if error is not None:
                _undo(self._connection)
            self._connection.close()
        except self._errors as fault:
            raise storage_fault(fault) from None
        if isinstance(error, self._errors):
            raise storage_fault(error) from None


def _undo(connection: PoolProxiedConnection) -> None:
    """The next user gets a connection without a rest of this one's work; one that cannot even roll back is gone."""
    try:
        connection.rollback()
    except Exception:  # noqa: BLE001  # drivers differ
        connection.invalidate()


@lru_cache(maxsize=512)
def _translate(statement: str, is_sqlite: bool) -> str:
    if not is_sqlite:
        return _NAME.sub(r"%(\1)s", statement)
    for postgresql, sqlite in _FOR_SQLITE:
        statement = postgresql.sub(sqlite, statement)
    return statement


def _bind(values: Mapping[str, Any], *, is_sqlite: bool) -> Mapping[str, Any]:
    to_driver = _TO_SQLITE if is_sqlite else _TO_POSTGRESQL
    return {n: to_driver[kind](value) if (kind := type(value)) in to_driver else value for n, value in values.items()}


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a datetime without offset cannot be stored")
    return moment.astimezone(UTC)


def _utc_text(moment: datetime) -> str:
    """SQLite keeps text, without an offset: as SQLAlchemy writes it, which sorts as the moments do."""
    return _in_utc(moment).replace(tzinfo=None).isoformat(" ", "microseconds")


_TO_POSTGRESQL: Mapping[type, Callable[[Any], Any]] = {datetime: _in_utc, dict: json.dumps}
_TO_SQLITE: Mapping[type, Callable[[Any], Any]] = {datetime: _utc_text, dict: json.dumps, list: json.dumps}


def _read_moment(value: str | datetime) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value.astimezone(UTC)


def _read_json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value  # psycopg has read it already


_READERS: Mapping[type, Callable[[Any], Any]] = {UtcDateTime: _read_moment, JSON: _read_json, Boolean: bool}
_READER_OF = {
    column.name: _READERS[type(column.type)]
    for table in metadata.tables.values()
    for column in table.columns
    if type(column.type) in _READERS
}
"""By the column's name, which has one type in all tables (a test proves it), so also for `min(due_at) AS due_at`."""


@lru_cache(maxsize=512)
def _row_maker(names: tuple[str, ...]) -> Callable[[tuple[Any, ...]], Any]:
    row_class = namedtuple("Row", names)  # type: ignore[misc]
    readers = [(index, _READER_OF[name]) for index, name in enumerate(names) if name in _READER_OF]

    def make(row: tuple[Any, ...]) -> Any:
        values = list(row)
        for index, read_value in readers:
            if values[index] is not None:
                values[index] = read_value(values[index])
        return row_class._make(values)

    return make
