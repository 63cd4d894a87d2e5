"""Inserts that may meet a row which is there already, for SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def _insert(connection: Connection, table: Table, values: Mapping[str, Any]) -> Any:
    """The same construct of either dialect; SQLAlchemy gives them no common type."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table).values(**values)


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Whether the row is new. By RETURNING: PostgreSQL's row count says nothing reliable here."""
    statement = _insert(connection, table, values).on_conflict_do_nothing()
    return connection.execute(statement.returning(*table.primary_key)).first() is not None


def insert_or_change(connection: Connection, table: Table, values: Mapping[str, Any], changed: tuple[str, ...]) -> None:
    """A row with this key gets the new values of the columns in `changed`."""
    statement = _insert(connection, table, values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=list(table.primary_key), set_={name: statement.excluded[name] for name in changed}
        )
    )
