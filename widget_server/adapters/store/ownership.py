"""Which tables are ours, in a database that may be the shop's own (docs/decisions/0059)."""

from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

from widget_server.adapters.store.tables import metadata
from widget_server.errors import StorageUnfit

SCRIPTS = Path(__file__).with_name("migrations")
VERSIONS = (SCRIPTS / "versions",)
VERSION_TABLE = "steppay_alembic_version"
"""Alembic's own name for it, `alembic_version`, is the shop's."""
_PRE_RELEASE = "steppay_widget_version"
CURE = (
    "Give this server another database or a schema of its own (CREATE SCHEMA widget, and "
    "?options=-csearch_path%3Dwidget at the URL's end)"
)
FILE_CURE = "Give this server a file of its own"


class UnknownRevision(Exception):
    """The database is at a revision that this version does not know."""


def known_revisions() -> tuple[str, ...]:
    """The migrations of this version, the oldest first: the numbers that their files begin with. Alembic knows them as
    well, but to load it takes a third of a start."""
    return tuple(sorted(file.name.partition("_")[0] for folder in VERSIONS for file in folder.glob("[0-9]*_*.py")))


def schema_of(connection: Connection) -> str | None:
    """Where new tables go. The search_path may lead on to another program's schema, which is left alone."""
    return connection.dialect.default_schema_name if connection.dialect.name == "postgresql" else None


def read_revision(connection: Connection) -> str | None:
    """The migration that our tables are at, None where there are none yet. Raises `StorageUnfit` where they cannot be
    made."""
    names, schema = _names(connection), schema_of(connection)
    if VERSION_TABLE in names:
        for (revision,) in connection.execute(select(table(VERSION_TABLE, column("version_num"), schema=schema))):
            return str(revision)
    _refuse(names, is_file=connection.dialect.name == "sqlite")
    return None


def _refuse(names: set[str], *, is_file: bool) -> None:
    cure, taken = FILE_CURE if is_file else CURE, sorted(names & {*metadata.tables})
    if _PRE_RELEASE in names:
        raise StorageUnfit(f"was made by a version from before the first release, which no release reads. {cure}")
    if taken:
        raise StorageUnfit(f"holds {taken[0]}, but no revision in {VERSION_TABLE}. Restore a whole backup. Or: {cure}")
    if is_file and (others := sorted(names - {VERSION_TABLE})):
        raise StorageUnfit(f"holds a table of another program: {others[0]}. {cure}")


def _names(connection: Connection) -> set[str]:
    inspector, schema = inspect(connection), schema_of(connection)
    return {*inspector.get_table_names(schema), *inspector.get_view_names(schema)}
