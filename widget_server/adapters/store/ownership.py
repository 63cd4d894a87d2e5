"""Whose tables these are. Another program's are named before anything is tried, and never touched."""

import re

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from widget_server.adapters.store.tables import metadata
from widget_server.errors import StorageUnfit

SCRIPTS = "widget_server.adapters.store:migrations"
VERSION_TABLE = "steppay_widget_version"
"""Ours. Alembic's own name for it, `alembic_version`, belongs to whichever program comes first."""
_SHARED = "alembic_version"
_FIRST_OF_OUR_OWN = "0008"
"""Older versions of this server read their number from `alembic_version`."""
_FIRST_TABLE = "attempts"
"""What migration 0001 makes; 0009 renames it to `checkouts`."""
_OUR_COLUMNS = {"id", "order_code", "expires_at"}
_PRINTABLE = re.compile(r"[\w.-]{1,64}")
CURE = (
    "Give this server a database or a schema of its own (CREATE SCHEMA widget, and ?options=-csearch_path%3Dwidget at "
    "the URL's end)"
)


def migration_config(connection: Connection | None = None, table: str = VERSION_TABLE) -> Config:
    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    config.set_main_option("path_separator", "os")
    config.attributes.update(connection=connection, version_table=table)
    return config


def known_revisions() -> tuple[str, ...]:
    """The migrations of this version, the oldest first."""
    scripts = ScriptDirectory.from_config(migration_config())
    return tuple(script.revision for script in reversed(list(scripts.walk_revisions())))


def schema_of(connection: Connection) -> str | None:
    """Where new tables go. The search_path may lead on to another program's schema, which is left alone."""
    return connection.dialect.default_schema_name if connection.dialect.name == "postgresql" else None


def read_revision(connection: Connection) -> str | None:
    """The migration that our tables are at, None where there are none. Raises `StorageUnfit` for another program's."""
    table = _find_table(connection)
    return (_heads(connection, table) or (None,))[0] if table else None


def take_over(connection: Connection) -> None:
    """Before migrations: what a version before 0008 noted in `alembic_version` goes into our own table."""
    if _find_table(connection) == _SHARED:
        _carry(connection, _SHARED, VERSION_TABLE)


def hand_back(connection: Connection) -> None:
    """After migrations: a version before 0008 finds its number where it reads it."""
    known, current = known_revisions(), read_revision(connection)
    if current in known and known.index(current) < known.index(_FIRST_OF_OUR_OWN):
        if _SHARED in _names(connection):
            raise StorageUnfit(f"{_SHARED} is another program's here, so no version before {_FIRST_OF_OUR_OWN} can run")
        _carry(connection, VERSION_TABLE, _SHARED)


def _find_table(connection: Connection) -> str | None:
    """Where the number of our tables stands."""
    tables = _names(connection)
    if VERSION_TABLE in tables:
        return VERSION_TABLE
    heads = _heads(connection, _SHARED) if _SHARED in tables else ()
    if len(heads) == 1 and heads[0] in known_revisions() and _has_our_columns(connection, tables):
        return _SHARED
    _refuse_foreign(tables, heads)
    return None


def _refuse_foreign(tables: set[str], heads: tuple[str, ...]) -> None:
    taken = sorted(tables & {*metadata.tables, _FIRST_TABLE})
    if taken:
        raise StorageUnfit(f"holds a table of another program: {taken[0]}. {CURE}")
    if _SHARED in tables:
        at = ", ".join(head for head in heads if _PRINTABLE.fullmatch(head)) or "no revision"
        raise StorageUnfit(f"belongs to another program, whose Alembic is at {at}. {CURE}")


def _has_our_columns(connection: Connection, tables: set[str]) -> bool:
    if _FIRST_TABLE not in tables:
        return False
    columns = inspect(connection).get_columns(_FIRST_TABLE, schema_of(connection))
    return {column["name"] for column in columns} >= _OUR_COLUMNS


def _heads(connection: Connection, table: str) -> tuple[str, ...]:
    opts = {"version_table": table, "version_table_schema": schema_of(connection)}
    return MigrationContext.configure(connection, opts=opts).get_current_heads()


def _names(connection: Connection) -> set[str]:
    inspector, schema = inspect(connection), schema_of(connection)
    return {*inspector.get_table_names(schema), *inspector.get_view_names(schema)}


def _carry(connection: Connection, source: str, target: str) -> None:
    """Not by renaming: PostgreSQL would keep the old name of the key, which another Alembic may want for its own."""
    command.stamp(migration_config(connection, target), _heads(connection, source)[0])
    connection.exec_driver_sql(f"DROP TABLE {source}")
