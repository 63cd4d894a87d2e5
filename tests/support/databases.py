"""The one place that says which database the tests use: SQLite files, or PostgreSQL with TEST_DATABASE=postgresql.

A test names its database by a path, on PostgreSQL too: there each path is a database of its own in one cluster, which
starts when the first test asks for it and ends with the tests.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import count
from pathlib import Path

from sqlalchemy import Engine, NullPool, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from tools.postgres_cluster import Cluster, cluster, find_programs
from widget_server.adapters.store.schema_version import find_revision, newest_revision
from widget_server.adapters.store.tables import metadata
from widget_server.errors import StorageError

POSTGRESQL = os.environ.get("TEST_DATABASE") == "postgresql"
_to_close = ExitStack()
_names: dict[Path, str] = {}
_clean: list[str] = []
_numbers = count(1)


def url_of(file: Path) -> str:
    """The address of the database at this path. On PostgreSQL it is there then, and empty if it was not before."""
    if not POSTGRESQL:
        return f"sqlite:///{file}"
    if file not in _names:
        _names[file] = _make("template1")
    return _url(_names[file])


def copy(source: Path, file: Path) -> str:
    """The migrated and empty database at `source`, which is not in use now, also at `file`; gives its address."""
    if not POSTGRESQL:
        shutil.copy(source, file)
        file.chmod(0o600)  # as the server makes it
    elif file not in _names:
        _names[file] = _clean.pop() if _clean else _make(_names[source])
    return url_of(file)


def drop(file: Path) -> None:
    """SQLite's files go with their folder. Emptied, a database serves the next test: making one takes much longer."""
    if not POSTGRESQL:
        return
    name = _names.pop(file)
    if _is_emptied(name):
        _clean.append(name)
    else:  # a test broke it
        _run(f"DROP DATABASE {name} WITH (FORCE)")


def _is_emptied(name: str) -> bool:
    statements = ["SET lock_timeout = 2000", *(f"DELETE FROM {table}" for table in metadata.tables)]
    try:
        _run("; ".join(statements), name)
        return find_revision(_server(name)) == newest_revision()
    except (SQLAlchemyError, StorageError):
        return False


def shut(engine: Engine) -> None:
    """PostgreSQL: this database is closed, and its open sessions are ended."""
    name = str(engine.url.database)
    _run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    _run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


@contextmanager
def crashed() -> Iterator[None]:
    """PostgreSQL is dead, as after a power failure, until the block ends."""
    _cluster().crash()
    try:
        yield
    finally:
        _cluster().start()


def close() -> None:
    """End the cluster, if it was started."""
    _to_close.close()


@cache
def _cluster() -> Cluster:
    programs = find_programs()
    assert programs is not None, "tests/conftest.py skips these tests without PostgreSQL"
    folder = Path(_to_close.enter_context(tempfile.TemporaryDirectory(prefix="steppay-pg-")))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    return _to_close.enter_context(cluster(programs, folder, port))


@cache
def _server(name: str) -> Engine:
    url = make_url(_url(name)).set(drivername="postgresql+psycopg")
    return create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)


def _url(name: str) -> str:
    return make_url(_cluster().url).set(database=name).render_as_string(hide_password=False)


def _make(template: str) -> str:
    name = f"test{next(_numbers)}"
    _run(f"CREATE DATABASE {name} TEMPLATE {template}")
    return name


def _run(statement: str, name: str = "postgres") -> None:
    with _server(name).connect() as connection:
        connection.exec_driver_sql(statement)
