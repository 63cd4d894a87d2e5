"""A fixed number of places. Who finds none is told so at once: a queue would only make everybody late."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping

from widget_server.errors import Overloaded
from widget_server.services.ports import Exchange, StepPay

log = logging.getLogger("widget_server.steppay")

RETRY_SECONDS = 2


class Places:
    """Given out to one call each (`with places:`), never more than `number` at a time. Raises `errors.Overloaded` where
    all are taken."""

    def __init__(self, number: int) -> None:
        self._free = number
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
        log.warning("overloaded")
        raise Overloaded("all places are taken", retry_after_seconds=RETRY_SECONDS)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._free += 1


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
        with self._places:
            return self._exchange.get_order(order_code)

    def find_receipt(self, id_key: str) -> Mapping[str, object] | None:
        with self._places:
            return self._exchange.find_receipt(id_key)
