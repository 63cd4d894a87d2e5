"""StepPay's API with Secret-Token: the token check, customers, products, new orders."""

import hmac
import re
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request

from widget_server.demo.simulator.catalogue import Product
from widget_server.demo.simulator.formats import moment_of
from widget_server.demo.simulator.order_bodies import created_order_body, customer_body
from widget_server.demo.simulator.product_bodies import price_body, product_body
from widget_server.demo.simulator.responses import Problem, json_answer, json_object
from widget_server.demo.simulator.store import Store

_ITEM = {"productCode", "priceCode", "currency", "minimumQuantity"}
_PHONE = re.compile(
    r"(0\d{1,2}-?\d{3,4}-?\d{4}|(\+\d{2,3}|\d{2,3}\)|\d{2,3})[ -]?\d{1,2}[ -]?\d{3,4}[ -]?\d{4})", re.ASCII
)
"""Of StepPay's specification."""
_UNKNOWN_PRODUCT = (
    "no such product and price. This is the simulated StepPay: give it yours with "
    "`widget-server simulator --product PRODUCT_CODE/PRICE_CODE=WON`, or with POST /simulator/products"
)


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
        fields = json_object()
        _check_customer(fields)
        with store.lock:
            return json_answer(customer_body(store.add_customer(fields)), 201)

    @routes.get("/v1/products/<code>")
    def read_product(code: str) -> Response:
        with store.lock:
            found = [product for product in store.products if product.code == code]
        if not found:
            raise Problem(404, "PRODUCT_NOT_FOUND", "no such product")
        return json_answer(product_body(found[0]) | {"prices": [price_body(product) for product in found]})

    @routes.post("/v1/orders")
    def create_order() -> Response:
        fields = json_object()
        items = fields.get("items")
        _require(isinstance(items, list) and items, "items is required")
        with store.lock:
            lines = [_read_line(item, store) for item in items or ()]
            customer = store.find_customer(fields)
            if customer is None:
                raise Problem(404, "CUSTOMER_NOT_FOUND", "no such customer")
            until = _read_deadline(fields, store)
            order = store.add_order(customer, lines)
            order.purchase_deadline = until
            return json_answer(created_order_body(order), 201)

    return routes


def _check_customer(fields: dict[str, Any]) -> None:
    """The guide sends no more than these two, though the specification lists more as required."""
    for name in ("name", "email"):
        _require(isinstance(fields.get(name), str) and fields[name], f"{name} is required")
    _require(isinstance(fields.get("attributes", {}), dict), "attributes must be an object")
    phone = fields.get("phone")
    _require(phone is None or (isinstance(phone, str) and _PHONE.fullmatch(phone)), "phone is no phone number")


def _read_line(item: Any, store: Store) -> tuple[Product, int]:
    """Product and quantity. Raises Problem 400 or 404."""
    _require(isinstance(item, dict) and item.keys() >= _ITEM, f"an item needs {', '.join(sorted(_ITEM))}")
    quantity = item["minimumQuantity"]
    valid = item["currency"] == "KRW" and type(quantity) is int and quantity >= 1
    _require(valid, "currency must be KRW and minimumQuantity at least 1")
    most = item.get("maximumQuantity")
    _require(most is None or (type(most) is int and most >= quantity), "maximumQuantity is below minimumQuantity")
    product = store.find_product(item["productCode"], item["priceCode"])
    if product is None:
        raise Problem(404, "PRODUCT_NOT_FOUND", _UNKNOWN_PRODUCT)
    return product, quantity


def _read_deadline(fields: dict[str, Any], store: Store) -> datetime | None:
    given = fields.get("purchaseDeadline")
    until = moment_of(given)
    _require(given is None or (until and until > store.clock()), "purchaseDeadline must be a time in the future")
    return until


def _require(condition: object, message: str) -> None:
    if not condition:
        raise Problem(400, "INVALID_PARAMETER", message)
