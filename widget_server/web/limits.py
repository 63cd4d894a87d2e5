"""How often one client may ask: `web/route_table.py` says which of its budgets a route draws on.

`WIDGET_RATE_LIMIT` is the size of a budget: so many requests at once, refilled evenly over its period.
"""

from __future__ import annotations

import math
from datetime import timedelta

from flask import Flask, request
from throttled import MemoryStore, RateLimiterType, Throttled
from throttled.rate_limiter import per_duration

from widget_server.config import RateLimit
from widget_server.errors import RateLimited
from widget_server.web.clients import client_key
from widget_server.web.route_table import ROUTES, Budget

_TIMES = {Budget.ASK: 1, Budget.OPEN: 1, Budget.POLL: 10}
"""A page asks at most once a second, then ever less; ten shoppers behind one address must not disturb each other."""
_CLIENTS_REMEMBERED = 50_000
"""The store forgets the longest silent ones beyond this: a flood of addresses cannot fill the memory."""


def register_limits(app: Flask, limit: RateLimit | None, trusted_proxies: int) -> None:
    """Refuse before anything is read or asked. Needs the origins' guard before it: a refused page costs no budget."""
    if limit is None:
        return
    store = MemoryStore(options={"MAX_SIZE": _CLIENTS_REMEMBERED})
    budgets = {name: _budget(name, limit, store) for name in _TIMES}

    @app.before_request
    def draw_on_the_budget() -> None:
        if request.url_rule is None or request.method == "OPTIONS":
            return
        name = ROUTES[request.url_rule.rule].budget
        if name is Budget.FREE:
            return
        client = client_key(request.remote_addr, request.headers.get("X-Forwarded-For", ""), trusted_proxies)
        result = budgets[name].limit(f"{name}:{client}")
        if result.limited:
            raise RateLimited(retry_after_seconds=max(1, math.ceil(result.state.retry_after)))


def _budget(name: Budget, limit: RateLimit, store: MemoryStore) -> Throttled:
    quota = per_duration(timedelta(seconds=limit.seconds), limit.requests * _TIMES[name])
    return Throttled(using=RateLimiterType.GCRA.value, quota=quota, store=store)
