"""The job worker, seen by what it leaves undone: without one no webhook is sent and no handler runs."""

from collections.abc import Callable, Iterator
from datetime import datetime

from widget_server.adapters.store.backlog import read_backlog
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.schema_version import missing_file
from widget_server.doctor.database import BUSY_MS
from widget_server.doctor.result import CheckResult, ok, skipped, warning
from widget_server.errors import ConfigurationError, StorageError

NAME = "worker"
_LATE_SECONDS = 60.0
"""A worker asks for due jobs twice a second."""
_START = (
    "Start `widget-server worker`; in a Flask application `flask steppay worker`, or set STEPPAY_CHECKOUT_WORKER=thread"
)


def check_worker(url: str, clock: Callable[[], datetime]) -> Iterator[CheckResult]:
    """`url`: of the database, where the jobs are."""
    seconds = _oldest_due_seconds(url, clock())
    if seconds is None:
        yield skipped(NAME, "not checked", "The database comes first.")
    elif seconds > _LATE_SECONDS:
        yield warning(
            NAME, f"a job waits for {seconds:.0f} seconds: no worker runs, or it cannot keep up", f"{_START}."
        )
    else:
        yield ok(NAME, "no job waits for longer than a minute")


def _oldest_due_seconds(url: str, now: datetime) -> float | None:
    """None: there is no database to read."""
    try:
        if missing_file(url):
            return None
        engine = make_engine(url, busy_timeout_ms=BUSY_MS)
    except ConfigurationError:
        return None
    try:
        return read_backlog(engine, now).oldest_due_seconds
    except StorageError:
        return None
    finally:
        engine.dispose()
