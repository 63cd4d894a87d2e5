"""`widget-server migrate`: back to the schema of an older version and forward again, with what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from tests.integration.test_cli import good, run
from tests.support.databases import url_of
from tests.support.next_version import NEXT, PRESENT, next_version
from tests.unit.test_config import GOOD
from widget_server.adapters.store import migrate
from widget_server.adapters.store.checkouts import SqlCheckouts
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.ownership import VERSION_TABLE, known_revisions
from widget_server.cli import main
from widget_server.cli.migrate import migrate as migrate_command
from widget_server.domain.checkout import Checkout
from widget_server.errors import ConfigurationError

NOW = datetime(2026, 11, 23, 3, 16, tzinfo=UTC)
ID = "abcdefghijklmnopqrstu_"


def opened() -> Checkout:
    return Checkout(ID, "order_1", "tab", "https://shop.kr", "ko", NOW, NOW + timedelta(days=7))


class Database:
    """One that holds a checkout, and the command for it."""

    def __init__(self, url: str) -> None:
        self.url, self._engine = url, make_engine(url)
        self._store = SqlCheckouts(self._engine, lambda: NOW)
        migrate.upgrade(self._engine)
        self._store.add(opened())

    def call(self, *arguments: str, answer: str = "") -> Result:
        settings = GOOD | {"WIDGET_DATABASE_URL": self.url}
        return CliRunner(env=settings).invoke(migrate_command, arguments, input=answer)

    def has_all(self) -> bool:
        return self._store.find(ID) == opened()

    def close(self) -> None:
        migrate.downgrade(self._engine, "base")
        self._engine.dispose()

    def write_revision(self, revision: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = :new"), {"new": revision})


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(url_of(tmp_path / "widget.db"))
    yield made
    made.close()


@pytest.fixture
def newer(tmp_path: Path, database: Database) -> Iterator[Database]:
    """The database at the next version's schema, and that version's command."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    with next_version(folder):
        assert f"was at {PRESENT} and is at {NEXT}" in database.call().output
        yield database
        database.call("--to", PRESENT, "--yes")


def test_a_rollback_and_the_next_upgrade_keep_what_both_versions_know(newer: Database) -> None:
    for wanted in (PRESENT, NEXT):
        result = newer.call("--to", wanted, "--yes")
        assert f"and is at {wanted}." in result.output
        assert newer.has_all()
    assert f"was at {NEXT} and is at {NEXT}" in newer.call().output


@pytest.mark.parametrize(("answer", "ends_at"), [("y\n", PRESENT), ("n\n", NEXT), ("", NEXT)])
def test_nothing_is_dropped_unasked(newer: Database, answer: str, ends_at: str) -> None:
    newer.call("--to", PRESENT, answer=answer)
    assert f"was at {ends_at}" in newer.call("--to", ends_at).output


@pytest.mark.parametrize("revision", ["base", "0000", "9999", "head", "-1", "canary"])
def test_only_revisions_of_this_version_are_taken(database: Database, revision: str) -> None:
    result = database.call(f"--to={revision}", "--yes")
    assert isinstance(result.exception, ConfigurationError)
    assert f"this version knows the revisions {', '.join(known_revisions())}" in result.exception.problems[0]
    assert database.has_all()


def test_a_database_of_a_newer_version_is_left_alone_and_named(tmp_path: Path, database: Database) -> None:
    database.write_revision("9999")
    result, moved = run(tmp_path, good(tmp_path), "serve", "--port", "0"), database.call()
    database.write_revision(PRESENT)
    assert (result.returncode, "Traceback" in result.stderr) == (2, False)
    told = "WIDGET_DATABASE_URL: the database belongs to a newer version"
    assert f"  - {told}" in result.stderr
    assert isinstance(moved.exception, ConfigurationError)
    assert moved.exception.problems[0].startswith(told)


def test_the_command_line_has_it(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["migrate"], env=good(tmp_path))
    assert (result.exit_code, result.stdout) == (0, f"The database is new; migrated to {PRESENT}.\n")
    assert result.stderr.startswith("Database: ")
