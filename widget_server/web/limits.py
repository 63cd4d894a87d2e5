"""How often one client may ask. Each route either draws on one of three budgets or is free on purpose.

`WIDGET_RATE_LIMIT` is the size of a budget: so many requests at once, refilled evenly over its period. What asks
StepPay and what writes rows are counted apart from polling, so that a page that waits never uses up the check it
waits for.
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

ASK, OPEN, POLL = "ask", "open", "poll"
BUDGET_OF = {
    "verify.verify_claim": ASK,
    "return_page.come_back": ASK,
    "attempts.open_attempt": OPEN,
    "attempts.pay_without_script": OPEN,
    "attempts.poll_attempt": POLL,
    "webhooks.take_unsigned": ASK,
    "admin_door.show_key": ASK,
}
FREE = frozenset(
    {
        "files.evergreen_widget",
        "files.immutable_widget",
        "files.asset",
        "pages.page_rule",
        "keys.published_keys",
        "openapi.openapi_document",
        "openapi.openapi_page",
        "playground.try_out",
        "health.alive",
        "health.ready",
        "orders.bind",
        "orders.show",
        "webhooks.take_signed",
        "admin_door.root",
        "admin_door.sign_in",
        "admin_door.sign_out",
        "admin_files.asset",
        "admin_board.board",
        "admin_orders.orders",
        "admin_orders.order",
        "admin_deliveries.deliveries",
        "admin_deliveries.redeliver",
    }
)
"""Answered from memory, asked by the operator's own probes, or for the merchant's key, StepPay's signature or an
operator's session alone."""
_TIMES = {ASK: 1, OPEN: 1, POLL: 10}
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
        name = BUDGET_OF.get(request.endpoint or "")
        if name is None or request.method == "OPTIONS":
            return
        client = client_key(request.remote_addr, request.headers.get("X-Forwarded-For", ""), trusted_proxies)
        result = budgets[name].limit(f"{name}:{client}")
        if result.limited:
            raise RateLimited(retry_after_seconds=max(1, math.ceil(result.state.retry_after)))


def _budget(name: str, limit: RateLimit, store: MemoryStore) -> Throttled:
    quota = per_duration(timedelta(seconds=limit.seconds), limit.requests * _TIMES[name])
    return Throttled(using=RateLimiterType.GCRA.value, quota=quota, store=store)
