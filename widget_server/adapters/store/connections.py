"""Open connections, and how the stores read and write through them (docs/decisions/0053).

SQLAlchemy opens each connection and prepares it (database.py). Its pool would need some 60 calls for each statement, so
the short list here lends them.
"""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event
from typing import Any, TypeVar

from sqlalchemy import Engine, event

from widget_server.adapters.store import forks
from widget_server.adapters.store.group_commit import GroupCommit
from widget_server.adapters.store.postgresql import is_primary, limits_of
from widget_server.adapters.store.sql import DbConnection, run, storage_fault
from widget_server.errors import StorageError

MOST_OPEN = 32
"""So many threads use the database at the same time; others wait."""
MOST_IDLE = 16
_OPTION = "widget_server_connections"
_Result = TypeVar("_Result")


def with_connections(engine: Engine, wait_seconds: float) -> Engine:
    """The same engine, for `connections_of`. `wait_seconds`: how long to wait while all connections are in use."""
    return engine.execution_options(**{_OPTION: Connections(engine, wait_seconds)})


def connections_of(engine: Engine) -> Connections:
    connections: Connections = engine.get_execution_options()[_OPTION]
    return connections


class Connections:
    """Every method raises `StorageError` when the database does not do it."""

    def __init__(self, engine: Engine, wait_seconds: float) -> None:
        self._readers = self._writers = _Pool(engine, MOST_OPEN, wait_seconds)
        self._group: GroupCommit | None = None  # PostgreSQL groups commits itself; ours could lock each other's rows
        if engine.dialect.name == "sqlite":
            self._writers = _Pool(engine, 1, wait_seconds)  # one, whose cache of the file stays valid
            self._group = GroupCommit(self._transact, Path(str(engine.url.database)).parent)

    def read(self, statement: str, /, **values: object) -> list[Any]:
        """The rows of one SELECT."""
        db = self._readers.take()
        try:
            rows = run(db, statement, **values)
            if db.limits:
                _commit(db)
        except BaseException:
            self._readers.take_back_failed(db)
            raise
        self._readers.take_back(db)
        return rows

    def read_one(self, statement: str, /, **values: object) -> Any:
        """The first row of one SELECT, or None."""
        rows = self.read(statement, **values)
        return rows[0] if rows else None

    def write(self, work: Callable[[DbConnection], _Result]) -> _Result:
        """What `work` gives, once it is durable. Raises what `work` raises. On SQLite writers who wait share a
        transaction, and `work` may run twice (docs/decisions/0032)."""
        return self._group.run(work) if self._group else self._transact(work)

    def _transact(self, work: Callable[[DbConnection], _Result]) -> _Result:
        db = self._writers.take(writes=True)
        try:
            result = work(db)
            _commit(db)
        except BaseException:
            self._writers.take_back_failed(db)
            raise
        self._writers.take_back(db)
        return result


class _Pool:
    """Lends at most `most` connections, each to one thread. The one that came back last goes first."""

    def __init__(self, engine: Engine, most: int, wait_seconds: float) -> None:
        self._engine, self._most, self._wait_seconds = engine, most, wait_seconds
        self.start_afresh()
        event.listen(engine, "engine_disposed", self.close_idle)
        forks.register(self)

    def start_afresh(self, *, was_at_rest: bool = True) -> None:
        """A child whose parent used SQLite at that moment may not use it at all: it would damage the file."""
        self._refusal = "all connections are in use"
        if not was_at_rest and self._engine.dialect.name == "sqlite":
            self._refusal, self._most, self._wait_seconds = "it was in use when this process was forked", 0, 0.0
        self._fork_ends: Event | None = None
        self._held = 0
        self._idle: list[DbConnection] = []
        # What nothing uses any more, such as a test's application, is closed; Python 3.13 warns where it is not.
        weakref.finalize(self, _close_unless_forked, self._idle, os.getpid()).atexit = False
        self._permits: SimpleQueue[None] = SimpleQueue()
        self._give_permits(self._most)

    def before_fork(self) -> None:
        """Takes all permits, so that no thread has a connection until the fork is over."""
        self._fork_ends = Event()
        ends, self._held = time.monotonic() + self._wait_seconds, 0
        with suppress(Empty):
            while self._held < self._most:
                self._permits.get(timeout=max(0.0, ends - time.monotonic()))
                self._held += 1
        self.close_idle()

    def is_at_rest(self) -> bool:
        return not self._idle and self._held + self._permits.qsize() == self._most

    def after_fork(self) -> None:
        waits, self._fork_ends, given, self._held = self._fork_ends, None, self._held, 0
        self._give_permits(given)
        if waits:
            waits.set()

    def _give_permits(self, count: int) -> None:
        for _ in range(count):
            self._permits.put(None)

    def take(self, *, writes: bool = False) -> DbConnection:
        """One that lives and leads to a server that may be written. `writes`: its transaction has begun."""
        if forks.process != os.getpid():
            forks.begin_child()
        if fork_ends := self._fork_ends:
            fork_ends.wait(self._wait_seconds)
        try:
            self._permits.get(timeout=self._wait_seconds)
        except Empty:
            raise StorageError(f"the database did not answer ({self._refusal})") from None
        try:
            return self._find(writes) or self._open(writes)
        except Exception as error:  # noqa: BLE001  # drivers differ
            self._permits.put(None)
            raise storage_fault(error) from None

    def take_back(self, db: DbConnection) -> None:
        if len(self._idle) < MOST_IDLE:
            self._idle.append(db)
        else:
            _close(db)
        self._permits.put(None)

    def take_back_failed(self, db: DbConnection) -> None:
        """The next user gets it without a rest of this one's work; one that cannot even roll back is gone."""
        try:
            db.driver.rollback()
        except Exception:  # noqa: BLE001  # drivers differ
            _close(db)
            self._permits.put(None)
        else:
            self.take_back(db)

    def close_idle(self, _engine: object = None) -> None:
        while self._idle:
            with suppress(IndexError):  # another thread may take the last one
                _close(self._idle.pop())

    def _find(self, writes: bool) -> DbConnection | None:
        try:
            db = self._idle.pop()
        except IndexError:
            return None
        if _begin(db, writes):
            return db
        _close(db)
        self.close_idle()  # after a failover all that were opened before it are of no use
        return None

    def _open(self, writes: bool) -> DbConnection:
        opened: Any = self._engine.raw_connection()
        is_sqlite, limits = self._engine.dialect.name == "sqlite", limits_of(opened.info)
        opened.detach()
        db = DbConnection(opened.dbapi_connection, is_sqlite, limits)
        if not is_sqlite:
            db.driver.autocommit = True  # BEGIN is ours, with the check in one round trip
        if not _begin(db, writes):
            _close(db)
            raise StorageError("the database may not be written")
        return db


def _close_unless_forked(idle: list[DbConnection], process: int) -> None:
    if process == os.getpid():
        for db in idle:
            _close(db)


def _begin(db: DbConnection, writes: bool) -> bool:
    """False: it leads nowhere any more, or to a server that may not be written."""
    if not db.is_sqlite:
        return is_primary(db.driver, f"; BEGIN; {db.limits}" if writes or db.limits else "")
    if writes:
        try:
            db.driver.execute("BEGIN IMMEDIATE")
        except BaseException:
            _close(db)
            raise
    return True


def _commit(db: DbConnection) -> None:
    try:
        db.driver.commit()
    except Exception as error:  # noqa: BLE001  # drivers differ
        raise storage_fault(error) from None


def _close(db: DbConnection) -> None:
    with suppress(Exception):  # whatever it says, it is not used again
        db.driver.close()
