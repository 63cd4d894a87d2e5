"""The part of the control API that makes orders and sets their outcomes; control.py describes it."""

from flask import Blueprint, Response

from widget_server.demo.simulator.catalogue import MOST_WON
from widget_server.demo.simulator.order_api import known_order
from widget_server.demo.simulator.outcomes import OUTCOMES, WON, apply, order_with
from widget_server.demo.simulator.records import Order
from widget_server.demo.simulator.responses import Problem, json_answer, json_object
from widget_server.demo.simulator.store import Store


def add_outcome_routes(routes: Blueprint, store: Store) -> None:
    @routes.get("/outcomes")
    def list_outcomes() -> Response:
        rows = ({"orderCode": row.code, "verdict": row.verdict, "reason": row.reason} for row in OUTCOMES.values())
        return json_answer(list(rows))

    @routes.post("/orders")
    def make_order() -> Response:
        fields = json_object()
        amount = fields.get("amount", WON)
        if type(amount) is not int or not 0 < amount <= MOST_WON:
            raise Problem(400, "INVALID_PARAMETER", "amount must be whole won, at least 1")
        with store.lock:
            return json_answer(order_summary(order_with(store, str(fields.get("outcome", "pending")), amount)), 201)

    @routes.post("/orders/<code>/outcome")
    def set_outcome(code: str) -> Response:
        name = str(json_object().get("outcome"))
        with store.lock:
            order = known_order(store, code)
            apply(store, order, name)
            return json_answer(order_summary(order))

    @routes.post("/reset")
    def forget_everything() -> Response:
        with store.lock:
            store.reset()
        return Response(status=204)


def order_summary(order: Order) -> dict[str, object]:
    """What a step of an order answers."""
    status = order.payment.status if order.has_receipt else None
    return {"orderCode": order.code, "orderId": order.id, "amount": order.amount, "paymentStatus": status}
