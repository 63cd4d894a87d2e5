"""Alerts in a process that serves pages: it looks once a minute, and sends what no worker has taken
(docs/decisions/0068)."""

import logging
import threading
import time
from collections.abc import Callable

from widget_server.errors import StorageError
from widget_server.logs import exception_summary
from widget_server.server.worker import Worker

log = logging.getLogger("widget_server.alerts")

LOOK_SECONDS = 60.0
_STEP_SECONDS = 0.5


class AlertLoop:
    """`look` and `has_late_message` may raise `StorageError`. `make_sender`: a worker for these messages alone."""

    def __init__(
        self, look: Callable[[], None], has_late_message: Callable[[], bool], make_sender: Callable[[], Worker]
    ) -> None:
        self._look, self._has_late_message, self._make_sender = look, has_late_message, make_sender

    def run(self, stop: threading.Event, alive: Callable[[], bool] = lambda: True) -> None:
        """Until `stop` is set or `alive` says no."""
        next_at = time.monotonic()
        while not stop.is_set() and alive():
            if time.monotonic() >= next_at:
                next_at = time.monotonic() + LOOK_SECONDS
                self.round(stop, alive)
            stop.wait(_STEP_SECONDS)

    def round(self, stop: threading.Event, alive: Callable[[], bool] = lambda: True) -> None:
        """One look, and the messages that are late by now."""
        try:
            self._look()
            if self._has_late_message():
                self._make_sender().run(stop, lambda: alive() and self._has_late_message())
        except StorageError as fault:
            log.error("alerts_not_read error=%s", exception_summary(fault))
        except Exception as error:  # noqa: BLE001 - a bug here must not end the looking
            log.critical("alerts_failed error=%s", exception_summary(error))

    def start(self) -> None:
        """In a thread that ends with the process: a message that is cut off is sent again elsewhere."""
        threading.Thread(target=self.run, args=(threading.Event(),), name="steppay-alerts", daemon=True).start()
