"""StepPay's API with Secret-Token: the token check, and its calls about customers, products, orders and
subscriptions."""

import hmac

from flask import Blueprint, g, request

from widget_server.demo.simulator.customer_api import add_customer_routes
from widget_server.demo.simulator.faults import striking
from widget_server.demo.simulator.orders_api import add_orders_routes
from widget_server.demo.simulator.product_api import add_product_routes
from widget_server.demo.simulator.responses import Problem
from widget_server.demo.simulator.store import Store
from widget_server.demo.simulator.subscription_api import add_subscription_routes
from widget_server.demo.simulator.timeline import catch_up


def api_routes(store: Store, secret_token: str) -> Blueprint:
    """Routes under /api that need the Secret-Token; 403 with ErrorResponse without it."""
    routes = Blueprint("api", __name__, url_prefix="/api")

    @routes.before_request
    def require_token() -> None:
        given = request.headers.get("Secret-Token", "")
        if not hmac.compare_digest(given.encode(), secret_token.encode()):
            raise Problem(403, "FORBIDDEN", "Secret-Token is missing or wrong")

    @routes.before_request
    def meet_a_fault() -> None:
        with store.lock:
            catch_up(store)
            fault = striking(store.faults)
        if fault and fault.kind == "refused":
            raise Problem(503, "SERVICE_UNAVAILABLE", "simulated: nothing was done")
        g.fault = fault

    add_customer_routes(routes, store)
    add_product_routes(routes, store)
    add_orders_routes(routes, store)
    add_subscription_routes(routes, store)
    return routes
