"""How commands open the database."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import Engine

from widget_server.adapters.store.database import make_engine, shown
from widget_server.cli.output import fail
from widget_server.config import Settings
from widget_server.errors import StorageError


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
