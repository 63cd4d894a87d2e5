"""The database: there, of this version, writable."""

from __future__ import annotations

from collections.abc import Iterator

from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.inspection import check_writable, find_revision, missing_file, newest_revision
from widget_server.doctor.finding import Finding, ok, problem, skipped
from widget_server.errors import ConfigurationFault, StorageFault

BUSY_MS = 1000
_ADDRESS = "Give sqlite:/// and a file in a folder that is there, or postgresql://user:password@host/name."
_MIGRATE = "`widget-server serve` migrates it at its start."


def check_database(url: str) -> Iterator[Finding]:
    """`url`: never shown, it may hold a password."""
    try:
        yield _examine(url)
    except ConfigurationFault as fault:
        yield problem("database", fault.problems[0], _ADDRESS)
    except StorageFault as fault:
        yield problem("database", fault.detail, "Does it run, and may this user connect and write?")


def _examine(url: str) -> Finding:
    if missing_file(url):
        return skipped("database", "the file is not there yet", "The first start makes it.")
    engine = make_engine(url, busy_timeout_ms=BUSY_MS)
    try:
        finding = judge_revision(find_revision(engine), newest_revision())
        if finding.state == "ok":
            check_writable(engine)
        return finding
    finally:
        engine.dispose()


def judge_revision(current: str | None, newest: str) -> Finding:
    """`current`: None for a database without our schema. Revisions are numbered in their order."""
    if current == newest:
        return ok("database", f"has the schema of this version ({newest}) and can be written")
    if current is not None and current > newest:
        return problem("database", f"belongs to a newer version ({current})", "Install that version again.")
    return problem("database", f"is not migrated: at {current or 'nothing'}, needs {newest}", _MIGRATE)
