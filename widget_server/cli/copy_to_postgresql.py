"""`widget-server copy-to-postgresql`: from a SQLite file to PostgreSQL, with the work that is not finished
(docs/durability.md)."""

from contextlib import ExitStack

import click
from sqlalchemy import Engine

from widget_server.adapters.store.copy_database import MoveRefused, move
from widget_server.adapters.store.database import SETTING, make_engine, shown
from widget_server.adapters.store.schema_version import missing_file
from widget_server.cli.environment import settings_from_environment
from widget_server.cli.output import fail
from widget_server.clock import utc_now
from widget_server.errors import ConfigurationError, StorageError

_COPIED = f"""
Everything is there. Set {SETTING} to the new database and start the server.
The old database was only read: keep it until you have seen the new one work."""


@click.command("copy-to-postgresql")
@click.option(
    "--to",
    required=True,
    help="postgresql://user@host/name, where this server has no rows yet; it may be your shop's. The password may come "
    "from PGPASSWORD or ~/.pgpass, so that no list of processes shows it.",
)
def copy_to_postgresql(to: str) -> None:
    """Copy everything from WIDGET_DATABASE_URL into another database. Stop the server before."""
    url = settings_from_environment().database_url
    if missing_file(url):
        fail(f"{SETTING}: there is no such file.")
    with ExitStack() as stack:
        source, target = make_engine(url), _target(to)
        for engine in (source, target):
            stack.callback(engine.dispose)
        click.echo(f"From: {shown(url)}\nTo: {shown(to)}", err=True)
        _copy(source, target)


def _target(url: str) -> Engine:
    try:
        return make_engine(url)
    except ConfigurationError as error:
        raise ConfigurationError([problem.replace(SETTING, "--to") for problem in error.problems]) from None


def _copy(source: Engine, target: Engine) -> None:
    try:
        counts = move(source, target, utc_now())
    except MoveRefused as refusal:
        fail(f"Nothing was copied. {refusal}")
    except StorageError as error:
        fail(f"Nothing was copied: {error.detail}. `widget-server doctor` looks at the source.")
    for table, rows in counts.items():
        click.echo(f"  {table:<26} {rows:>9}")
    click.echo(_COPIED)
