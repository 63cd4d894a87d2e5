"""A fixed number of places. Who finds none waits a moment in a queue, or is told so at once."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Mapping

from widget_server.errors import Overloaded
from widget_server.services.ports import Exchange, StepPay

log = logging.getLogger("widget_server.steppay")

RETRY_SECONDS = 2


class Bulkhead:
    """Given out to one call each (`with places:`), never more than `number` at a time. Where all are taken, callers
    wait for at most `wait_seconds`, first come, first served. Raises `errors.Overloaded` to those who get none."""

    def __init__(self, number: int, wait_seconds: float = 0.0) -> None:
        self._free = number
        self._wait_seconds = wait_seconds
        self._queue: deque[threading.Lock] = deque()  # held locks; released when a place is handed over
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = self._enqueue_waiter()
        if not (turn.acquire(timeout=self._wait_seconds) or self._leave_queue(turn)):
            log.warning("overloaded")
            raise Overloaded("all places are taken", retry_after_seconds=RETRY_SECONDS)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._queue:
                self._queue.popleft().release()
            else:
                self._free += 1

    def _enqueue_waiter(self) -> threading.Lock:
        turn = threading.Lock()
        turn.acquire()
        self._queue.append(turn)
        return turn

    def _leave_queue(self, turn: threading.Lock) -> bool:
        """Leave the queue, unless a place was handed over at the last moment."""
        with self._lock:
            if turn not in self._queue:
                return True
            self._queue.remove(turn)
            return False


class BulkheadStepPay:
    """Implements `ports.StepPay`: at most `places` calls of `steppay` at the same time."""

    def __init__(self, steppay: StepPay, places: int, wait_seconds: float = 0.0) -> None:
        self._steppay = steppay
        self._places = Bulkhead(places, wait_seconds)

    def open_exchange(self) -> Exchange:
        return _CappedExchange(self._steppay.open_exchange(), self._places)


class _CappedExchange:
    def __init__(self, exchange: Exchange, places: Bulkhead) -> None:
        self._exchange = exchange
        self._places = places

    def get_order(self, order_code: str) -> Mapping[str, object]:
        with self._places:
            return self._exchange.get_order(order_code)

    def find_receipt(self, id_key: str) -> Mapping[str, object] | None:
        with self._places:
            return self._exchange.find_receipt(id_key)
