"""What stands between many callers and StepPay, from the outside in.

`cap`      so many callers may wait here; the next is answered at once, so threads stay free for everything else
`sharing`  callers who ask about the same order at the same time share one exchange
`cap`      so many calls may be on their way to StepPay; others wait a moment for a place
`breaker`  StepPay is left alone for a while after it failed again and again
`client`   asks
"""

from __future__ import annotations

from widget_server.adapters.steppay.breaker import Breaker, BreakerStepPay
from widget_server.adapters.steppay.bulkhead import BulkheadStepPay
from widget_server.adapters.steppay.singleflight import SingleFlightStepPay
from widget_server.services.ports import StepPay

MAX_WAITING = 1024
MAX_IN_FLIGHT = 256
"""Enough for a core's worth of verifications while StepPay takes half a second. A TLS connection of libcurl takes
0.8 MB (docs/decisions/0035), so more of them would be what a small machine does not have."""

QUEUE_TIMEOUT = 3.0
"""A crowd is served late rather than sent away; a StepPay that hangs is not waited for twice."""

FAILURES_TO_OPEN = 5
OPEN_SECONDS = 10.0


def with_resilience(
    steppay: StepPay,
    *,
    waiting_callers: int = MAX_WAITING,
    upstream_calls: int = MAX_IN_FLIGHT,
    place_seconds: float = QUEUE_TIMEOUT,
    breaker: Breaker | None = None,
) -> StepPay:
    """`steppay` behind all guards. They count for this process: one `guarded` in each."""
    breaker = breaker or Breaker(failures_to_open=FAILURES_TO_OPEN, open_seconds=OPEN_SECONDS)
    upstream = BulkheadStepPay(BreakerStepPay(steppay, breaker), upstream_calls, place_seconds)
    return BulkheadStepPay(SingleFlightStepPay(upstream), waiting_callers)
