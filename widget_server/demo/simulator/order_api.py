"""StepPay's calls about one order: read it, cancel it, read its receipt."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response

from widget_server.demo.simulator.order_bodies import order_body
from widget_server.demo.simulator.payment_bodies import receipt_body
from widget_server.demo.simulator.payments import NotPossible, refund
from widget_server.demo.simulator.records import Order
from widget_server.demo.simulator.responses import Problem, canned_answer, json_answer, json_object
from widget_server.demo.simulator.store import Store


def add_order_routes(routes: Blueprint, store: Store, wait: Callable[[], None]) -> None:
    """Add the three calls to `routes`; `wait` is called before a slow answer, outside the lock."""

    @routes.get("/v1/orders/<id_or_code>")
    def read_order(id_or_code: str) -> Response:
        with store.lock:
            order = known_order(store, id_or_code)
            slow = order.suffers("slow_read")
        if slow:
            wait()
        with store.lock:
            return _order_answer(order)

    @routes.patch("/v1/orders/<id_or_code>/cancel")
    def cancel_order(id_or_code: str) -> Response:
        amount = json_object().get("requestPrice")
        if isinstance(amount, bool) or not isinstance(amount, int | float) or amount != int(amount):
            raise Problem(400, "INVALID_PARAMETER", "requestPrice must be whole won")
        with store.lock:
            try:
                refund(store, known_order(store, id_or_code), int(amount))
            except NotPossible as reason:
                raise Problem(400, "CANCEL_NOT_POSSIBLE", str(reason)) from None
        return json_answer({"message": "success", "body": {}})

    @routes.get("/payment/receipt/<id_key>")
    def read_receipt(id_key: str) -> Response:
        with store.lock:
            return _receipt_answer(store, id_key)


def known_order(store: Store, id_or_code: str) -> Order:
    """The order, or Problem 404."""
    order = store.find_order(id_or_code)
    if order is None:
        raise Problem(404, "ORDER_NOT_FOUND", "no such order")
    return order


def _order_answer(order: Order) -> Response:
    canned, whole = _canned(order, "order")
    return whole or json_answer(order_body(order, lagging=order.suffers("lagging_read")) | (canned or {}))


def _receipt_answer(store: Store, id_key: str) -> Response:
    found = store.find_payment(id_key)
    if found is None:
        raise Problem(404, "PAYMENT_NOT_FOUND", "no such payment")
    order, payment = found
    canned, whole = _canned(order, "receipt")
    if whole is not None:
        return whole
    if canned is not None:
        return json_answer({"idKey": id_key} | canned)
    if not order.has_receipt:
        raise Problem(404, "PAYMENT_NOT_FOUND", "no such payment")
    return json_answer(receipt_body(order, payment))


def _canned(order: Order, part: str) -> tuple[Any, Response | None]:
    """What the control API set for this part, and the whole response where nothing else counts."""
    if order.suffers("failing_call"):
        raise Problem(503, "SERVICE_UNAVAILABLE", "simulated outage")
    canned = order.canned.get(part)
    return canned, canned_answer(canned)
