"""Inserts that may meet a row which is there already, for SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from widget_server.adapters.store.compiled import DbConnection, run

Merge = Callable[[Any], Mapping[str, Any]]


def insert_or_ignore(line: DbConnection, table: Table, values: Mapping[str, Any]) -> bool:
    """Whether the row is new. By RETURNING: PostgreSQL's row count says nothing reliable here."""
    return bool(run(line, _insert_new(line.dialect.name, table), values))


def upsert(line: DbConnection, table: Table, values: Mapping[str, Any], changed: tuple[str, ...]) -> None:
    """A row with this key gets the new values of the columns in `changed`."""
    run(line, _insert_or_merge(line.dialect.name, table, changed), values)


def insert_or_merge(line: DbConnection, table: Table, values: Mapping[str, Any], merge: Merge) -> None:
    """A row with this key gets the values that `merge` makes of the new row's columns (`excluded`)."""
    run(line, _insert_or_merge(line.dialect.name, table, merge), values)


# Made once each, as `run` wants it.
@cache
def _insert_new(dialect: str, table: Table) -> Any:
    return _insert(dialect, table).on_conflict_do_nothing().returning(*table.primary_key)


@cache
def _insert_or_merge(dialect: str, table: Table, merge: tuple[str, ...] | Merge) -> Any:
    statement = _insert(dialect, table)
    new = statement.excluded
    changes = {name: new[name] for name in merge} if isinstance(merge, tuple) else merge(new)
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changes)


def _insert(dialect: str, table: Table) -> Any:
    """The same construct of either dialect; SQLAlchemy gives them no common type."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)
