"""Read a database's schema version without changing anything in it."""

from pathlib import Path

from sqlalchemy import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from widget_server.adapters.store.database import for_writing, make_engine
from widget_server.adapters.store.error_causes import cause_of, is_for_good
from widget_server.adapters.store.ownership import known_revisions, read_revision
from widget_server.errors import StorageError, StorageUnfit


def missing_file(url: str) -> Path | None:
    """The SQLite file that the first start would make, while it is not there. Raises `ConfigurationError`."""
    engine = make_engine(url)  # has not connected: SQLite would make the file
    file = Path(engine.url.database or "") if make_url(url).get_backend_name() == "sqlite" else None
    engine.dispose()
    return file if file and not file.exists() else None


def find_revision(engine: Engine) -> str | None:
    """The migration the database is at. Raises `StorageError`; `StorageUnfit` for another program's database."""
    try:
        with engine.connect() as connection:
            return read_revision(connection)
    except (SQLAlchemyError, UnicodeError) as error:
        raise unopened(error, f"cannot be opened: {cause_of(error)}") from error


def unopened(error: Exception, sentence: str) -> StorageError:
    return StorageUnfit(sentence) if is_for_good(error) else StorageError(sentence)


def newest_revision() -> str:
    """The migration this version of the server needs."""
    return known_revisions()[-1]


def check_writable(engine: Engine) -> None:
    """Run a change that meets no row, so that rights, locks and read-only disks show. Raises `StorageError`."""
    try:
        with for_writing(engine).begin() as connection:
            connection.exec_driver_sql("UPDATE steppay_checkouts SET mode = '' WHERE id = ''")
    except SQLAlchemyError as error:
        raise StorageError(f"cannot be written: {cause_of(error)}") from error
