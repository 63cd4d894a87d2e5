"""Processes that write to one SQLite file take turns, instead of finding it locked and sleeping.

SQLite lets one connection write at a time. A process that finds it locked sleeps up to 100 ms between two attempts
(sqlite3.c, `sqliteDefaultBusyCallback`), while the other process may take and release the lock many times: two busy
processes were idle for a fifth of their time (docs/decisions/0037).
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_SECONDS = 0.0003
LOCK_TIMEOUT = 0.25
"""It is advisory only: a process that has waited so long goes on, and SQLite's own lock decides."""


@contextmanager
def advisory_write_lock(folder: Path) -> Iterator[None]:
    """Around a transaction. Processes that name the same folder take turns.

    It is the folder that is locked. Closing another descriptor of the database itself would let go of SQLite's own
    locks (sqlite.org/howtocorrupt.html, 2.2).
    """
    queue = _enqueue(folder)
    try:
        yield
    finally:
        if queue is not None:
            os.close(queue)  # which lets the next one in; so does the end of the process


def _enqueue(folder: Path) -> int | None:
    try:
        queue = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    ends = time.monotonic() + LOCK_TIMEOUT
    while not _try_lock(queue) and time.monotonic() < ends:
        time.sleep(POLL_SECONDS)
    return queue


def _try_lock(queue: int) -> bool:
    try:
        fcntl.flock(queue, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without such locks: no process waits
    return True
