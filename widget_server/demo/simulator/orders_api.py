"""StepPay's calls that make an order and that find orders; those about one order are in order_api.py."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request

from widget_server.demo.simulator.catalogue import Product
from widget_server.demo.simulator.formats import moment_of
from widget_server.demo.simulator.lists import chosen, contains, page_of
from widget_server.demo.simulator.order_bodies import created_order_body, item_statuses, order_row
from widget_server.demo.simulator.product_bodies import EXAMPLES
from widget_server.demo.simulator.records import Customer, Order
from widget_server.demo.simulator.responses import Problem, json_answer, json_object, require
from widget_server.demo.simulator.store import Store

_ITEM = {"productCode", "priceCode", "currency", "minimumQuantity"}
_CUSTOMER = {"customerId": int, "customerCode": str, "customerUuid": str}
_MOST_QUANTITY = 2**31 - 1
_UNKNOWN_PRODUCT = (
    "no such product and price. This is the simulated StepPay: give it yours with "
    "`widget-server simulator --product PRODUCT_CODE/PRICE_CODE=WON`, or with POST /simulator/products"
)
_TARGETS: Mapping[str, Callable[[Order], str | None]] = {
    "orderCode": lambda order: order.code,
    "productName": lambda order: order.title,
    "customerName": lambda order: order.customer.name,
    "phone": lambda order: order.customer.body["phone"],
    "email": lambda order: order.customer.email,
}
"""What `keyword` searches; all of them without `type`."""


def add_orders_routes(routes: Blueprint, store: Store) -> None:
    """Add both calls to `routes`."""

    @routes.post("/v1/orders")
    def create_order() -> Response:
        fields = json_object()
        items = fields.get("items")
        require(isinstance(items, list) and items, "items is required")
        require_gateway(fields)
        with store.lock:
            lines = [_read_line(item, store) for item in items or ()]
            customer = _known_customer(fields, store)
            until = _read_deadline(fields, store)
            order = store.add_order(customer, lines)
            order.purchase_deadline = until
            return json_answer(created_order_body(order), 201)

    @routes.get("/v1/orders")
    def list_orders() -> Response:
        target, status = chosen("type", _TARGETS), chosen("status", EXAMPLES["names"]["item_status"])
        keyword = request.args.get("keyword", "")
        searched = [_TARGETS[target]] if target else _TARGETS.values()
        with store.lock:
            found = [
                order
                for order in store.orders
                if (not keyword or contains(keyword, *(text(order) for text in searched)))
                and (status is None or status in item_statuses(order))
            ]
            return json_answer(page_of(found, order_row))


def require_gateway(fields: dict[str, Any]) -> None:
    gateway, known = fields.get("paymentGateway"), EXAMPLES["names"]["gateway"]
    require(gateway is None or gateway in known, f"paymentGateway must be one of {', '.join(known)}")


def _known_customer(fields: dict[str, Any], store: Store) -> Customer:
    """Raises Problem 400 or 404."""
    given = {name: fields[name] for name in _CUSTOMER if fields.get(name) is not None}
    require(given, "one of customerId, customerCode and customerUuid is required")
    for name, value in given.items():
        require(type(value) is _CUSTOMER[name], f"{name} has the wrong type")
    customer = store.find_customer(given)
    if customer is None:
        raise Problem(404, "CUSTOMER_NOT_FOUND", "no such customer")
    return customer


def _read_line(item: Any, store: Store) -> tuple[Product, int]:
    """Product and quantity. Raises Problem 400 or 404."""
    require(isinstance(item, dict) and item.keys() >= _ITEM, f"an item needs {', '.join(sorted(_ITEM))}")
    quantity, most, options = item["minimumQuantity"], item.get("maximumQuantity"), item.get("productOption")
    require(item["currency"] == "KRW", "currency must be KRW")
    require(type(quantity) is int and 1 <= quantity <= _MOST_QUANTITY, "minimumQuantity must be at least 1")
    fits = most is None or (type(most) is int and quantity <= most <= _MOST_QUANTITY)
    require(fits, "maximumQuantity is below minimumQuantity")
    are_numbers = isinstance(options, list) and all(type(option) is int for option in options)
    require(options is None or are_numbers, "productOption must be a list of numbers")
    product = store.find_product(item["productCode"], item["priceCode"])
    if product is None:
        raise Problem(404, "PRODUCT_NOT_FOUND", _UNKNOWN_PRODUCT)
    return product, quantity


def _read_deadline(fields: dict[str, Any], store: Store) -> datetime | None:
    given = fields.get("purchaseDeadline")
    until = moment_of(given)
    require(given is None or (until and until > store.real_clock()), "purchaseDeadline must be a time in the future")
    return until
