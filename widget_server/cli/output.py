"""What commands share: how they end, and how they open the database."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click
from sqlalchemy import Engine

from widget_server.adapters.store.database import make_engine, shown
from widget_server.config import Settings
from widget_server.errors import ConfigurationError, StorageError

_BAD_CONFIGURATION = 2


class CommandGroup(click.Group):
    """Shows a `ConfigurationError` of any command. Exit code 2: only a person can correct it; 1: the next start may
    succeed."""

    def invoke(self, ctx: click.Context) -> object:
        before = os.umask(0o077)  # the database and its log hold what only this account may read
        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            click.echo("The server did not start:", err=True)
            for problem in error.problems:
                click.echo(f"  - {problem}", err=True)
            sys.exit(1 if error.is_transient else _BAD_CONFIGURATION)
        finally:
            os.umask(before)


def fail(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)


@contextmanager
def open_database(settings: Settings) -> Iterator[Engine]:
    engine = make_engine(settings.database_url)
    click.echo(f"Database: {shown(settings.database_url)}", err=True)
    try:
        yield engine
    except StorageError:
        fail("The database cannot be read or written now; `widget-server doctor` says more.")
    finally:
        engine.dispose()


def stop_event() -> threading.Event:
    """Set by SIGINT and SIGTERM."""
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    return stop


def wait_for_stop() -> None:
    stop_event().wait()
    click.echo("\n  Stopped.")
