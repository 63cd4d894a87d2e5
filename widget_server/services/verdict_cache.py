"""Final verdicts, remembered for seconds (docs/decisions/0032).

A shopper who comes back is verified by the return page, the shop's page and the shop's backend within a moment; the
second and the third need not ask StepPay again.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from widget_server.domain.model import Claim, Expectation, Verdict

SECONDS = 3.0
"""So long may a refund stay unseen. The signed verdict itself counts for ten minutes."""
_MOST = 10_000


class VerdictCache:
    """Of one process, for many threads; `clock` is monotonic. What is not final is never remembered: an unpaid answer
    may be wrong a moment later."""

    def __init__(self, *, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, Verdict, Expectation | None]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, claim: Claim, expectation: Expectation | None) -> Verdict | None:
        """The verdict, if StepPay's answers would give it for this claim under this expectation too. Its `checked_at`
        says when StepPay was asked."""
        ends_at, verdict, expected = self._known.get(claim.order_code, (0.0, None, None))
        if verdict is None or self._clock() >= ends_at or expected != expectation:
            return None
        return verdict if claim.order_id in (None, verdict.order.order_id) else None

    def keep(self, asked_at: float, verdict: Verdict, expectation: Expectation | None) -> None:
        """`asked_at`: this clock, before StepPay was asked."""
        if not verdict.final:
            self.forget(verdict.order.order_code)
            return
        with self._lock:
            code = verdict.order.order_code
            if self._known.get(code, (0.0,))[0] > asked_at + self._seconds:
                return  # somebody asked later and was answered sooner
            self._known[code] = (asked_at + self._seconds, verdict, expectation)
            self._known.move_to_end(code)
            self._drop_the_oldest()

    def _drop_the_oldest(self) -> None:
        """What is over takes no memory, and neither does a flood."""
        now = self._clock()
        while self._known and (len(self._known) > _MOST or next(iter(self._known.values()))[0] <= now):
            self._known.popitem(last=False)

    @property
    def size(self) -> int:
        return len(self._known)

    def forget(self, order_code: str) -> None:
        with self._lock:
            self._known.pop(order_code, None)

    def now(self) -> float:
        return self._clock()
