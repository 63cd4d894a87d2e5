"""Callers who ask about the same order at the same time share one exchange with StepPay.

Shared are StepPay's answers, never a verdict: each caller comes with a claim of its own. Nothing is kept. A caller
joins only while the order call is on its way, so every answer it gets arrived after it asked: an unpaid answer is
never handed to somebody who comes later. See docs/decisions/0011.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future

from widget_server.errors import OrderNotFound, UpstreamFault, UpstreamTimeout, UpstreamUnavailable
from widget_server.services.ports import Exchange, StepPay

Answer = Mapping[str, object] | None
Call = Callable[[Exchange], Answer]

BUDGET_SECONDS = 8.0


class SharedStepPay:
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
            return flight

    def close(self, order_code: str, flight: _Flight) -> None:
        """Nobody may join `flight` any more: its order call is back."""
        with self._lock:
            if self._flights.get(order_code) is flight:
                del self._flights[order_code]


class _Flight:
    """One exchange with StepPay and the answers it has brought, by name of the call."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._answers: dict[tuple[object, ...], Future[Answer]] = {}
        self._lock = threading.Lock()

    def ask(self, name: tuple[object, ...], call: Call, seconds_left: Callable[[], float]) -> Answer:
        """The first to ask makes the call, the others get what it brings: the answer, or a fault of the same kind."""
        with self._lock:
            is_first = name not in self._answers
            answer = self._answers.setdefault(name, Future())
        return self._lead(answer, call) if is_first else _follow(answer, seconds_left())

    def _lead(self, answer: Future[Answer], call: Call) -> Answer:
        try:
            answer.set_result(call(self._exchange))
        except (UpstreamFault, OrderNotFound) as fault:
            answer.set_exception(fault)
            raise
        finally:
            if not answer.done():  # a bug: it must be seen here, and must not leave the others waiting
                answer.set_exception(UpstreamUnavailable("the call was not completed"))
        return answer.result()


def _follow(answer: Future[Answer], seconds: float) -> Answer:
    try:
        fault = answer.exception(seconds)
    except TimeoutError:
        raise UpstreamTimeout("StepPay did not answer in time") from None
    if isinstance(fault, (UpstreamFault, OrderNotFound)):  # a copy: one exception is not raised in many threads
        raise type(fault)(fault.detail, retry_after_seconds=fault.retry_after_seconds)
    return answer.result()


class _SharedExchange:
    """Implements `ports.Exchange` for one caller. `look` counts how often it asked for the order: a second look is a
    second call, shared by those who share the first."""

    def __init__(self, steppay: SharedStepPay, ends_at: float) -> None:
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
