"""Before a route and its body are read, by `web/route_table.py`: may this page call, may this caller, and how often.

flask-cors answers the preflights. Other responses to an allowed origin need one header, which is written here, with
`Vary: Origin` in every response: a shared cache must not serve one page's response to another.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Request, Response
from flask_cors import cross_origin

from widget_server.config import Secret
from widget_server.domain.checkout import Checkout
from widget_server.domain.rate_limit import RateLimitBucket
from widget_server.errors import OriginNotAllowed, RateLimited
from widget_server.services.ports import CheckLimit
from widget_server.web.middleware.authentication import admit_merchant, admit_scraper
from widget_server.web.middleware.client_address import CLIENT
from widget_server.web.middleware.pipeline import Check, Headers, Step, current_request
from widget_server.web.route_table import ALL_ROUTES, CORS_PATHS, ROUTES, Caller

_BELOW = tuple(f"{path}/" for path in CORS_PATHS)
_MAX_AGE_SECONDS = 600
_LIMIT = "widget_server.check_limit"
REJECTED_BUDGET = "widget_server.rejected_budget"
"""Where the WSGI environment of a request keeps its limiter, and the budget that was used up."""


def guard(
    origins: tuple[str, ...], api_key: Secret | None, metrics_key: Secret | None, check_limit: CheckLimit | None
) -> Check:
    """The origin first: a rejected page costs no budget. A request without `Origin` (a backend, curl) passes: these
    routes use no cookies. A route without a row in the table is closed."""
    limit, preflight = rate_limit_check(check_limit), _preflight(origins)
    admit = {Caller.MERCHANT: partial(admit_merchant, api_key), Caller.SCRAPER: partial(admit_scraper, metrics_key)}

    def check(request: Request) -> Response | None:
        if f"{request.path}/".startswith(_BELOW):
            origin = request.environ.get("HTTP_ORIGIN")  # two of them arrive joined by a comma, and are no origin
            if origin is not None and origin not in origins:
                raise OriginNotAllowed
            if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
                return preflight()
        if request.url_rule is None:
            return None
        rule = request.url_rule.rule
        if rule not in ROUTES:
            raise RuntimeError(f"web/route_table.py does not say who may call {rule}")
        if ROUTES[rule].caller in admit:
            admit[ROUTES[rule].caller](request)
        return limit(request)

    return check


def _preflight(origins: tuple[str, ...]) -> Callable[[], Response]:
    @cross_origin(
        origins=list(origins),
        methods=["GET", "POST"],
        allow_headers=["Content-Type", "Idempotency-Key"],
        max_age=_MAX_AGE_SECONDS,
        send_wildcard=False,
        always_send=False,  # else responses to clients that are no page name our first origin
        vary_header=False,
        automatic_options=False,
    )
    def answer() -> Response:
        return Response(status=204)

    return answer


def cors_headers(origins: tuple[str, ...]) -> Step:
    def write(request: Request, _status: int, headers: Headers, _seconds: float) -> None:
        if not f"{request.path}/".startswith(_BELOW):
            return
        _vary_by_origin(headers)
        allow_origin = ("Access-Control-Allow-Origin", request.environ.get("HTTP_ORIGIN", ""))
        if allow_origin[1] in origins and allow_origin not in headers:  # a preflight has it already
            headers.append(allow_origin)

    return write


def _vary_by_origin(headers: Headers) -> None:
    for place, (name, value) in enumerate(headers):
        if name == "Vary":
            headers[place] = (name, f"{value}, Origin")
            return
    headers.append(("Vary", "Origin"))


def rate_limit_check(check_limit: CheckLimit | None) -> Check:
    """How often one client may call: `WIDGET_RATE_LIMIT` is the size of a budget, so many requests at once, refilled
    evenly over its period. `check_limit` None: nothing is limited."""

    def check(request: Request) -> None:
        if check_limit is None or request.url_rule is None or request.method == "OPTIONS":
            return
        budget = ALL_ROUTES[request.url_rule.rule].budget
        if budget is not RateLimitBucket.FREE:
            request.environ[_LIMIT] = check_limit
            _draw(request, budget, request.environ[CLIENT])

    return check


def spend(budget: RateLimitBucket, *, checkout: Checkout | None = None, order_code: str = "", offer: str = "") -> None:
    """Draw on the small budget behind the shared address's: of a stored checkout, of all clients of an offer, of this
    client's checkouts of an order, or of the client itself. Raises `RateLimited`."""
    request = current_request()
    if _LIMIT in request.environ:
        own = f"offer {offer}" if offer else f"{request.environ[CLIENT]} {order_code}".strip()
        _draw(request, budget, f"checkout {checkout.id}" if checkout else own)


def _draw(request: Request, budget: RateLimitBucket, key: str) -> None:
    check_limit: CheckLimit = request.environ[_LIMIT]
    wait = check_limit(budget, key)
    if wait is not None:
        request.environ[REJECTED_BUDGET] = budget.value
        raise RateLimited(retry_after_seconds=wait)
