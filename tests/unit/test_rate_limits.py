"""When a shared store of rate limits has failed, who looks whether it answers again."""

from __future__ import annotations

from typing import Any

from throttled import MemoryStore
from throttled.exceptions import StoreUnavailableError

from tests.support.fake_steppay import FakeClock
from widget_server.adapters.rate_limits import FallbackLimiter, make_budgets
from widget_server.config import RateLimit
from widget_server.domain.rate_limit import RateLimitBucket

HERE = make_budgets(RateLimit(100, 3600), MemoryStore())


class Away:
    """A store that does not answer. While a request waits for it, `meanwhile` happens."""

    def __init__(self) -> None:
        self.asked = 0
        self.meanwhile: Any = lambda: None

    def limit(self, _key: str) -> None:
        self.asked += 1
        self.meanwhile()
        raise StoreUnavailableError from TimeoutError()


def test_one_request_at_a_time_waits_for_a_store_that_failed() -> None:
    away, clock = Away(), FakeClock()
    there: Any = {RateLimitBucket.ASK: away}
    draw = FallbackLimiter(there, HERE, clock)
    away.meanwhile = lambda: away.asked < 3 and draw(RateLimitBucket.ASK, "one")
    assert draw(RateLimitBucket.ASK, "one") is None
    assert away.asked == 3, "before the first failure is known, each of them waits"
    clock.now += 0.9
    assert draw(RateLimitBucket.ASK, "one") is None
    assert away.asked == 3
    clock.now += 0.1
    away.meanwhile = lambda: draw(RateLimitBucket.ASK, "one")
    assert draw(RateLimitBucket.ASK, "one") is None
    assert away.asked == 4, "the others count here while it is asked"
