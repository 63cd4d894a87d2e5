"""Which tables are ours? A shop's own stay as they are, in the same PostgreSQL database; what cannot work is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect

from tests.integration.test_cli import good, run
from tests.support.databases import drop, url_of
from tests.support.next_version import PRESENT
from widget_server.adapters.store import migrate
from widget_server.adapters.store.checkouts import SqlCheckouts
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.ownership import CURE, FILE_CURE, VERSION_TABLE, schema_of
from widget_server.adapters.store.schema_version import find_revision
from widget_server.clock import utc_now
from widget_server.errors import StorageError, StorageUnfit

pytestmark = pytest.mark.stores
SHOPS = [
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, body TEXT)",
    "CREATE TABLE checkouts (id INTEGER PRIMARY KEY)",
    "CREATE TABLE deliveries (id INTEGER PRIMARY KEY)",
    "CREATE VIEW jobs AS SELECT 1 AS id",
    "CREATE INDEX ix_orders_checked_at ON orders (body)",
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY "
    "(version_num))",
    "INSERT INTO orders VALUES (1, 'hers')",
    f"INSERT INTO alembic_version VALUES ('{PRESENT}')",
]
"""Names that this server would take without its prefix, and an Alembic that counts as ours does."""
UNFIT: dict[str, tuple[list[str], str]] = {
    "a table that only looks like ours": (["CREATE TABLE steppay_orders (id INTEGER)"], "holds steppay_orders, but no"),
    "a view": (["CREATE VIEW steppay_jobs AS SELECT 1 AS id"], "holds steppay_jobs, but no"),
    "a restored half": (
        [
            f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL)",
            "CREATE TABLE steppay_checkouts (id INTEGER)",
        ],
        f"holds steppay_checkouts, but no revision in {VERSION_TABLE}. Restore a whole backup.",
    ),
    "a version from before the first release": (
        [
            "CREATE TABLE steppay_widget_version (version_num VARCHAR(32) NOT NULL)",
            "INSERT INTO steppay_widget_version VALUES ('0010')",
            "CREATE TABLE orders (order_code TEXT)",
        ],
        "was made by a version from before the first release",
    ),
}


GRANTS = [
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO limited",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO limited",
]


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(url_of(tmp_path / "new.db"))
    yield engine
    migrate.downgrade(engine, "base") if "steppay_deliveries" in tables(engine) else None
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


@pytest.mark.parametrize(("statements", "told"), UNFIT.values(), ids=list(UNFIT))
def test_what_cannot_be_used_is_named_and_left_alone(empty: Engine, statements: list[str], told: str) -> None:
    run_all(empty, statements)
    before = tables(empty)
    for action in (find_revision, migrate.upgrade):
        with pytest.raises(StorageUnfit) as refused:
            action(empty)
        assert told in refused.value.detail
        assert (FILE_CURE if empty.dialect.name == "sqlite" else CURE) in refused.value.detail
    assert tables(empty) == before


@pytest.mark.postgresql
def test_a_shops_own_tables_are_neither_read_nor_changed(empty: Engine) -> None:
    run_all(empty, SHOPS)
    shops = tables(empty)
    migrate.upgrade(empty)
    SqlCheckouts(empty, utc_now).ping()
    assert find_revision(empty) == PRESENT
    assert {name: rows for name, rows in tables(empty).items() if not name.startswith("steppay_")} == shops
    run_all(empty, ["DROP TABLE orders", "UPDATE alembic_version SET version_num = 'later'"])
    migrate.upgrade(empty)
    SqlCheckouts(empty, utc_now).ping()
    migrate.downgrade(empty, "base")
    assert set(tables(empty)) == {*shops, VERSION_TABLE} - {"orders"}


@pytest.mark.sqlite
def test_a_shops_sqlite_file_is_refused_unchanged(tmp_path: Path) -> None:
    """The write-ahead log would be the shop's, too, and its long transactions would hold up this server's."""
    file = tmp_path / "shop.db"
    engine = make_engine(f"sqlite:///{file}")
    run_all(engine, SHOPS)
    before = file.read_bytes()
    for action in (find_revision, migrate.upgrade):
        with pytest.raises(StorageUnfit, match=f"holds a table of another program: alembic_version. {FILE_CURE}"):
            action(engine)
    engine.dispose()
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["shop.db"]


@pytest.mark.sqlite
def test_a_new_file_is_private_and_has_a_write_ahead_log(tmp_path: Path) -> None:
    file = tmp_path / "widget.db"
    engine = make_engine(f"sqlite:///{file}")
    migrate.upgrade(engine)
    SqlCheckouts(engine, utc_now).ping()
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    engine.dispose()
    assert modes == {"widget.db": 0o600, "widget.db-shm": 0o600, "widget.db-wal": 0o600}


@pytest.mark.sqlite
def test_serve_and_doctor_name_another_programs_file(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'widget.db'}")
    run_all(engine, SHOPS[:1])
    options = {"doctor": ["--offline"], "serve": ["--port", "0"]}
    for command, code in (("serve", 2), ("worker", 2), ("migrate", 2), ("doctor", 1)):
        ended = run(tmp_path, good(tmp_path), command, *options.get(command, []))
        assert ended.returncode == code
        assert "holds a table of another program: orders. Give this server" in ended.stdout + ended.stderr
    engine.dispose()


@pytest.mark.postgresql
def test_a_user_with_few_rights_is_enough(empty: Engine) -> None:
    """Rows of tables that another user has made; or tables in a schema of its own."""
    run_all(empty, [*SHOPS, "CREATE ROLE limited LOGIN", "REVOKE CREATE ON SCHEMA public FROM PUBLIC"])
    shops = tables(empty)
    url = empty.url.set(username="limited").render_as_string(hide_password=False)
    others, own = make_engine(url), make_engine(f"{url}?options=-csearch_path%3Dsteppay,public")
    alone = make_engine(f"{url}?options=-csearch_path%3Dsteppay")
    try:
        with pytest.raises(StorageError, match="this user may not do that; make it the owner of"):
            migrate.upgrade(others)
        migrate.upgrade(empty)
        run_all(empty, GRANTS)
        migrate.upgrade(others)
        SqlCheckouts(others, utc_now).ping()
        migrate.downgrade(empty, "base")
        run_all(empty, [f"DROP TABLE {VERSION_TABLE}"])
        with pytest.raises(StorageError, match="the schema of its search_path does not exist; make it with CREATE"):
            migrate.upgrade(alone)
        run_all(empty, ["CREATE SCHEMA steppay AUTHORIZATION limited"])
        migrate.upgrade(own)
        migrate.downgrade(own, "base")
        migrate.upgrade(own)
        SqlCheckouts(own, utc_now).ping()
        assert tables(empty) == shops
    finally:
        for engine in (others, own, alone):
            engine.dispose()
        run_all(empty, ["DROP SCHEMA IF EXISTS steppay CASCADE", "DROP OWNED BY limited", "DROP ROLE limited"])
