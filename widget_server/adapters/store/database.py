"""The SQLAlchemy engine, with what makes SQLite durable and safe for several threads and processes."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from widget_server.adapters.store.connections import with_connections
from widget_server.adapters.store.postgresql import connect_args, tend, with_hosts_as_options
from widget_server.errors import ConfigurationError, TransientProblem

SETTING = "WIDGET_DATABASE_URL"
OLDEST_SQLITE = (3, 35)
"""It knows RETURNING, which every insert here uses (sqlite.org/lang_returning.html)."""
_NO_DRIVER = 'the driver of this database is not installed: pip install ".[postgresql]" in the checkout'
_WRITES = "widget_server_writes"


def make_engine(url: str, *, busy_timeout_ms: int = 5000) -> Engine:
    """An engine that has not connected yet. `busy_timeout_ms` also limits the wait for a pooled connection.

    Raises `ConfigurationError` for a URL that cannot work here, without repeating it: it may hold a password.
    """
    parsed = _parse(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if is_sqlite:
        _check_sqlite()
        _check_sqlite_file(parsed)
    try:
        engine = create_engine(
            parsed,
            poolclass=NullPool,  # for migrations and moves; the stores have connections.py
            hide_parameters=True,  # bound values would otherwise stand in every error message
            connect_args={} if is_sqlite else connect_args(parsed),
        )
    except (ImportError, NoSuchModuleError):
        raise ConfigurationError([f"{SETTING}: {_NO_DRIVER}"]) from None
    if is_sqlite:
        _tune_sqlite(engine, busy_timeout_ms)
    else:
        tend(engine, busy_timeout_ms)
    return with_connections(engine, busy_timeout_ms / 1000)


def for_writing(engine: Engine) -> Engine:
    """The same pool; its transactions take SQLite's write lock at once, when waiting is still possible.

    SQLite refuses, without any waiting, to turn a transaction that began with a read into a writing one.
    """
    return engine.execution_options(**{_WRITES: True})


def make_private_file(engine: Engine) -> None:
    """A new SQLite file, for this account alone, whatever the process's umask is. SQLite gives its log the same rights.
    An error is left to the first connection."""
    if engine.dialect.name == "sqlite":
        with suppress(OSError):
            os.close(os.open(str(engine.url.database), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def use_write_ahead_log(engine: Engine) -> None:
    """SQLite: those who read and the one who writes do not wait for each other. The file keeps it, so only a file of
    ours gets it. Raises `sqlite3.Error`."""
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA journal_mode = WAL")


def disable_statement_timeouts(connection: Connection) -> None:
    """For this transaction only: a migration or a move may wait for others, and may take long."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")


def _parse(url: str) -> URL:
    try:
        parsed = make_url(with_hosts_as_options(url))
    except (ArgumentError, ValueError):
        raise ConfigurationError([f"{SETTING}: not a database URL"]) from None
    if "@" in (parsed.host or ""):
        raise ConfigurationError([f"{SETTING}: the password holds an @; write it as %40"])
    # SQLAlchemy would take psycopg2, which its authors do not develop any more.
    return parsed.set(drivername="postgresql+psycopg") if parsed.drivername == "postgresql" else parsed


def shown(url: str) -> str:
    """The database for people: without user, password and options. Raises `ConfigurationError`."""
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        return f"SQLite, {Path(parsed.database or '').resolve()}"
    hosts = parsed.host or parsed.query.get("host", "the local socket")
    places = hosts if isinstance(hosts, str) else ", ".join(hosts)
    port = f":{parsed.port}" if parsed.port else ""
    return f"PostgreSQL, {parsed.database or 'the default database'} at {places}{port}"


def _check_sqlite() -> None:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        wanted = ".".join(map(str, OLDEST_SQLITE))
        sentence = f"this Python has SQLite {sqlite3.sqlite_version}, which is older than {wanted}"
        raise ConfigurationError([f"{SETTING}: {sentence}; use PostgreSQL or a newer Python"])


def _check_sqlite_file(url: URL) -> None:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise ConfigurationError([f"{SETTING}: SQLite needs the path of a file, or checkouts are lost"])
    if not Path(url.database).parent.is_dir():
        raise ConfigurationError([TransientProblem(f"{SETTING}: the folder of the SQLite file does not exist")])


def _tune_sqlite(engine: Engine, busy_timeout_ms: int) -> None:
    """BEGIN is ours: SQLAlchemy, SQLite page, "Enabling Non-Legacy SQLite Transactional Modes"."""

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {int(busy_timeout_ms)}")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
