"""The job worker as a thread of the shop's own process, for a shop with one process or a few."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

from widget_server.errors import ConfigurationError, StorageError
from widget_server.extension.forks import begins_anew
from widget_server.logs import exception_summary

log = logging.getLogger("widget_server.worker")

_RESTART_SECONDS = 1.0
_STEP_SECONDS = 0.1
_AT_THE_END = "interpreter shutdown"
"""Of the `RuntimeError` that concurrent.futures raises for new work while the process ends: Python 3.13 does so before
it marks the main thread as ended. Jobs that were leased in that moment begin elsewhere when their lease ends."""


class Runs(Protocol):
    def run(self, stop: threading.Event, alive: Callable[[], bool]) -> None:
        """Until `stop` is set or `alive` says no."""


class WorkerThread:
    """One for each process, from its first request on; leases keep several from doing the same job. `make` prepares
    the database and may raise; it is tried again."""

    def __init__(self, make: Callable[[], Runs]) -> None:
        self._make = make
        self.start_empty()
        begins_anew(self)

    def start_empty(self) -> None:
        """As a process that was forked needs it: none of its parent's threads is there."""
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._thread: threading.Thread | None = None

    def ensure(self) -> None:
        """Start it, once."""
        if self._thread is not None:
            return
        with self._lock:
            if self._thread is None:
                # No daemon: the interpreter waits for it at its end, so that no job is cut off in the middle.
                self._thread = threading.Thread(target=self._run, name="steppay-worker")
                self._thread.start()

    def stop(self) -> None:
        """Let the jobs in progress end, and wait for them. The process has no worker from then on."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while self._goes_on():
            try:
                self._make().run(self._stop, self._goes_on)
            except (StorageError, ConfigurationError) as error:
                log.error("worker_not_started error=%s", exception_summary(error))
            except Exception as error:  # noqa: BLE001 - a bug must not end the worker for good
                if self._goes_on() and _AT_THE_END not in str(error):
                    log.critical("worker_died error=%s", exception_summary(error))
            self._pause()

    def _goes_on(self) -> bool:
        """Python marks the main thread as ended before it waits for the others."""
        return not self._stop.is_set() and threading.main_thread().is_alive()

    def _pause(self) -> None:
        until = time.monotonic() + _RESTART_SECONDS
        while self._goes_on() and time.monotonic() < until:
            self._stop.wait(_STEP_SECONDS)
