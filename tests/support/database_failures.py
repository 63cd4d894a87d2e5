"""What can be wrong with a database, on SQLite and on PostgreSQL. Each ends with its block, where it can end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from sqlalchemy import Engine, Table, event, insert
from sqlalchemy.exc import OperationalError

from tests.support import databases
from tests.support.app_fixture import NOW, World
from widget_server.adapters.store.database import for_writing, make_engine
from widget_server.adapters.store.tables import checkouts, jobs, metadata, webhooks

Trouble = Callable[[World], "contextmanager[None]"]
_PATIENCE_MS = 50
NEVER = datetime(9000, 1, 1, tzinfo=UTC)
_FULL_DISK = (
    "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = "
    "'disk_full'; END $$"
)


@contextmanager
def locked(world: World) -> Iterator[None]:
    """Another program has begun to write and does not finish."""
    patience = "SET lock_timeout" if databases.POSTGRESQL else "PRAGMA busy_timeout"
    with on_each_connection(world.engine, f"{patience} = {_PATIENCE_MS}"), held(world.engine):
        yield


@contextmanager
def held(engine: Engine) -> Iterator[None]:
    """Every write has to wait for another program until the block ends. Reading goes on."""
    other = make_engine(engine.url.render_as_string(hide_password=False))
    try:
        with for_writing(other).begin() as connection:  # SQLite's one write lock
            if databases.POSTGRESQL:
                connection.exec_driver_sql(f"LOCK TABLE {', '.join(metadata.tables)} IN EXCLUSIVE MODE")
            yield
    finally:
        other.dispose()


@contextmanager
def full(world: World) -> Iterator[None]:
    """SQLite may take no further page, as on a full disk, and those that it has are filled. PostgreSQL gives its own
    answer to a full disk, because a trigger raises it."""
    if databases.POSTGRESQL:
        with full_by_trigger(world.engine):
            yield
    else:
        with on_each_connection(world.engine, "PRAGMA max_page_count = 1"):
            for table, row in _FILLERS.items():
                _fill(world.engine, table, row)
            yield


@contextmanager
def full_by_trigger(engine: Engine) -> Iterator[None]:
    with engine.begin() as connection:
        connection.exec_driver_sql(_FULL_DISK)
        for table in metadata.tables:
            trigger = f"CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON {table}"
            connection.exec_driver_sql(f"{trigger} FOR EACH ROW EXECUTE FUNCTION full_disk()")
    yield
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP FUNCTION full_disk CASCADE")


def _fill(engine: Engine, table: Table, row: Callable[[int], dict[str, object]]) -> None:
    """Rows that are smaller than any real one, until no more fits."""
    with suppress(OperationalError):
        for number in count():
            with engine.begin() as connection:
                connection.execute(insert(table).values(row(number)))


_FILLERS: dict[Table, Callable[[int], dict[str, object]]] = {
    webhooks: lambda number: {"digest": f"{number}", "event": "", "received_at": NOW, "state": "ignored"},
    jobs: lambda number: {"kind": "", "subject": f"{number}", "due_at": NEVER, "step": 0, "tries": 0, "starts": 0},
    checkouts: lambda number: {
        **{"id": f"{number}", "order_code": "", "mode": ""},
        **{"created_at": NOW, "expires_at": NEVER},
    },
}


@contextmanager
def read_only(world: World) -> Iterator[None]:
    statement = "SET default_transaction_read_only = on" if databases.POSTGRESQL else "PRAGMA query_only = ON"
    with on_each_connection(world.engine, statement):
        yield


@contextmanager
def on_each_connection(engine: Engine, statement: str) -> Iterator[None]:
    """Runs it on every connection of the pool that is opened from now on, until the block ends."""

    def run(connection: object, _entry: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute(statement)
        cursor.close()
        connection.commit()  # type: ignore[attr-defined]

    engine.dispose()
    event.listen(engine, "connect", run)
    try:
        yield
    finally:
        event.remove(engine, "connect", run)
        engine.dispose()


@contextmanager
def gone(world: World) -> Iterator[None]:
    """The file holds something else; the server cannot open it."""
    if databases.POSTGRESQL:
        databases.shut(world.engine)
    else:
        world.engine.dispose()
        for file in Path(str(world.engine.url.database)).parent.glob("widget.db*"):
            file.write_bytes(b"this is no database " * 300)
    yield


@contextmanager
def without_tables(world: World) -> Iterator[None]:
    world.break_storage()
    yield


TROUBLES: list[Trouble] = [locked, full, read_only, gone, without_tables]
