"""Final verdicts, cached for seconds (docs/decisions/0032).

The return page and the shop's page verify the same order within a moment; the second needs no call to StepPay.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from widget_server.domain.model import Claim, Expectation, Verdict

SECONDS = 3.0
"""A refund stays unseen for at most this long. The signed verdict itself is valid for ten minutes."""
_MAX_SIZE = 10_000


class VerdictCache:
    """Of one process, for many threads; `clock` is monotonic. Only final verdicts are kept: an unpaid one may be
    wrong a moment later, so it just removes the one before it."""

    def __init__(self, *, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self.clock = clock
        self._verdicts: OrderedDict[str, tuple[float, Verdict]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, claim: Claim, expectation: Expectation | None) -> Verdict | None:
        """The verdict, if StepPay's responses give it for this claim under this expectation too. Its `checked_at` is
        the time of the call to StepPay."""
        ends_at, verdict = self._verdicts.get(claim.order_code, (0.0, None))
        if verdict is None or self.clock() >= ends_at or verdict.expectation != expectation:
            return None
        return verdict if claim.order_id in (None, verdict.order.order_id) else None

    def put(self, asked_at: float, verdict: Verdict) -> None:
        """`asked_at`: the time of `clock` before the call to StepPay."""
        code, ends_at = verdict.order.order_code, asked_at + self._seconds
        with self._lock:
            if not verdict.finding.kind.facts.final:
                self._verdicts.pop(code, None)
            elif self._verdicts.get(code, (0.0,))[0] <= ends_at:  # else a later call was answered sooner
                self._verdicts[code] = (ends_at, verdict)
                self._verdicts.move_to_end(code)
            now = self.clock()  # expired verdicts take no memory, and the size is bounded
            while self._verdicts and (len(self._verdicts) > _MAX_SIZE or next(iter(self._verdicts.values()))[0] <= now):
                self._verdicts.popitem(last=False)

    @property
    def size(self) -> int:
        return len(self._verdicts)
