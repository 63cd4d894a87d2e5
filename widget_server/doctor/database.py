"""The database: there, of this version, writable."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine

from widget_server.adapters.store.database import make_engine, shown
from widget_server.adapters.store.ownership import known_revisions
from widget_server.adapters.store.schema_version import check_writable, find_revision, missing_file, newest_revision
from widget_server.doctor.files import check_private
from widget_server.doctor.result import CheckResult, ok, problem, skipped
from widget_server.errors import ConfigurationError, StorageError, StorageUnfit

BUSY_MS = 1000
_ADDRESS = "Give sqlite:/// and a file in a folder that is there, or postgresql://user:password@host/name."
_MIGRATE = "`widget-server serve` migrates it at its start."


def check_database(url: str) -> Iterator[CheckResult]:
    """`url`: only what `shown` leaves of it, it may hold a password."""
    try:
        yield from _check_schema(url)
    except ConfigurationError as error:
        yield problem("database", error.problems[0], _ADDRESS)
    except StorageUnfit as error:
        yield problem("database", f"{error.detail} ({shown(url)})", "The server does not start with it.")
    except StorageError as error:
        yield problem("database", f"{error.detail} ({shown(url)})", "Does it run, and may this user connect and write?")


def _check_schema(url: str) -> Iterator[CheckResult]:
    if missing_file(url):
        yield skipped("database", f"the file is not there yet ({shown(url)})", "The first start makes it.")
        return
    engine = make_engine(url, busy_timeout_ms=BUSY_MS)
    try:
        result = judge_revision(find_revision(engine), newest_revision(), shown(url))
        if result.state == "ok":
            check_writable(engine)
        yield result
        yield from _check_files(engine)
    finally:
        engine.dispose()


def _check_files(engine: Engine) -> Iterator[CheckResult]:
    """SQLite's, with the log of what is not in the file yet: they hold ids of checkouts and the merchant's answers."""
    file = Path(engine.url.database or "") if engine.dialect.name == "sqlite" else None
    if file is not None:
        parts = [part for ending in ("", "-wal", "-shm") if (part := Path(f"{file}{ending}")).exists()]
        found = [check_private("database file", part.name, part) for part in parts]
        yield next((one for one in found if one.state == "problem"), found[0])


def judge_revision(current: str | None, newest: str, name: str) -> CheckResult:
    """`current`: None for a database without our schema. `name`: the database for people."""
    if current == newest:
        return ok("database", f"has the schema of this version ({newest}) and can be written ({name})")
    if current is not None and current not in known_revisions():
        return problem("database", f"belongs to a newer version ({current}; {name})", "Install that version again.")
    at = f"at {current}, needs {newest}" if current else "it is new"
    return problem("database", f"is not migrated: {at} ({name})", _MIGRATE)
