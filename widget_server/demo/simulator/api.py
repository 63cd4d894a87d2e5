"""StepPay's API with Secret-Token: the token check, customers, products, new orders."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, request

from widget_server.demo.simulator.customer_bodies import customer_body
from widget_server.demo.simulator.order_bodies import created_order_body
from widget_server.demo.simulator.order_input import check_customer, read_lines
from widget_server.demo.simulator.product_bodies import price_body, product_body
from widget_server.demo.simulator.responses import Problem, json_answer, json_object
from widget_server.demo.simulator.store import Store


def api_routes(store: Store, secret_token: str) -> Blueprint:
    """Routes under /api that need the Secret-Token; 403 with ErrorResponse without it."""
    routes = Blueprint("api", __name__, url_prefix="/api")

    @routes.before_request
    def require_token() -> None:
        given = request.headers.get("Secret-Token", "")
        if not hmac.compare_digest(given.encode(), secret_token.encode()):
            raise Problem(403, "FORBIDDEN", "Secret-Token is missing or wrong")

    @routes.post("/v1/customers")
    def create_customer() -> Response:
        fields = check_customer(json_object())
        with store.lock:
            return json_answer(customer_body(store.add_customer(fields)), 201)

    @routes.get("/v1/products/<code>")
    def read_product(code: str) -> Response:
        with store.lock:
            found = [product for product in store.products if product.code == code]
        if not found:
            raise Problem(404, "PRODUCT_NOT_FOUND", "no such product")
        return json_answer(product_body(found[0]) | {"prices": [price_body(product.price) for product in found]})

    @routes.post("/v1/orders")
    def create_order() -> Response:
        fields = json_object()
        with store.lock:
            lines = read_lines(fields, store.find_product)
            customer = store.find_customer(fields)
            if customer is None:
                raise Problem(404, "CUSTOMER_NOT_FOUND", "no such customer")
            return json_answer(created_order_body(store.add_order(customer, lines)), 201)

    return routes
