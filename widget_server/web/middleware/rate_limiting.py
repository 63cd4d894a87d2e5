"""How often one client may ask: `web/route_table.py` says which of its budgets a route draws on.

`WIDGET_RATE_LIMIT` is the size of a budget: so many requests at once, refilled evenly over its period.
"""

from __future__ import annotations

from flask import Flask, current_app, g

from widget_server.domain.checkout import Checkout
from widget_server.domain.rate_limit import RateLimitBucket
from widget_server.errors import RateLimited
from widget_server.services.ports import CheckLimit
from widget_server.web.current import current_request
from widget_server.web.middleware.client_address import client_of
from widget_server.web.route_table import ALL_ROUTES

_NAME = "widget_server_limits"


def register_rate_limiting(app: Flask, check: CheckLimit | None, trusted_proxies: int) -> None:
    """Refuse before anything is read or asked. Needs the origins' guard before it: a refused page costs no budget."""
    if check is None:
        return

    def draw_or_refuse(budget: RateLimitBucket, key: str) -> None:
        wait = check(budget, key)
        if wait is not None:
            g.refused_budget = budget.value
            raise RateLimited(retry_after_seconds=wait)

    app.extensions[_NAME] = draw_or_refuse

    @app.before_request
    def enforce_rate_limit() -> None:
        request = current_request()
        if request.url_rule is None or request.method == "OPTIONS":
            return
        budget = ALL_ROUTES[request.url_rule.rule].budget
        if budget is RateLimitBucket.FREE:
            return
        g.client = client_of(request, trusted_proxies)
        draw_or_refuse(budget, g.client)


def spend(budget: RateLimitBucket, *, checkout: Checkout | None = None, order_code: str = "") -> None:
    """Draw on the small budget behind a crowd's: of a stored checkout, of this client's openings of an order, or of the
    client itself. Raises `RateLimited`."""
    draw = current_app.extensions.get(_NAME)
    if draw is not None:
        draw(budget, f"checkout {checkout.id}" if checkout else f"{g.client} {order_code}".strip())
