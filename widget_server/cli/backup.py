"""`widget-server backup`: the database, the signing keys and the settings in one file, while the server runs."""

import os
import sqlite3
import sys
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import click
from sqlalchemy import make_url

from widget_server.cli.environment import settings_from_environment
from widget_server.cli.output import fail
from widget_server.config import Settings

_STDOUT = "-"


@click.command()
@click.argument("target", metavar="FILE")
def backup(target: str) -> None:
    """Write the SQLite database, the signing keys and .env into a new tar FILE; - is the standard output.

    The server may run meanwhile. FILE holds secrets: only this account can read it.
    """
    settings = settings_from_environment()
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        fail(f"The database is PostgreSQL: back it up with pg_dump, and copy {settings.signing_key_file} and .env.")
    database = Path(url.database or "").resolve()
    if not database.is_file():
        fail(f"There is no database {database} yet; the first start makes it.")
    try:
        with _opened(target) as stream:
            _write(stream, database, settings)
    except FileExistsError:
        fail(f"{target} is there already; name a new file.")
    except (OSError, sqlite3.Error) as error:
        fail(f"The backup failed and is not complete: {error}.")


@contextmanager
def _opened(target: str) -> Iterator[BinaryIO]:
    if target == _STDOUT:
        yield sys.stdout.buffer
        return
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        try:
            yield stream
        except BaseException:
            Path(target).unlink()
            raise


def _write(stream: BinaryIO, database: Path, settings: Settings) -> None:
    """The copy of the database lies next to it for a moment: /tmp may be memory."""
    with TemporaryDirectory(dir=database.parent, prefix="backup-") as folder:
        copy = Path(folder) / database.name
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
        copy.chmod(0o600)
        with tarfile.open(fileobj=stream, mode="w|") as archive:
            for file in filter(Path.is_file, (copy, settings.signing_key_file, Path(".env"))):
                archive.add(file, file.name)
