"""Writers who wait at the same time share one transaction, and so one wait for the disk (docs/decisions/0032).

With `synchronous = FULL` SQLite waits for the disk at each commit, and only one connection may write. The first caller
writes for all who wait; callers that come meanwhile wait for the next transaction. A caller gets its result only after
its own write is durable, and a single caller waits for no other. PostgreSQL groups commits by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

from widget_server.adapters.store.sql import DbConnection
from widget_server.errors import StorageError

_Result = TypeVar("_Result")
Begin = Callable[[], AbstractContextManager[DbConnection]]
"""A transaction."""

AcquireLock = Callable[[], AbstractContextManager[None]]
"""Waits for other processes (`write_lock.advisory_write_lock`)."""

MAX_BATCH = 64
"""Transactions stay short for other processes, too."""


class _PendingWrite:
    """What one caller wants written, and what became of it."""

    def __init__(self, work: Callable[[DbConnection], None]) -> None:
        self.work = work
        self.woken = threading.Event()
        self.is_over = False
        self.error: Exception | None = StorageError("it was not written")


class GroupCommit:
    """One caller at a time leads: writes for all who wait, then wakes them and the first who came meanwhile, who leads
    next. So no caller writes for others for longer than one transaction. `lock` is around each."""

    def __init__(self, lock: AcquireLock = nullcontext) -> None:
        self._process_lock = lock
        self._lock = threading.Lock()
        self._waiting: list[_PendingWrite] = []
        self._is_led = False

    def run(self, begin: Begin, work: Callable[[DbConnection], _Result]) -> _Result:
        """What `work` gives, once it is durable. Raises what `begin` and `work` raise. `work` may run twice: the first
        time is rolled back when another caller's fails."""
        results: list[_Result] = []

        def keep(db: DbConnection) -> None:
            results[:] = [work(db)]

        item = _PendingWrite(keep)
        with self._lock:
            self._waiting.append(item)
            must_wait, self._is_led = self._is_led, True
        if must_wait:
            item.woken.wait()
        if not item.is_over:
            self._lead(begin)
        if item.error is not None:
            raise _own(item.error)
        return results[0]

    def _lead(self, begin: Begin) -> None:
        items: list[_PendingWrite] = []
        try:
            with self._process_lock():
                items = self._take_waiting()  # with those who came while the lock was waited for
                _write(begin, items)
        finally:
            self._hand_over(items)

    def _take_waiting(self) -> list[_PendingWrite]:
        with self._lock:
            items, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            return items

    def _hand_over(self, items: list[_PendingWrite]) -> None:
        with self._lock:
            heirs = self._waiting[:1]
            self._is_led = bool(heirs)
        for item in items:
            item.is_over = True
        for item in items + heirs:
            item.woken.set()


def _write(begin: Begin, items: Sequence[_PendingWrite]) -> None:
    """All of them, or all without those whose own work fails. When the database fails as a whole, all fail at once."""
    left = list(items)
    while left:
        at_work: _PendingWrite | None = None
        try:
            with begin() as db:
                for at_work in left:
                    at_work.work(db)
                at_work = None
        except Exception as error:  # noqa: BLE001  # each caller gets it raised
            for item in [at_work] if at_work else list(left):
                item.error = error
                left.remove(item)
        else:
            for item in left:
                item.error = None
            return


def _own(error: Exception) -> Exception:
    """A copy of what several callers may raise: one exception is not raised in many threads."""
    if not isinstance(error, StorageError):
        return error
    copy = StorageError(error.detail)
    copy.__cause__ = error.__cause__
    return copy
