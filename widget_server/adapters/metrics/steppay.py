"""StepPay behind its guards, counted and traced from outside: the guards and the client know nothing of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter

from widget_server.adapters.steppay.breaker import Breaker
from widget_server.adapters.steppay.resilience import FAILURES_TO_OPEN, OPEN_SECONDS, with_resilience
from widget_server.adapters.tracing import TracedStepPay
from widget_server.errors import Overloaded, UpstreamError
from widget_server.services.metrics import (
    BREAKER,
    BREAKER_STATES,
    UPSTREAM_FAULTS,
    UPSTREAM_IN_FLIGHT,
    UPSTREAM_REFUSED,
    UPSTREAM_SECONDS,
    UPSTREAM_WAITING,
)
from widget_server.services.ports import Exchange, Metrics, OrderLookup, StepPay, Tracer


def instrument(steppay: StepPay, figures: Metrics | None, traces: Tracer | None) -> StepPay:
    """`guarded(steppay)` for somebody who wants figures or traces; who wants neither pays for neither."""
    if traces is not None:
        steppay = TracedStepPay(steppay, traces)
    if figures is None:
        return with_resilience(steppay)
    breaker = _counted_breaker(figures)
    return QueueDepthStepPay(with_resilience(TimedStepPay(steppay, figures), breaker=breaker), figures)


def _counted_breaker(figures: Metrics) -> Breaker:
    def tell(now: str) -> None:
        for state in BREAKER_STATES:
            figures.set(BREAKER, int(state == now), state)

    return Breaker(failures_to_open=FAILURES_TO_OPEN, open_seconds=OPEN_SECONDS, tell=tell)


class TimedStepPay:
    """Implements `ports.StepPay`: times each call of `steppay`. Stands next to the client, so that waiting for a place
    and answers of the circuit breaker are no time of StepPay's."""

    def __init__(self, steppay: StepPay, figures: Metrics) -> None:
        self._steppay = steppay
        self._figures = figures

    def open_exchange(self) -> Exchange:
        return _TimedExchange(self._steppay.open_exchange(), self._figures)


class _TimedExchange:
    def __init__(self, exchange: Exchange, figures: Metrics) -> None:
        self._exchange = exchange
        self._figures = figures

    def get_order(self, order_code: str) -> Mapping[str, object]:
        with _timed("order", self._figures):
            return self._exchange.get_order(order_code)

    def find_receipt(self, id_key: str) -> Mapping[str, object] | None:
        with _timed("receipt", self._figures):
            return self._exchange.find_receipt(id_key)


class TimedOrderLookup:
    """Implements `ports.OrderNumbers`."""

    def __init__(self, numbers: OrderLookup, figures: Metrics) -> None:
        self._numbers = numbers
        self._figures = figures

    def find_code(self, order_id: int) -> str | None:
        with _timed("number", self._figures):
            return self._numbers.find_code(order_id)


@contextmanager
def _timed(call: str, figures: Metrics) -> Iterator[None]:
    figures.add(UPSTREAM_IN_FLIGHT, 1)
    began_at = perf_counter()
    try:
        yield
    except UpstreamError as fault:
        figures.count(UPSTREAM_FAULTS, call, getattr(fault, "log_code", fault.code))
        raise
    finally:
        figures.observe(UPSTREAM_SECONDS, perf_counter() - began_at, call)
        figures.add(UPSTREAM_IN_FLIGHT, -1)


class QueueDepthStepPay:
    """Implements `ports.StepPay`: counts who waits in front of all guards, and who is sent away."""

    def __init__(self, steppay: StepPay, figures: Metrics) -> None:
        self._steppay = steppay
        self._figures = figures

    def open_exchange(self) -> Exchange:
        return _AwaitedExchange(self._steppay.open_exchange(), self._figures)


class _AwaitedExchange:
    def __init__(self, exchange: Exchange, figures: Metrics) -> None:
        self._exchange = exchange
        self._figures = figures

    def get_order(self, order_code: str) -> Mapping[str, object]:
        with _awaited(self._figures):
            return self._exchange.get_order(order_code)

    def find_receipt(self, id_key: str) -> Mapping[str, object] | None:
        with _awaited(self._figures):
            return self._exchange.find_receipt(id_key)


@contextmanager
def _awaited(figures: Metrics) -> Iterator[None]:
    figures.add(UPSTREAM_WAITING, 1)
    try:
        yield
    except Overloaded:
        figures.count(UPSTREAM_REFUSED)
        raise
    finally:
        figures.add(UPSTREAM_WAITING, -1)
