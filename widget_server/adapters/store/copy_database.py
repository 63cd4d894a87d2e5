"""Everything from one database into another: from a SQLite file to PostgreSQL, with the work that is not finished."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection, Engine, Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from widget_server.adapters.store.database import for_writing
from widget_server.adapters.store.error_causes import cause_of
from widget_server.adapters.store.migrate import upgrade_within
from widget_server.adapters.store.ownership import UnknownRevision
from widget_server.adapters.store.schema_version import find_revision, newest_revision
from widget_server.adapters.store.tables import jobs, metadata
from widget_server.errors import StorageError, StorageUnfit

_ROWS_AT_ONCE = 500


class MoveRefused(Exception):
    """Nothing was moved; the text says why, for an operator."""


def move(source: Engine, target: Engine, now: datetime) -> Mapping[str, int]:
    """Copy every row into `target`, an empty PostgreSQL database, in one transaction; gives the rows for each table.

    `source` is only read, under its write lock, so that no server can add a row which stays behind. Raises
    `MoveRefused` and `StorageError`; the target is as it was then.
    """
    if target.dialect.name != "postgresql":
        raise MoveRefused("The target must be a PostgreSQL database.")
    if find_revision(source) != newest_revision():
        raise MoveRefused("The source is of another version: start this version's server with it once, and stop it.")
    try:
        with for_writing(source).connect() as old, target.begin() as new:
            _refuse_running(old, now)
            upgrade_within(new)
            _refuse_rows(new)
            return {table.name: _copy(table, old, new) for table in metadata.sorted_tables}
    except UnknownRevision as error:
        raise MoveRefused("The target has tables of another version.") from error
    except StorageUnfit as fault:
        raise MoveRefused(f"The target {fault.detail}.") from fault
    except SQLAlchemyError as error:
        raise StorageError(f"the move was not made: {cause_of(error)}") from error


def _refuse_running(old: Connection, now: datetime) -> None:
    """A worker that still runs would send webhooks from the database that is left."""
    if old.execute(select(jobs.c.subject).where(jobs.c.leased_until > now).limit(1)).first():
        raise MoveRefused("A worker still uses the source: stop the server, wait ten seconds, and try again.")


def _refuse_rows(new: Connection) -> None:
    """Until the copy is committed no other program may write either."""
    for table in metadata.sorted_tables:
        new.exec_driver_sql(f"LOCK TABLE {table.name} IN EXCLUSIVE MODE")
        if new.execute(select(table).limit(1)).first():
            raise MoveRefused(f"The target is not empty: its table {table.name} has rows.")


def _copy(table: Table, old: Connection, new: Connection) -> int:
    for rows in _read(table, old):
        new.execute(table.insert(), rows)
    _advance_sequence(table, new)
    counted = [connection.execute(select(func.count()).select_from(table)).scalar_one() for connection in (old, new)]
    if counted[0] != counted[1]:
        raise MoveRefused(f"Of {counted[0]} rows of {table.name} only {counted[1]} arrived.")
    return int(counted[1])


def _read(table: Table, old: Connection) -> Iterator[list[dict[str, object]]]:
    """Without the leases: the workers that held them have ended."""
    free: dict[str, object] = {"leased_by": None, "leased_until": None} if table is jobs else {}
    wanted = select(table).execution_options(yield_per=_ROWS_AT_ONCE)
    for part in old.execute(wanted).mappings().partitions():
        yield [dict(row) | free for row in part]


def _advance_sequence(table: Table, new: Connection) -> None:
    """Rows that came with their numbers do not move PostgreSQL's counter: the next insert would meet one of them."""
    column = table.autoincrement_column
    if column is not None and (highest := new.execute(select(func.max(column))).scalar()):
        new.execute(select(func.setval(func.pg_get_serial_sequence(table.name, column.name), highest)))
