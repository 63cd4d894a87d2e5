"""Migrations on a real database: up, down, up again, at once, and of a newer version."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import count
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, func, inspect, select

from tests.integration.test_store import ID, NOW, address, opened
from tests.support.database_failures import held
from tests.support.next_version import PRESENT, next_version
from widget_server.adapters.store import migrate
from widget_server.adapters.store.checkouts import SqlCheckouts
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.expectations import SqlExpectations
from widget_server.adapters.store.ownership import SCRIPTS, VERSION_TABLE, VERSIONS, known_revisions
from widget_server.adapters.store.schema_version import find_revision
from widget_server.adapters.store.tables import expectations, metadata
from widget_server.domain.expectation import Outcome
from widget_server.domain.model import Expectation
from widget_server.errors import StorageError

_ALL_NAMES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_autoindex_steppay_%'",
    "postgresql": """SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
}


@pytest.fixture
def store(engine: Engine) -> SqlCheckouts:
    return SqlCheckouts(engine, lambda: NOW)


def test_the_migrated_tables_are_the_ones_the_code_uses(engine: Engine) -> None:
    with engine.connect() as connection:
        assert (
            compare_metadata(MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}), metadata)
            == []
        )


def test_migrations_can_be_undone_and_done_again(engine: Engine) -> None:
    migrate.downgrade(engine, "base")
    assert inspect(engine).get_table_names() == [VERSION_TABLE]
    migrate.upgrade(engine)
    migrate.upgrade(engine)
    SqlCheckouts(engine, lambda: NOW).ping()


def test_every_name_in_the_database_begins_with_steppay(engine: Engine) -> None:
    """Of tables, indexes, keys and sequences: PostgreSQL keeps one list of names for a schema."""
    with engine.connect() as connection:
        names = connection.exec_driver_sql(_ALL_NAMES[engine.dialect.name]).scalars().all()
    assert len(names) >= 26
    assert [name for name in names if not name.startswith("steppay_")] == []


def test_an_upgrade_and_a_rollback_keep_the_rows(engine: Engine, store: SqlCheckouts, tmp_path: Path) -> None:
    store.add(opened())
    with next_version(tmp_path):
        migrate.upgrade(address(engine))
        assert store.find(ID) == opened()
        migrate.downgrade(engine, PRESENT)
    assert find_revision(engine) == PRESENT
    assert store.find(ID) == opened()


def test_a_database_at_each_former_revision_upgrades_with_its_rows(engine: Engine, store: SqlCheckouts) -> None:
    store.add(opened())
    for former in known_revisions()[:-1]:
        migrate.downgrade(engine, former)
        assert find_revision(engine) == former
        migrate.upgrade(engine)
        assert (find_revision(engine), store.find(ID)) == (PRESENT, opened())


def test_an_upgrade_under_load_loses_no_write(engine: Engine, tmp_path: Path) -> None:
    patient = make_engine(address(engine), busy_timeout_ms=60_000)
    store, done, written = SqlExpectations(patient), threading.Event(), count()

    def write() -> int:
        return sum(bind(store, next(written)) for _ in iter(done.is_set, True))

    with ThreadPoolExecutor(4) as threads, next_version(tmp_path):
        writers = [threads.submit(write) for _ in range(4)]
        try:
            for _ in range(3):
                migrate.upgrade(patient)
                migrate.downgrade(patient, PRESENT)
        finally:
            done.set()
    patient.dispose()
    with engine.connect() as connection:
        rows = connection.execute(select(func.count()).select_from(expectations)).scalar_one()
    assert rows == sum(writer.result() for writer in writers) == next(written)


def bind(store: SqlExpectations, number: int) -> bool:
    return store.bind(f"order_{number}", Expectation(Decimal(number), "KRW"), NOW)[1] is Outcome.CREATED


def test_a_migration_that_breaks_in_the_middle_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE steppay_next (id INTEGER)")  # what the second step would make
    try:
        with next_version(tmp_path), pytest.raises(StorageError, match="cannot be migrated"):
            migrate.upgrade(engine)
        assert find_revision(engine) == PRESENT
        assert "next_note" not in {column["name"] for column in inspect(engine).get_columns("steppay_orders")}
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE steppay_next")


def test_a_start_does_not_wait_where_no_migration_is_missing(engine: Engine) -> None:
    with held(engine):
        migrate.upgrade(engine)


def test_a_database_of_a_newer_version_is_a_storage_fault(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(StorageError):
        migrate.upgrade(engine)


def test_processes_that_start_together_migrate_once(engine: Engine, store: SqlCheckouts) -> None:
    migrate.downgrade(engine, "base")
    with get_context("spawn").Pool(4) as processes:
        processes.map(migrate.upgrade, [address(engine)] * 4, chunksize=1)
    store.ping()


def test_the_revisions_are_those_that_alembic_finds() -> None:
    """The server reads them from the names of the files, so that a start does not load Alembic."""
    found = ScriptDirectory(str(SCRIPTS), version_locations=[str(folder) for folder in VERSIONS]).walk_revisions()
    assert known_revisions() == tuple(script.revision for script in reversed([*found]))
