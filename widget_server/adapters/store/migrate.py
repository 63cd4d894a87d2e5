"""Bring the database to the schema of this version, also when several processes start at the same moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from widget_server.adapters.store.database import (
    disable_statement_timeouts,
    for_writing,
    make_engine,
    make_private_file,
    use_write_ahead_log,
)
from widget_server.adapters.store.error_causes import cause_of
from widget_server.adapters.store.ownership import UnknownRevision, read_revision
from widget_server.adapters.store.schema_version import find_revision, newest_revision, unopened
from widget_server.errors import StorageUnfit

_LOCK_KEY = 0x57494447
"""Any fixed number: PostgreSQL's advisory locks are known by number only."""


def upgrade(engine_or_url: Engine | str, revision: str = "head") -> None:
    """Run the missing migrations in one transaction. Raises `StorageError`.

    Where none is missing the database is only read: a worker that starts again must not hold up those who write.
    """

    def migrate(engine: Engine) -> None:
        make_private_file(engine)
        current = find_revision(engine)  # another program's file is refused before anything in it changes
        _write_ahead(engine)
        if revision != "head" or current != newest_revision():
            _run(engine, lambda connection: _upgrade(connection, revision))

    _with_engine(engine_or_url, migrate)


def upgrade_within(connection: Connection) -> None:
    """The same in a transaction of the caller's. Raises `UnknownRevision`, and what SQLAlchemy raises."""
    _run_on(connection, lambda connection: _upgrade(connection, "head"))


def downgrade(engine_or_url: Engine | str, revision: str) -> None:
    """Undo migrations down to `revision` ("base" for all, with their data). Raises `StorageError`."""
    from widget_server.adapters.store import alembic_runs  # noqa: PLC0415 - as in _upgrade

    _with_engine(engine_or_url, lambda engine: _run(engine, lambda to: alembic_runs.downgrade(to, revision)))


def _upgrade(connection: Connection, revision: str) -> None:
    from widget_server.adapters.store import alembic_runs  # noqa: PLC0415 - most starts find nothing to migrate

    alembic_runs.upgrade(connection, revision)


def _write_ahead(engine: Engine) -> None:
    try:
        use_write_ahead_log(engine)
    except sqlite3.Error as error:
        raise unopened(error, f"cannot be opened: {cause_of(error)}") from error


def _with_engine(engine_or_url: Engine | str, action: Callable[[Engine], None]) -> None:
    engine = make_engine(engine_or_url) if isinstance(engine_or_url, str) else engine_or_url
    try:
        action(engine)
    finally:
        if engine is not engine_or_url:
            engine.dispose()


def _run(engine: Engine, action: Callable[[Connection], None]) -> None:
    try:
        with for_writing(engine).begin() as connection:
            _run_on(connection, action)
    except UnknownRevision as error:  # its schema has a number that this version does not know
        raise StorageUnfit("the database belongs to a newer version; migrate it back with that one first") from error
    except SQLAlchemyError as error:
        raise unopened(error, f"cannot be migrated: {cause_of(error)}") from error


def _run_on(connection: Connection, action: Callable[[Connection], None]) -> None:
    disable_statement_timeouts(connection)
    _wait_for_other_processes(connection)
    read_revision(connection)  # refuses, under the lock
    action(connection)


def _wait_for_other_processes(connection: Connection) -> None:
    """On SQLite `BEGIN IMMEDIATE` has waited already: one process migrates, the next finds nothing to do."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
