"""Which tables are ours, in a database that may be the shop's own (docs/decisions/0059)."""

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from widget_server.adapters.store.tables import metadata
from widget_server.errors import StorageUnfit

SCRIPTS = "widget_server.adapters.store:migrations"
VERSIONS = f"{SCRIPTS}/versions"
"""Folders, one a line."""
VERSION_TABLE = "steppay_alembic_version"
"""Alembic's own name for it, `alembic_version`, is the shop's."""
_PRE_RELEASE = "steppay_widget_version"
CURE = (
    "Give this server another database or a schema of its own (CREATE SCHEMA widget, and "
    "?options=-csearch_path%3Dwidget at the URL's end)"
)
FILE_CURE = "Give this server a file of its own"


def migration_config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    config.set_main_option("version_locations", VERSIONS)
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    return config


def known_revisions() -> tuple[str, ...]:
    """The migrations of this version, the oldest first."""
    scripts = ScriptDirectory.from_config(migration_config())
    return tuple(script.revision for script in reversed(list(scripts.walk_revisions())))


def schema_of(connection: Connection) -> str | None:
    """Where new tables go. The search_path may lead on to another program's schema, which is left alone."""
    return connection.dialect.default_schema_name if connection.dialect.name == "postgresql" else None


def read_revision(connection: Connection) -> str | None:
    """The migration that our tables are at, None where there are none yet. Raises `StorageUnfit` where they cannot be
    made."""
    names, schema = _names(connection), schema_of(connection)
    if VERSION_TABLE in names:
        opts = {"version_table": VERSION_TABLE, "version_table_schema": schema}
        for head in MigrationContext.configure(connection, opts=opts).get_current_heads():
            return head
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
