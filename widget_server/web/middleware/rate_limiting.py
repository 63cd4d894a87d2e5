"""How often one client may call: `web/route_table.py` says which of its budgets a route draws on.

`WIDGET_RATE_LIMIT` is the size of a budget: so many requests at once, refilled evenly over its period.
"""

from __future__ import annotations

from flask import Request

from widget_server.domain.checkout import Checkout
from widget_server.domain.rate_limit import RateLimitBucket
from widget_server.errors import RateLimited
from widget_server.services.ports import CheckLimit
from widget_server.web.middleware.client_address import CLIENT
from widget_server.web.middleware.pipeline import Check, current_request
from widget_server.web.route_table import ALL_ROUTES

_LIMIT = "widget_server.check_limit"
REJECTED_BUDGET = "widget_server.rejected_budget"
"""Where the WSGI environment of a request keeps its limiter, and the budget that was used up."""


def rate_limit_check(check_limit: CheckLimit | None) -> Check:
    """Rejects before a body is read, and after the check of the origin: a rejected page costs no budget. `check_limit`
    None: nothing is limited."""

    def check(request: Request) -> None:
        if check_limit is None or request.url_rule is None or request.method == "OPTIONS":
            return
        budget = ALL_ROUTES[request.url_rule.rule].budget
        if budget is not RateLimitBucket.FREE:
            request.environ[_LIMIT] = check_limit
            _draw(request, budget, request.environ[CLIENT])

    return check


def spend(budget: RateLimitBucket, *, checkout: Checkout | None = None, order_code: str = "") -> None:
    """Draw on the small budget behind the shared address's: of a stored checkout, of this client's
    checkouts of an order, or of the client itself. Raises `RateLimited`."""
    request = current_request()
    if _LIMIT in request.environ:
        key = f"checkout {checkout.id}" if checkout else f"{request.environ[CLIENT]} {order_code}".strip()
        _draw(request, budget, key)


def _draw(request: Request, budget: RateLimitBucket, key: str) -> None:
    check_limit: CheckLimit = request.environ[_LIMIT]
    wait = check_limit(budget, key)
    if wait is not None:
        request.environ[REJECTED_BUDGET] = budget.value
        raise RateLimited(retry_after_seconds=wait)
