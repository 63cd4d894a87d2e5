"""`/portal`: what a merchant does in StepPay's portal, and what time does: a deposit, a refund, the next month."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from widget_server.simulator.order_api import known_order
from widget_server.simulator.payments import NotPossible, deposit, refund, renew
from widget_server.simulator.records import Order
from widget_server.simulator.store import Store

_STEPS: dict[str, tuple[str, str, Callable[[Store, Order], object]]] = {
    "deposit": ("입금 도착", "Money arrives", deposit),
    "renew": ("다음 달 결제", "Next month's payment", renew),
    "refund": ("전액 환불", "Refund", refund),
}
_NAMES = {
    "COMPLETE": ("결제 완료", "Paid"),
    "FAILED": ("결제 실패", "Failed"),
    "USER_CANCELED": ("구매자 취소", "Canceled"),
    "CANCELED": ("환불됨", "Refunded"),
    "PARTIAL_CANCELED": ("부분 환불", "Partly refunded"),
    "VIRTUAL_BANK_STANDBY": ("입금 대기", "Deposit awaited"),
    "CMS_STANDBY": ("출금 대기", "Debit awaited"),
}


def portal_routes(store: Store) -> Blueprint:
    """The page and its buttons; without authentication, as all of the simulator."""
    routes = Blueprint("portal", __name__)

    @routes.get("/portal")
    def show() -> str:
        with store.lock:
            rows = [(order, _NAMES[order.payment.status], _possible(order)) for order in store.touched_orders()]
            return render_template("simulator/portal.html", rows=rows)

    @routes.post("/portal/<code>/<step>")
    def do(code: str, step: str) -> BaseResponse:
        with store.lock:
            order = known_order(store, code)
            if step not in _possible(order):
                return Response(status=409)
            _STEPS[step][2](store, order)
        return redirect(url_for("portal.show"), 303)

    @routes.errorhandler(NotPossible)
    def refuse(_reason: NotPossible) -> Response:
        return Response(status=409)

    return routes


def _possible(order: Order) -> dict[str, tuple[str, str]]:
    paid = order.payment_date is not None and order.has_receipt
    able = {
        "deposit": order.payment.status in ("VIRTUAL_BANK_STANDBY", "CMS_STANDBY"),
        "renew": paid and order.type == "RECURRING_INITIAL",
        "refund": paid and order.payment.returned < order.amount,
    }
    return {name: _STEPS[name][:2] for name, possible in able.items() if possible}
