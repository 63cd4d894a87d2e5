"""Where budgets are counted: in this process, or in a Redis that several processes and machines share.

While Redis does not answer, each process counts by itself, as without one: no client is refused or waits
because of it (docs/decisions/0025).
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from throttled import MemoryStore, RateLimiterType, RateLimitResult, RedisStore, Throttled
from throttled.exceptions import StoreUnavailableError
from throttled.rate_limiter import per_duration

from widget_server.domain.rate_limit import RateLimit, RateLimitBucket, order_limits
from widget_server.services.ports import CheckLimit

log = logging.getLogger("widget_server.limits")

MULTIPLIERS = {
    **{RateLimitBucket.ASK: 1, RateLimitBucket.OPEN: 1, RateLimitBucket.POLL: 10, RateLimitBucket.RULE: 20},
    **{RateLimitBucket.CROWD_ASK: 10, RateLimitBucket.CROWD_OPEN: 10, RateLimitBucket.CROWD_POLL: 100},
    RateLimitBucket.CROWD_ORDER: 10,
}
"""A page asks at most once a second, then ever less. By default a hundred shoppers a minute can pay behind one address:
each opens one checkout, is verified some four times and polls some thirty times."""
REDIS_SECONDS = 0.25
"""For a connection and for an answer: more would be felt at every request."""
_NAMESPACE = "steppay-widget"
_CLIENTS_REMEMBERED = 50_000
"""The memory forgets the longest silent ones beyond this: a flood of addresses cannot fill it."""
_PAUSE_SECONDS = 1.0
_LOG_SECONDS = 60.0

Budgets = Mapping[RateLimitBucket, Throttled]


def make_rate_limiter(
    limit: RateLimit | None,
    redis_url: str | None,
    clock: Callable[[], float] = time.monotonic,
    orders: RateLimit | None = None,
) -> CheckLimit:
    """Counts in memory, or in the Redis of `redis_url`. Connects at the first request, not here. `clock`: seconds.
    `orders`: how many orders of offers one client may make. What has no limit is not counted."""
    here = make_budgets(limit, MemoryStore(options={"MAX_SIZE": _CLIENTS_REMEMBERED}), orders)
    if redis_url is None:
        return lambda budget, client: _wait(here[budget].limit(f"{budget}:{client}")) if budget in here else None
    return FallbackLimiter(make_budgets(limit, _redis(redis_url, REDIS_SECONDS), orders), here, clock)


def _wait(result: RateLimitResult) -> int | None:
    return max(1, math.ceil(result.state.retry_after)) if result.limited else None


def probe_error(limit: RateLimit, redis_url: str, seconds: float) -> str | None:
    """The kind of error that a request to the Redis ends with; None when it can count. Changes nothing."""
    try:
        make_budgets(limit, _redis(redis_url, seconds))[RateLimitBucket.ASK].peek("doctor")
    except StoreUnavailableError as error:
        return _kind(error)
    return None


class FallbackLimiter:
    """Counts `there` while it answers, else `here`. One request at a time finds out whether it answers again."""

    def __init__(self, there: Budgets, here: Budgets, clock: Callable[[], float]) -> None:
        self._there, self._here, self._clock = there, here, clock
        self._lock = threading.Lock()
        self._ask_again_at: float | None = None
        self._log_again_at = clock()

    def __call__(self, budget: RateLimitBucket, client: str) -> int | None:
        key = f"{budget}:{client}"
        if budget not in self._here:
            return None
        if self._may_ask():
            try:
                result = self._there[budget].limit(key)
            except StoreUnavailableError as error:
                self._pause(_kind(error))
            else:
                self._ask_again_at = None
                return _wait(result)
        return _wait(self._here[budget].limit(key))

    def _may_ask(self) -> bool:
        with self._lock:
            now = self._clock()
            if self._ask_again_at is None:
                return True
            if now < self._ask_again_at:
                return False
            self._ask_again_at = now + _PAUSE_SECONDS
            return True

    def _pause(self, kind: str) -> None:
        with self._lock:
            now = self._clock()
            self._ask_again_at = now + _PAUSE_SECONDS
            if now < self._log_again_at:
                return
            self._log_again_at = now + _LOG_SECONDS
        log.error("rate_limit_store_unavailable kind=%s: each process counts by itself", kind)


def make_budgets(limit: RateLimit | None, store: MemoryStore | RedisStore, orders: RateLimit | None = None) -> Budgets:
    quotas = order_limits(orders) if orders else {}
    if limit is not None:
        requests, seconds = limit.requests, limit.seconds
        quotas |= {budget: RateLimit(requests * times, seconds) for budget, times in MULTIPLIERS.items()}
    return {
        budget: Throttled(
            using=RateLimiterType.GCRA.value,
            quota=per_duration(timedelta(seconds=quota.seconds), quota.requests),
            store=store,
            key_prefix=_NAMESPACE,
        )
        for budget, quota in quotas.items()
    }


def _redis(url: str, seconds: float) -> RedisStore:
    """Without retries: redis-py makes none by default."""
    times = {"SOCKET_TIMEOUT": seconds, "SOCKET_CONNECT_TIMEOUT": seconds}
    return RedisStore(url, {**times, "REUSE_CONNECTION": False})


def _kind(error: StoreUnavailableError) -> str:
    """Of redis-py's exception, whose message may hold the address or a key."""
    return type(error.__cause__).__name__
