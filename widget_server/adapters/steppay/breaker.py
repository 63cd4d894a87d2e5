"""Leave StepPay alone while it is down: answer at once, and let one single call look whether it is back.

pybreaker keeps the states and counts the failures. Its own `call` holds a lock for as long as the protected call takes
(pybreaker issue 55), which would send one request at a time to StepPay; so it is only told each outcome afterwards. The
lock here makes telling and admitting one step, which is what gives exactly one probe. See docs/decisions/0010.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

import pybreaker

from widget_server.errors import OrderNotFound, UpstreamError, UpstreamTimeout, UpstreamUnavailable
from widget_server.services.ports import Exchange, StepPay

log = logging.getLogger("widget_server.steppay")

_DOWN = (UpstreamUnavailable, UpstreamTimeout)
"""No connection, no answer in time, 5xx. Every other fault is an answer: 404 and 401 come from a StepPay that works."""


class Breaker:
    """Opens after failures about `failures_to_open` different orders without an answer in between, for `open_seconds`
    of `clock` (monotonic). For many threads.

    Different orders, because anybody may ask: one order on which StepPay breaks says nothing about the others, and
    asking for it five times would lock every shopper out.
    """

    def __init__(
        self,
        *,
        failures_to_open: int,
        open_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        tell: Callable[[str], None] = lambda _state: None,
    ) -> None:
        """`tell` gets every state, the first one too; it must be quick."""
        self._states = pybreaker.CircuitBreaker(fail_max=failures_to_open, throw_new_error_on_trip=False)
        self._states.add_listener(_StateListener(tell))
        tell(self._states.current_state)
        self._open_seconds = open_seconds
        self._clock = clock
        self._probe_at = 0.0
        self._failed: set[str] = set()
        self._lock = threading.Lock()

    @property
    def state(self) -> str:
        """`closed`, `open` or `half-open`: a probe is on its way."""
        return self._states.current_state

    def guard_call(self, subject: str) -> _GuardedCall:
        """A block around one call of StepPay about the order `subject`. Raises `errors.UpstreamUnavailable` at once
        while open."""
        return _GuardedCall(self, subject)

    def admit(self) -> bool:
        """Whether this call is the probe."""
        with self._lock:
            if self._states.current_state == pybreaker.STATE_CLOSED:
                return False
            left = self._probe_at - self._clock()
            if self._states.current_state == pybreaker.STATE_OPEN and left <= 0:
                self._states.half_open()
                return True
        raise UpstreamUnavailable("StepPay is left alone for a while", retry_after_seconds=max(1, math.ceil(left)))

    def settle(self, subject: str, error: BaseException | None, *, is_probe: bool) -> None:
        """`error`: how the call ended, None for an answer."""
        fault = error if isinstance(error, _DOWN) else None
        answered = error is None or (fault is None and isinstance(error, (UpstreamError, OrderNotFound)))
        if answered and not self._failed and not is_probe:
            return  # almost always: nothing has failed, so an answer changes nothing
        with self._lock:
            if self._states.current_state != pybreaker.STATE_CLOSED and not is_probe:
                return  # it began before the circuit opened and knows nothing newer
            if answered:
                self._failed.clear()
                self._states.call(_nothing)
            elif is_probe or (fault and self._first_failure_of(subject)):
                # A probe that ended by a bug of ours tells nothing either: wait again.
                self._count_failure(fault or UpstreamUnavailable("no answer"))

    def _first_failure_of(self, subject: str) -> bool:
        known = subject in self._failed
        self._failed.add(subject)
        return not known

    def _count_failure(self, fault: UpstreamError) -> None:
        with suppress(UpstreamError):
            self._states.call(_fail, fault)
        if self._states.current_state == pybreaker.STATE_OPEN:
            self._failed.clear()
            self._probe_at = self._clock() + self._open_seconds


class _GuardedCall:
    """One call, from its admission to its outcome."""

    def __init__(self, breaker: Breaker, subject: str) -> None:
        self._breaker = breaker
        self._subject = subject

    def __enter__(self) -> None:
        self._is_probe = self._breaker.admit()

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self._breaker.settle(self._subject, error, is_probe=self._is_probe)


def _nothing() -> None:
    return None


def _fail(fault: UpstreamError) -> None:
    raise type(fault)(fault.detail)  # a copy: the caller's own keeps its traceback


class _StateListener(pybreaker.CircuitBreakerListener):
    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    def state_change(
        self,
        cb: pybreaker.CircuitBreaker,
        old_state: pybreaker.CircuitBreakerState | None,
        new_state: pybreaker.CircuitBreakerState,
    ) -> None:
        log.warning("circuit_breaker state=%s", new_state.name)
        self._tell(new_state.name)


class BreakerStepPay:
    """Implements `ports.StepPay`: every call of `steppay` is watched by `breaker`."""

    def __init__(self, steppay: StepPay, breaker: Breaker) -> None:
        self._steppay = steppay
        self._breaker = breaker

    def open_exchange(self) -> Exchange:
        return _WatchedExchange(self._steppay.open_exchange(), self._breaker)


class _WatchedExchange:
    def __init__(self, exchange: Exchange, breaker: Breaker) -> None:
        self._exchange = exchange
        self._breaker = breaker
        self._order_code = "-"

    def get_order(self, order_code: str) -> Mapping[str, object]:
        self._order_code = order_code
        with self._breaker.guard_call(order_code):
            return self._exchange.get_order(order_code)

    def find_receipt(self, id_key: str) -> Mapping[str, object] | None:
        with self._breaker.guard_call(self._order_code):
            return self._exchange.find_receipt(id_key)
