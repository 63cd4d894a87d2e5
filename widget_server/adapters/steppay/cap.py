"""A fixed number of places. Who finds none is told so at once: a queue would only make everybody late."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from widget_server.errors import Overloaded
from widget_server.services.ports import Exchange, StepPay

log = logging.getLogger("widget_server.steppay")

RETRY_SECONDS = 2


class Places:
    """Given out to one call each, never more than `number` at a time."""

    def __init__(self, number: int) -> None:
        self._free = threading.BoundedSemaphore(number)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Raises `errors.Overloaded` where all are taken."""
        if not self._free.acquire(blocking=False):
            log.warning("overloaded")
            raise Overloaded("all places are taken", retry_after_seconds=RETRY_SECONDS)
        try:
            yield
        finally:
            self._free.release()


class CappedStepPay:
    """Implements `ports.StepPay`: at most `places` calls of `steppay` at the same time."""

    def __init__(self, steppay: StepPay, places: int) -> None:
        self._steppay = steppay
        self._places = Places(places)

    def open_exchange(self) -> Exchange:
        return _CappedExchange(self._steppay.open_exchange(), self._places)


class _CappedExchange:
    def __init__(self, exchange: Exchange, places: Places) -> None:
        self._exchange = exchange
        self._places = places

    def get_order(self, order_code: str) -> Mapping[str, object]:
        with self._places.taken():
            return self._exchange.get_order(order_code)

    def find_receipt(self, id_key: str) -> Mapping[str, object] | None:
        with self._places.taken():
            return self._exchange.find_receipt(id_key)
