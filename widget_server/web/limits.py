"""How often one client may ask: `web/route_table.py` says which of its budgets a route draws on.

`WIDGET_RATE_LIMIT` is the size of a budget: so many requests at once, refilled evenly over its period.
"""

from __future__ import annotations

import math

from flask import Flask

from widget_server.config import RateLimit, Secret
from widget_server.errors import RateLimited
from widget_server.web.clients import client_of
from widget_server.web.current import current_request
from widget_server.web.limit_store import make_draw
from widget_server.web.route_table import ALL_ROUTES, Budget


def register_limits(app: Flask, limit: RateLimit | None, trusted_proxies: int, redis_url: Secret | None) -> None:
    """Refuse before anything is read or asked. Needs the origins' guard before it: a refused page costs no budget."""
    if limit is None:
        return
    draw = make_draw(limit, redis_url)

    @app.before_request
    def draw_on_the_budget() -> None:
        request = current_request()
        if request.url_rule is None or request.method == "OPTIONS":
            return
        budget = ALL_ROUTES[request.url_rule.rule].budget
        if budget is Budget.FREE:
            return
        result = draw(budget, client_of(request, trusted_proxies))
        if result.limited:
            raise RateLimited(retry_after_seconds=max(1, math.ceil(result.state.retry_after)))
