"""Bring the database to the schema of this version, also when several processes start at the same moment."""

from __future__ import annotations

from collections.abc import Callable

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from widget_server.adapters.store.database import for_writing, make_engine
from widget_server.errors import StorageFault

SCRIPTS = "widget_server.adapters.store:migrations"
_LOCK_KEY = 0x57494447
"""Any fixed number: PostgreSQL's advisory locks are known by number only."""


def upgrade(engine_or_url: Engine | str, revision: str = "head") -> None:
    """Run the missing migrations in one transaction. Raises `StorageFault`."""
    _run(engine_or_url, lambda config: command.upgrade(config, revision))


def downgrade(engine_or_url: Engine | str, revision: str) -> None:
    """Undo migrations down to `revision` ("base" for all, with their data). Raises `StorageFault`."""
    _run(engine_or_url, lambda config: command.downgrade(config, revision))


def _run(engine_or_url: Engine | str, action: Callable[[Config], None]) -> None:
    if isinstance(engine_or_url, str):
        engine = make_engine(engine_or_url)
        try:
            return _run(engine, action)
        finally:
            engine.dispose()
    try:
        with for_writing(engine_or_url).begin() as connection:
            _wait_for_other_processes(connection)
            action(_config(connection))
    except CommandError as error:  # its schema has a number that this version does not know
        raise StorageFault("the database belongs to a newer version; migrate it back with that one first") from error
    except SQLAlchemyError as error:
        raise StorageFault(f"the database could not be opened or migrated ({type(error).__name__})") from error


def _wait_for_other_processes(connection: Connection) -> None:
    """On SQLite `BEGIN IMMEDIATE` has waited already: one process migrates, the next finds nothing to do."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
