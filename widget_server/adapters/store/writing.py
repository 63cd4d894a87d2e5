"""Inserts that may meet a row which is there already, for SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Whether the row is new. By RETURNING: PostgreSQL's row count says nothing reliable here."""
    return connection.execute(_insert_new(connection.dialect.name, table), dict(values)).first() is not None


def insert_or_change(connection: Connection, table: Table, values: Mapping[str, Any], changed: tuple[str, ...]) -> None:
    """A row with this key gets the new values of the columns in `changed`."""
    connection.execute(_insert_or_change(connection.dialect.name, table, changed), dict(values))


# Statements are made once: making and comparing one takes SQLAlchemy longer than SQLite takes to run it.
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
