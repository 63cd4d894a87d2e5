"""Statements of SQLAlchemy's, compiled once and run on the driver's own cursor (docs/decisions/0032).

For what every verification and every event does: there `Connection.execute` takes several times longer than the
database. Tables, SQL and the types' conversions stay SQLAlchemy's; a test holds both ways side by side.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import Delete, Dialect, Insert, PoolProxiedConnection, Select, Update
from sqlalchemy.types import TypeEngine

from widget_server.errors import StorageError

Statement = Select[Any] | Insert | Update | Delete
_Converter = Callable[[Any], Any]


class DbConnection(Protocol):
    """What a statement runs on: a `lines.BareLine`, or SQLAlchemy's `Connection` within a transaction."""

    @property
    def connection(self) -> PoolProxiedConnection: ...
    @property
    def dialect(self) -> Dialect: ...


def run(line: DbConnection, statement: Statement, values: Mapping[str, Any]) -> list[Any]:
    """The rows as named tuples; of a change without RETURNING, none. `values`: for each `bindparam`, and for the
    columns that an INSERT or UPDATE leaves open. Raises `StorageError`.

    The statement must be made once, such as in a module: each new one is compiled anew.
    """
    try:
        return _prepare(line.dialect, statement, tuple(values)).run(line.connection, values)
    except Exception as error:  # noqa: BLE001  # a value that cannot be stored may raise anything
        raise storage_fault(error) from None


def fetch_one(line: DbConnection, statement: Statement, values: Mapping[str, Any]) -> Any:
    """The one row that must be there. Raises `StorageError` also when somebody took it away at this moment."""
    for row in run(line, statement, values):
        return row
    raise StorageError("a row is gone")


def storage_fault(error: Exception) -> StorageError:
    """To be raised `from None`: SQLAlchemy's message holds the statement, PostgreSQL's the values of the row, and no
    traceback shows them. The class name is all an operator needs to start from."""
    return StorageError(f"the database did not answer ({type(error).__name__})")


class _CompiledStatement:
    """Follows what SQLAlchemy itself does between `Connection.execute` and the driver."""

    def __init__(self, dialect: Dialect, statement: Statement, names: tuple[str, ...]) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(names))
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        columns = statement.exported_columns
        self._sql = str(compiled)
        self._by_position = compiled.positional
        self._fixed = {name: bind.effective_value for name, bind in binds.items() if name not in names}
        self._binds = [(name, _binder(binds[name].type, dialect)) for name in compiled.positiontup or binds]
        self._readers = [_reader(column.type, dialect) for column in columns]
        self._row = namedtuple("_row", map(str, columns.keys()))  # type: ignore[misc]

    def run(self, connection: PoolProxiedConnection, values: Mapping[str, Any]) -> list[Any]:
        cursor = connection.cursor()
        try:
            cursor.execute(self._sql, self._bound(values))
            # To the last row: sqlite3 has not done a change with RETURNING before.
            return [self._read(row) for row in cursor.fetchall()] if self._readers else []
        finally:
            cursor.close()

    def _bound(self, values: Mapping[str, Any]) -> Any:
        every = {**self._fixed, **values}
        if self._by_position:
            return [bind(every[name]) if bind else every[name] for name, bind in self._binds]
        return {name: bind(every[name]) if bind else every[name] for name, bind in self._binds}

    def _read(self, row: Sequence[Any]) -> Any:
        return self._row(*[read(value) if read else value for read, value in zip(self._readers, row, strict=True)])


@lru_cache(maxsize=512)
def _prepare(dialect: Dialect, statement: Statement, names: tuple[str, ...]) -> _CompiledStatement:
    return _CompiledStatement(dialect, statement, names)


def _binder(kind: TypeEngine[Any], dialect: Dialect) -> _Converter | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> _Converter | None:
    """Without the driver's own type code, which only exact decimals ask for; we keep none."""
    return kind.dialect_impl(dialect).result_processor(dialect, None)
