"""Plain SQL for SQLite and PostgreSQL: how this package reads and writes (docs/decisions/0053).

A statement names its values `:code`. Where the two databases differ it is PostgreSQL's SQL, which `_FOR_SQLITE` turns
into SQLite's, once for a statement. Connections come from connections.py.
"""

from __future__ import annotations

import json
import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import JSON, Boolean

from widget_server.adapters.store.tables import UtcDateTime, metadata
from widget_server.errors import StorageError

_NAME = itemgetter(0)
"""Of a column, in a cursor's description."""
_VALUE = re.compile(r":(\w+)")
_FOR_SQLITE = (
    (re.compile(r"\s+FOR UPDATE( SKIP LOCKED)?\b"), ""),  # one writer at a time is its rule
    (re.compile(r"= ANY\(:(\w+)\)"), r"IN (SELECT value FROM json_each(:\1))"),
    (re.compile(r"(\w+) ->> '(\w+)'"), r"json_extract(\1, '$.\2')"),  # its own ->> came with 3.38
)


class DbConnection(NamedTuple):
    """A driver's connection, in one thread's hands. `is_sqlite`: else PostgreSQL. `limits`: what each transaction has
    to begin with behind a pooler (postgresql.py)."""

    driver: Any
    is_sqlite: bool
    limits: str = ""


def run(db: DbConnection, statement: str, /, **values: object) -> list[Any]:
    """The rows as named tuples; none for a change without RETURNING. Raises `StorageError`.

    Datetimes are aware both ways, JSON columns mappings; a list is for `= ANY(:names)`.
    """
    try:
        cursor = db.driver.execute(_translate(statement, db.is_sqlite), _bind(values, db.is_sqlite))
        columns = cursor.description
        return list(map(_row_maker(tuple(map(_NAME, columns))), cursor.fetchall())) if columns else []
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


def storage_fault(error: Exception) -> StorageError:
    """To be raised `from None`: SQLAlchemy's message holds the statement, PostgreSQL's the values of the row, and no
    traceback shows them. The class name is all an operator needs to start from."""
    return StorageError(f"the database did not answer ({type(error).__name__})")


@lru_cache(maxsize=512)
def _translate(statement: str, is_sqlite: bool) -> str:
    if not is_sqlite:
        return _VALUE.sub(r"%(\1)s", statement)
    for postgresql, sqlite in _FOR_SQLITE:
        statement = postgresql.sub(sqlite, statement)
    return statement


def _bind(values: Mapping[str, Any], is_sqlite: bool) -> Mapping[str, Any]:
    to_driver = _TO_SQLITE if is_sqlite else _TO_POSTGRESQL
    return {n: to_driver[kind](value) if (kind := type(value)) in to_driver else value for n, value in values.items()}


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a datetime without offset cannot be stored")
    return moment.astimezone(UTC)


def _utc_text(moment: datetime) -> str:
    """SQLite keeps text, without an offset: as SQLAlchemy writes it, which sorts as the moments do."""
    if moment.tzinfo is not UTC:
        moment = _in_utc(moment)
    return moment.replace(tzinfo=None).isoformat(" ", "microseconds")


_json_text = json.JSONEncoder().encode
_TO_POSTGRESQL: Mapping[type, Callable[[Any], Any]] = {datetime: _in_utc, dict: _json_text}
_TO_SQLITE: Mapping[type, Callable[[Any], Any]] = {datetime: _utc_text, dict: _json_text, list: _json_text}


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
    make: Callable[[Iterable[Any]], Any] = partial(tuple.__new__, row_class)  # as `_make` does, in fewer calls
    readers = [(index, _READER_OF[name]) for index, name in enumerate(names) if name in _READER_OF]

    def read_and_make(row: tuple[Any, ...]) -> Any:
        values = list(row)
        for index, read_value in readers:
            if values[index] is not None:
                values[index] = read_value(values[index])
        return make(values)

    return read_and_make if readers else make
