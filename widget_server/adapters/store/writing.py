"""Inserts that may meet a row which is there already, for SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from widget_server.adapters.store.prepared import Line, run


def insert_new(line: Line, table: Table, values: Mapping[str, Any]) -> bool:
    """Whether the row is new. By RETURNING: PostgreSQL's row count says nothing reliable here."""
    return bool(run(line, _insert_new(line.dialect.name, table), values))


def insert_or_change(line: Line, table: Table, values: Mapping[str, Any], changed: tuple[str, ...]) -> None:
    """A row with this key gets the new values of the columns in `changed`."""
    run(line, _insert_or_change(line.dialect.name, table, changed), values)


# Made once each, as `run` wants it.
@cache
def _insert_new(dialect: str, table: Table) -> Any:
    return _insert(dialect, table).on_conflict_do_nothing().returning(*table.primary_key)


@cache
def _insert_or_change(dialect: str, table: Table, changed: tuple[str, ...]) -> Any:
    statement = _insert(dialect, table)
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key), set_={name: statement.excluded[name] for name in changed}
    )


def _insert(dialect: str, table: Table) -> Any:
    """The same construct of either dialect; SQLAlchemy gives them no common type."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)
