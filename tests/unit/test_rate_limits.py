"""Counting in memory follows the rule of the shared store; one request at a time asks a store that failed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from throttled import MemoryStore
from throttled.exceptions import StoreUnavailableError

from tests.support.fake_steppay import FakeClock
from widget_server.adapters import rate_limits
from widget_server.adapters.rate_limits import FallbackLimiter, MemoryLimiter, make_budgets
from widget_server.config import RateLimit
from widget_server.domain.rate_limit import RateLimitBucket

FEW = RateLimit(4, 8)
"""Refills that a float holds exactly: a request takes two seconds, of the larger budgets a fraction."""


@given(
    st.lists(
        st.tuples(
            st.integers(0, 24).map(lambda quarters: quarters / 4),
            st.sampled_from([bucket for bucket in RateLimitBucket if bucket is not RateLimitBucket.FREE]),
            st.sampled_from(["one", "other"]),
        ),
        max_size=60,
    )
)
def test_memory_counts_as_the_library_does_in_redis(calls: list[tuple[float, RateLimitBucket, str]]) -> None:
    clock = FakeClock(1000.0)
    ours, library = MemoryLimiter(FEW, clock), make_budgets(FEW, MemoryStore())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("throttled.utils.now_mono_f", clock)
        for seconds, budget, client in calls:
            clock.now += seconds
            result = library[budget].limit(f"{budget}:{client}")
            wait = ours(budget, client)
            assert (wait is not None) is result.limited
            assert wait is None or wait - 1 < result.state.retry_after <= wait


def test_memory_forgets_the_longest_silent_client_beyond_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "_CLIENTS_REMEMBERED", 2)
    draw = MemoryLimiter(RateLimit(1, 3600), FakeClock())
    taken = [draw(RateLimitBucket.ASK, client) is None for client in ("one", "two", "one", "three", "one", "two")]
    assert taken == [True, True, False, True, False, True], "two was silent for longest when three came"


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
    draw = FallbackLimiter(there, MemoryLimiter(RateLimit(100, 3600), clock), clock)
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
