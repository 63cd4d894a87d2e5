"""Runs Alembic. This module and the migrations alone load it, where one of them runs (docs/decisions/0088)."""

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from widget_server.adapters.store import ownership


def upgrade(connection: Connection, revision: str) -> None:
    """In the caller's transaction. Raises `UnknownRevision`, and what SQLAlchemy raises."""
    try:
        command.upgrade(_config(connection), revision)
    except CommandError as error:
        raise ownership.UnknownRevision from error


def downgrade(connection: Connection, revision: str) -> None:
    """As `upgrade`."""
    try:
        command.downgrade(_config(connection), revision)
    except CommandError as error:
        raise ownership.UnknownRevision from error


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", _escaped(ownership.SCRIPTS))
    config.set_main_option("version_locations", "\n".join(map(_escaped, ownership.VERSIONS)))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    return config


def _escaped(folder: object) -> str:
    """A percent sign begins a variable in Alembic's file of settings."""
    return str(folder).replace("%", "%%")
