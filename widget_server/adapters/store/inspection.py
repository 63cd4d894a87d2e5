"""Look at a database without changing anything in it."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, make_url, update
from sqlalchemy.exc import SQLAlchemyError

from widget_server.adapters.store.database import for_writing, make_engine
from widget_server.adapters.store.tables import attempts
from widget_server.errors import StorageFault

SCRIPTS = "widget_server.adapters.store:migrations"


def missing_file(url: str) -> Path | None:
    """The SQLite file that the first start would make, while it is not there. Raises `ConfigurationFault`."""
    engine = make_engine(url)  # has not connected: SQLite would make the file
    file = Path(engine.url.database or "") if make_url(url).get_backend_name() == "sqlite" else None
    engine.dispose()
    return file if file and not file.exists() else None


def find_revision(engine: Engine) -> str | None:
    """The migration the database is at. Raises `StorageFault`."""
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError as error:
        raise StorageFault(f"cannot be opened ({type(error).__name__})") from error


def newest_revision() -> str:
    """The migration this version of the server needs."""
    return known_revisions()[-1]


def known_revisions() -> tuple[str, ...]:
    """The migrations of this version, the oldest first."""
    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    config.set_main_option("path_separator", "os")
    return tuple(script.revision for script in reversed(list(ScriptDirectory.from_config(config).walk_revisions())))


def check_writable(engine: Engine) -> None:
    """Run a change that meets no row, so that rights, locks and read-only disks show. Raises `StorageFault`."""
    nothing = update(attempts).where(attempts.c.id == "").values(mode="")
    try:
        with for_writing(engine).begin() as connection:
            connection.execute(nothing)
    except SQLAlchemyError as error:
        raise StorageFault(f"cannot be written ({type(error).__name__})") from error
