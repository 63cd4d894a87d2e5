"""Callers who ask about the same order at the same time share one exchange with StepPay.

Shared are StepPay's answers, never a verdict: each caller comes with a claim of its own. Nothing is kept. A caller
joins only while the order call is on its way, so every answer it gets arrived after it asked: an unpaid answer is
never handed to somebody who comes later. See docs/decisions/0011.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from widget_server.errors import OrderNotFound, UpstreamError, UpstreamTimeout, UpstreamUnavailable
from widget_server.services.ports import Exchange, StepPay

Body = Mapping[str, object] | None
Fetch = Callable[[Exchange], Body]
_Fault = UpstreamError | OrderNotFound

BUDGET_SECONDS = 8.0


class SingleFlightStepPay:
    """Implements `ports.StepPay`. Nobody waits longer than `budget_seconds` (of `clock`, monotonic) for another's
    call."""

    def __init__(
        self,
        steppay: StepPay,
        *,
        budget_seconds: float = BUDGET_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._steppay = steppay
        self._budget_seconds = budget_seconds
        self._clock = clock
        self._flights: dict[str, _Flight] = {}
        self._lock = threading.Lock()

    def open_exchange(self) -> Exchange:
        return _SharedExchange(self, self._clock() + self._budget_seconds)

    def seconds_until(self, ends_at: float) -> float:
        return max(0.0, ends_at - self._clock())

    def join(self, order_code: str) -> _Flight:
        """The flight whose order call has not come back yet, or a new one."""
        with self._lock:
            flight = self._flights.get(order_code)
            if flight is None:
                flight = self._flights[order_code] = _Flight(self._steppay.open_exchange())
            flight.callers += 1
            return flight

    def close(self, order_code: str, flight: _Flight) -> None:
        """Nobody may join `flight` any more: its order call is back."""
        with self._lock:
            if self._flights.get(order_code) is flight:
                del self._flights[order_code]


class _Flight:
    """One exchange with StepPay and its calls, by name. `callers` are those on board."""

    def __init__(self, exchange: Exchange) -> None:
        self.callers = 0
        self._exchange = exchange
        self._calls: dict[tuple[object, ...], _Call] = {}
        self._lock = threading.Lock()

    def ask(self, name: tuple[object, ...], ask: Fetch, seconds_left: Callable[[], float]) -> Body:
        """The first to ask makes the call, the others get what it brings: the answer, or a fault of the same kind."""
        with self._lock:
            call = self._calls.get(name)
            is_first = call is None
            if call is None:
                call = self._calls[name] = _Call()
        return call.lead(ask, self._exchange) if is_first else call.follow(seconds_left())

    def forget_order(self, look: int) -> None:
        """An order holds personal data and 20 KB: nobody needs it while its receipt is asked for, unless others share
        it. Only after `SingleFlightStepPay.close`, when nobody comes on board any more."""
        if self.callers == 1:
            self._calls.pop(("order", look), None)


class _Call:
    """A call on its way to StepPay, and what it brought. It is on its way while its lock is held: a bare lock, because
    almost every caller is alone and should pay nothing for sharing."""

    def __init__(self) -> None:
        self._answer: Body = None
        self._fault: _Fault | None = _NOT_COMPLETED
        self._on_its_way = threading.Lock()
        self._on_its_way.acquire()

    def lead(self, ask: Fetch, exchange: Exchange) -> Body:
        try:
            self._answer = ask(exchange)
            self._fault = None
        except (UpstreamError, OrderNotFound) as fault:
            self._fault = _copy(fault)
            raise
        finally:  # after a bug too: it is seen here, and must not leave the others waiting
            self._on_its_way.release()
        return self._answer

    def follow(self, seconds: float) -> Body:
        if not self._on_its_way.acquire(timeout=seconds):
            raise UpstreamTimeout("StepPay did not answer in time")
        self._on_its_way.release()
        if self._fault is not None:
            raise _copy(self._fault)
        return self._answer


_NOT_COMPLETED = UpstreamUnavailable("the call was not completed")


def _copy(fault: _Fault) -> _Fault:
    """One exception is not raised in many threads."""
    return type(fault)(fault.detail, retry_after_seconds=fault.retry_after_seconds)


class _SharedExchange:
    """Implements `ports.Exchange` for one caller. `look` counts how often it asked for the order: a second look is a
    second call, shared by those who share the first."""

    def __init__(self, steppay: SingleFlightStepPay, ends_at: float) -> None:
        self._steppay = steppay
        self._ends_at = ends_at
        self._flight: _Flight | None = None
        self._look = 0

    def get_order(self, order_code: str) -> Mapping[str, object]:
        flight = self._flight = self._flight or self._steppay.join(order_code)
        self._look += 1
        try:
            order = flight.ask(
                ("order", self._look), lambda exchange: exchange.get_order(order_code), self._seconds_left
            )
        finally:
            self._steppay.close(order_code, flight)
            flight.forget_order(self._look)
        if order is None:
            raise TypeError("get_order gives a mapping")
        return order

    def find_receipt(self, id_key: str) -> Mapping[str, object] | None:
        if self._flight is None:
            raise ValueError("the order is asked for first")
        name = ("receipt", self._look, id_key)
        return self._flight.ask(name, lambda exchange: exchange.find_receipt(id_key), self._seconds_left)

    def _seconds_left(self) -> float:
        return self._steppay.seconds_until(self._ends_at)
