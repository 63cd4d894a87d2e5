"""Writers who wait at the same time share one transaction, and so one wait for the disk (docs/decisions/0032).

With `synchronous = FULL` SQLite waits for the disk at each commit, and only one connection may write. The first caller
writes for all who wait; callers that come meanwhile wait for the next transaction. A caller gets its result only after
its own write is durable, and a single caller waits for no other.

Processes that write to one file take turns, too. SQLite sleeps up to 100 ms between two attempts to write (sqlite3.c,
`sqliteDefaultBusyCallback`), while another process may take and release the lock many times: two busy processes were
idle for a fifth of their time (docs/decisions/0037).
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from widget_server.adapters.store.forks import register
from widget_server.adapters.store.sql import DbConnection
from widget_server.errors import StorageError

_Result = TypeVar("_Result")
_Work = Callable[[DbConnection], Any]
Transact = Callable[[_Work], object]
"""Does the work in a transaction."""

MAX_BATCH = 64
"""Transactions stay short for other processes, too."""
POLL_SECONDS = 0.0003
TURN_SECONDS = 0.25
"""A turn is advisory only: a process that has waited so long goes on, and SQLite's own lock decides."""


class _PendingWrite:
    """What one caller wants written, and what became of it."""

    def __init__(self, work: _Work) -> None:
        self.work = work
        self.waits = threading.Lock()
        self.waits.acquire()  # released when the write is over, or when its caller has to lead
        self.is_over = False
        self.result: Any = None
        self.error: Exception | None = StorageError("it was not written")


class GroupCommit:
    """One caller at a time leads: writes for all who wait, then wakes them and the first who came meanwhile, who leads
    next. So no caller writes for others for longer than one transaction. Processes that name the same `folder` take
    turns with their transactions."""

    def __init__(self, transact: Transact, folder: Path) -> None:
        self._transact = transact
        self._folder = folder
        self.start_afresh()
        register(self)

    def before_fork(self) -> None:
        """Its writers wait for their connection meanwhile."""

    def is_at_rest(self) -> bool:
        return True

    def after_fork(self) -> None:
        """They go on."""

    def start_afresh(self, *, was_at_rest: bool = True) -> None:
        """Without any caller: in a child process none of its parent's comes to an end."""
        self._lock = threading.Lock()
        self._waiting: list[_PendingWrite] = []
        self._is_led = False

    def run(self, work: Callable[[DbConnection], _Result]) -> _Result:
        """What `work` gives, once it is durable. Raises what `work` and the transaction raise. `work` may run twice:
        the first time is rolled back when another caller's fails."""
        item = _PendingWrite(work)
        with self._lock:
            self._waiting.append(item)
            must_wait, self._is_led = self._is_led, True
        if must_wait:
            item.waits.acquire()
        if not item.is_over:
            self._lead()
        if item.error is not None:
            raise _own(item.error)
        result: _Result = item.result
        return result

    def _lead(self) -> None:
        items: list[_PendingWrite] = []
        turn = wait_for_turn(self._folder)
        try:
            with self._lock:  # with those who came while the turn was waited for
                items, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            self._write(items)
        finally:
            if turn is not None:
                end_turn(turn)
            self._hand_over(items)

    def _hand_over(self, items: list[_PendingWrite]) -> None:
        with self._lock:
            heirs = self._waiting[:1]
            self._is_led = bool(heirs)
        for item in items:
            item.is_over = True
        for item in items + heirs:
            item.waits.release()

    def _write(self, items: list[_PendingWrite]) -> None:
        """All of them, or all without those whose own work fails. When the database fails as a whole, all fail at
        once."""
        left = list(items)
        at_work: _PendingWrite | None = None

        def write_all(db: DbConnection) -> None:
            nonlocal at_work
            for at_work in left:
                at_work.result = at_work.work(db)
            at_work = None

        while left:
            try:
                self._transact(write_all)
            except Exception as error:  # noqa: BLE001  # each caller gets it raised
                for item in [at_work] if at_work else list(left):
                    item.error = error
                    left.remove(item)
                at_work = None
            else:
                for item in left:
                    item.error = None
                return


def wait_for_turn(folder: Path) -> int | None:
    """The turn lasts until `end_turn`, or until this process ends. None: there is no such folder, and no process waits.

    It is the folder that is locked. Closing another descriptor of the database itself would let go of SQLite's own
    locks (sqlite.org/howtocorrupt.html, 2.2).
    """
    try:
        turn = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    ends = time.monotonic() + TURN_SECONDS
    while not _is_first(turn) and time.monotonic() < ends:
        time.sleep(POLL_SECONDS)
    return turn


def end_turn(turn: int) -> None:
    """Not by closing alone: a process that was forked meanwhile holds the same lock."""
    try:  # noqa: SIM105  # `suppress` costs each write three calls more
        fcntl.flock(turn, fcntl.LOCK_UN)
    except OSError:
        pass  # a file system without such locks
    os.close(turn)


def _is_first(turn: int) -> bool:
    try:
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without such locks: no process waits
    return True


def _own(error: Exception) -> Exception:
    """A copy of what several callers may raise: one exception is not raised in many threads."""
    if not isinstance(error, StorageError):
        return error
    copy = StorageError(error.detail)
    copy.__cause__ = error.__cause__
    return copy
