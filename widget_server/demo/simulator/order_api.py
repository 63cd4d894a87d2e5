"""StepPay's calls about one order: read it, cancel it, read its receipt."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response

from widget_server.demo.simulator.order_bodies import order_body
from widget_server.demo.simulator.payment_bodies import receipt_body
from widget_server.demo.simulator.payments import NotPossible, refund
from widget_server.demo.simulator.records import Order
from widget_server.demo.simulator.responses import Problem, canned_answer, error_answer, json_answer, json_object
from widget_server.demo.simulator.store import Store


def add_order_routes(routes: Blueprint, store: Store, wait: Callable[[], None]) -> None:
    """Add the three calls to `routes`; `wait` is called before a slow answer, outside the lock."""

    @routes.get("/v1/orders/<id_or_code>")
    def read_order(id_or_code: str) -> Response:
        with store.lock:
            order = known_order(store, id_or_code)
            slow = order.trouble.slow_reads > 0
            order.trouble.slow_reads -= slow
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
    canned = order.canned.order
    whole = _outage_answer(order) or canned_answer(canned)
    if whole is not None:
        return whole
    lagging = order.trouble.lagging_reads > 0
    order.trouble.lagging_reads -= lagging
    return json_answer(order_body(order, lagging=lagging) | (canned or {}))


def _receipt_answer(store: Store, id_key: str) -> Response:
    found = store.find_payment(id_key)
    if found is None:
        raise Problem(404, "PAYMENT_NOT_FOUND", "no such payment")
    order, payment = found
    canned = order.canned.receipt
    whole = _outage_answer(order) or canned_answer(canned)
    if whole is not None:
        return whole
    if canned is not None:
        return json_answer({"idKey": id_key} | canned)
    if not order.has_receipt:
        raise Problem(404, "PAYMENT_NOT_FOUND", "no such payment")
    return json_answer(receipt_body(order, payment))


def _outage_answer(order: Order) -> Response | None:
    if order.trouble.failing_calls == 0:
        return None
    order.trouble.failing_calls -= 1
    return error_answer(503, "SERVICE_UNAVAILABLE", "simulated outage")
