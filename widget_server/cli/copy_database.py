"""`widget-server copy-to-postgresql`: from a SQLite file to PostgreSQL, with the work that is not finished
(docs/durability.md)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import NoReturn

import click
from sqlalchemy import Engine

from widget_server.adapters.store.copy_database import MoveRefused, move
from widget_server.adapters.store.database import SETTING, make_engine, shown
from widget_server.adapters.store.schema_version import missing_file
from widget_server.app import utc_now
from widget_server.config import Settings
from widget_server.errors import ConfigurationError, StorageError

_MOVED = f"""
Everything is there. Set {SETTING} to the new database and start the server.
The old database was only read: keep it until you have seen the new one work."""


def move_command(
    read: Callable[[], Settings], explains_problems: Callable[[Callable[..., None]], Callable[..., None]]
) -> click.Command:
    @click.command("copy-to-postgresql")
    @click.option(
        "--to",
        required=True,
        help="postgresql://user@host/name of an empty database. The password may come from PGPASSWORD or ~/.pgpass, "
        "so that it stands in no list of processes.",
    )
    @explains_problems
    def move_all(to: str) -> None:
        """Copy everything from WIDGET_DATABASE_URL into another database. Stop the server before."""
        settings = read()
        if missing_file(settings.database_url):
            _end(f"{SETTING}: there is no such file.")
        with ExitStack() as stack:
            source, target = make_engine(settings.database_url), _target(to)
            for engine in (source, target):
                stack.callback(engine.dispose)
            click.echo(f"From: {shown(settings.database_url)}\nTo: {shown(to)}", err=True)
            _move(source, target)

    return move_all


def _target(url: str) -> Engine:
    try:
        return make_engine(url)
    except ConfigurationError as fault:
        raise ConfigurationError([problem.replace(SETTING, "--to") for problem in fault.problems]) from None


def _move(source: Engine, target: Engine) -> None:
    try:
        counts = move(source, target, utc_now())
    except MoveRefused as refusal:
        _end(f"Nothing was moved. {refusal}")
    except StorageError as fault:
        _end(f"Nothing was moved: {fault.detail}. `widget-server doctor` looks at the source.")
    for table, rows in counts.items():
        click.echo(f"  {table:<18} {rows:>9}")
    click.echo(_MOVED)


def _end(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)
