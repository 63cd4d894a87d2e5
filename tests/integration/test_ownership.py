"""Whose tables are these? Another program's are named and left alone; those of an older version are taken over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect

from tests.integration.test_cli import good, run
from tests.support.databases import drop, url_of
from widget_server.adapters.store import migrate
from widget_server.adapters.store.checkouts import SqlCheckouts
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.ownership import CURE, VERSION_TABLE, known_revisions, schema_of
from widget_server.adapters.store.schema_version import find_revision
from widget_server.app import utc_now
from widget_server.errors import StorageError, StorageUnfit

pytestmark = pytest.mark.stores
NEWEST = known_revisions()[-1]
FOREIGN_ALEMBIC = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY "
    "(version_num))"
)
FOREIGN: dict[str, tuple[list[str], str]] = {
    "a table orders": (["CREATE TABLE orders (id INTEGER PRIMARY KEY)"], "another program: orders."),
    "a view jobs": (["CREATE VIEW jobs AS SELECT 1 AS id"], "another program: jobs."),
    "an Alembic": ([FOREIGN_ALEMBIC, "INSERT INTO alembic_version VALUES ('ae1027a6acf')"], "at ae1027a6acf."),
    "an Alembic with two heads": (
        [FOREIGN_ALEMBIC, "INSERT INTO alembic_version VALUES ('a1'), ('b2')"],
        "another program",
    ),
    "an Alembic that counts as we do": (
        [FOREIGN_ALEMBIC, "INSERT INTO alembic_version VALUES ('0001')", "CREATE TABLE attempts (id INTEGER)"],
        "another program: attempts.",
    ),
    "an Alembic without a revision": ([FOREIGN_ALEMBIC], "no revision"),
}


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(url_of(tmp_path / "new.db"))
    yield engine
    migrate.downgrade(engine, "base") if VERSION_TABLE in tables(engine) else None
    with engine.begin() as connection:
        for view in inspect(connection).get_view_names():
            connection.exec_driver_sql(f"DROP VIEW {view}")
        for table in inspect(connection).get_table_names():
            connection.exec_driver_sql(f"DROP TABLE {table}")
    engine.dispose()
    drop(tmp_path / "new.db")


def tables(engine: Engine) -> dict[str, object]:
    """All there is, with the rows of small tables."""
    with engine.connect() as connection:
        inspector, schema = inspect(connection), schema_of(connection)
        names = sorted([*inspector.get_table_names(schema), *inspector.get_view_names(schema)])
        return {name: connection.exec_driver_sql(f"SELECT * FROM {name}").all() for name in names}


def run_all(engine: Engine, statements: list[str]) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize(("statements", "told"), FOREIGN.values(), ids=list(FOREIGN))
def test_another_programs_tables_are_named_and_left_alone(empty: Engine, statements: list[str], told: str) -> None:
    run_all(empty, statements)
    before = tables(empty)
    for action in (find_revision, migrate.upgrade):
        with pytest.raises(StorageUnfit) as refused:
            action(empty)
        assert told in refused.value.detail
        assert CURE in refused.value.detail
    assert tables(empty) == before


def test_an_alembic_that_comes_later_changes_nothing_for_us(empty: Engine) -> None:
    migrate.upgrade(empty)
    run_all(empty, FOREIGN["an Alembic"][0])
    migrate.upgrade(empty)
    assert find_revision(empty) == NEWEST
    with pytest.raises(StorageUnfit, match="alembic_version is another program's"):
        migrate.downgrade(empty, "0004")
    assert find_revision(empty) == NEWEST
    assert tables(empty)["alembic_version"] == [("ae1027a6acf",)]
    SqlCheckouts(empty, utc_now).ping()


def test_what_an_older_version_made_is_taken_over_and_given_back(empty: Engine) -> None:
    migrate.upgrade(empty, "0004")
    assert tables(empty)["alembic_version"] == [("0004",)]
    assert VERSION_TABLE not in tables(empty)
    assert find_revision(empty) == "0004"
    migrate.upgrade(empty)
    assert (find_revision(empty), "alembic_version" in tables(empty)) == (NEWEST, False)
    run_all(empty, [FOREIGN_ALEMBIC])  # the name is free for the other program, with its key
    run_all(empty, ["DROP TABLE alembic_version"])
    migrate.downgrade(empty, "0003")
    assert tables(empty)["alembic_version"] == [("0003",)]
    migrate.upgrade(empty)
    SqlCheckouts(empty, utc_now).ping()


def test_serve_and_doctor_name_another_programs_table(tmp_path: Path) -> None:
    engine = make_engine(url_of(tmp_path / "widget.db"))
    run_all(engine, FOREIGN["a table orders"][0])
    for command, code in (("serve", 2), ("worker", 2), ("migrate", 2), ("doctor", 1)):
        ended = run(tmp_path, good(tmp_path), command, *(["--offline"] if command == "doctor" else []))
        assert ended.returncode == code
        assert "holds a table of another program: orders. Give this server" in ended.stdout + ended.stderr
    engine.dispose()


@pytest.mark.postgresql
def test_a_schema_of_its_own_beside_a_shops_tables_is_enough(empty: Engine) -> None:
    run_all(empty, [*FOREIGN["a table orders"][0], *FOREIGN["an Alembic"][0]])
    shops = tables(empty)
    address = empty.url.render_as_string(hide_password=False)
    own = make_engine(f"{address}?options=-csearch_path%3Dsteppay,public")
    alone = make_engine(f"{address}?options=-csearch_path%3Dsteppay")
    with pytest.raises(StorageError, match="the schema of its search_path does not exist; make it with CREATE SCHEMA"):
        migrate.upgrade(alone)
    alone.dispose()
    run_all(empty, ["CREATE SCHEMA steppay"])
    migrate.upgrade(own)
    migrate.downgrade(own, "0004")
    migrate.upgrade(own)
    SqlCheckouts(own, utc_now).ping()
    assert tables(empty) == shops
    own.dispose()
    run_all(empty, ["DROP SCHEMA steppay CASCADE"])
