"""Leave StepPay alone while it is down: answer at once, and allow one trial call.

Written here because no library fits: pybreaker holds a lock for as long as the protected call takes (its issue 55), and
counts every failure. See docs/decisions/0052.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from widget_server.errors import OrderOutcomeUnknown, UpstreamError, UpstreamTimeout, UpstreamUnavailable
from widget_server.services.steppay_call import Body, Deadline, Posting, Request
from widget_server.services.upstream_stats import BreakerState

log = logging.getLogger("widget_server.steppay")

FAILURES_TO_OPEN = 5
OPEN_SECONDS = 10.0
_DOWN = (UpstreamUnavailable, UpstreamTimeout, OrderOutcomeUnknown)
"""No connection, no answer in time, 5xx. Every other fault is an answer: 404 and 401 come from a StepPay that works."""


_Asked = TypeVar("_Asked", bound=Request | Posting)
_Answer = TypeVar("_Answer", bound=Body | None)


class Breaker:
    """Opens after failures about `failures_to_open` different orders without an answer in between, for `open_seconds`
    of `clock` (monotonic). `state` is `half-open` while a probe is on its way.

    Different orders, because any visitor may ask: one order on which StepPay breaks says nothing about the others, and
    asking for it five times would lock every shopper out.
    """

    def __init__(
        self,
        failures_to_open: int = FAILURES_TO_OPEN,
        open_seconds: float = OPEN_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        on_state_change: Callable[[BreakerState], None] = lambda _state: None,
    ) -> None:
        """`on_state_change` gets every state, the first one too; it must be quick."""
        self.state: BreakerState = "closed"
        self._failures_to_open, self._open_seconds, self._clock = failures_to_open, open_seconds, clock
        self._on_state_change = on_state_change
        self._failed: set[str] = set()
        self._probe_at = 0.0
        self._lock = threading.Lock()
        on_state_change(self.state)

    def around(self, ask: Callable[[_Asked, Deadline], _Answer]) -> Callable[[_Asked, Deadline], _Answer]:
        """`ask`, or `errors.UpstreamUnavailable` at once while open."""

        def guarded(request: _Asked, deadline: Deadline) -> _Answer:
            is_probe = self.state != "closed" and self._admit_probe()
            try:
                answer = ask(request, deadline)
            except BaseException as error:
                self._settle(request.order_code, error, is_probe)
                raise
            if self._failed or is_probe:  # almost never: an answer changes nothing while nothing has failed
                self._settle(request.order_code, None, is_probe)
            return answer

        return guarded

    def _admit_probe(self) -> bool:
        with self._lock:
            if self.state == "closed":
                return False
            seconds = self._probe_at - self._clock()
            if self.state == "open" and seconds <= 0:
                self._become("half-open")
                return True
        raise UpstreamUnavailable("StepPay is left alone for a while", retry_after_seconds=max(1, math.ceil(seconds)))

    def _settle(self, order_code: str, error: BaseException | None, is_probe: bool) -> None:
        with self._lock:
            if self.state != "closed" and not is_probe:
                return  # it began before the circuit opened and knows nothing newer
            is_down = isinstance(error, _DOWN)
            if error is None or (isinstance(error, UpstreamError) and not is_down):
                self._failed.clear()
                self._become("closed")
            elif is_down or is_probe:  # a probe that ended by a bug of ours is no answer: wait again
                self._failed.add(order_code)
                if is_probe or len(self._failed) >= self._failures_to_open:
                    self._failed.clear()
                    self._probe_at = self._clock() + self._open_seconds
                    self._become("open")

    def _become(self, state: BreakerState) -> None:
        if state != self.state:
            self.state = state
            log.warning("circuit_breaker state=%s", state)
            self._on_state_change(state)
