"""`/portal`: what a merchant does in StepPay's portal, and what time does: a deposit, a refund, the next payment."""

from collections.abc import Callable

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from widget_server.demo.simulator.order_api import known_order
from widget_server.demo.simulator.outcomes import OUTCOMES
from widget_server.demo.simulator.payments import deposit, refund
from widget_server.demo.simulator.portal_subscriptions import add_subscription_pages, portal_facts
from widget_server.demo.simulator.records import Order
from widget_server.demo.simulator.store import Store
from widget_server.demo.simulator.subscriptions import can_be_paid, renew
from widget_server.demo.simulator.timeline import catch_up

_STEPS: dict[str, tuple[str, str, Callable[[Store, Order], object]]] = {
    "deposit": ("입금 완료 처리", "Deposit arrives", deposit),
    "renew": ("다음 달 결제", "Next month's payment", renew),
    "refund": ("전액 환불", "Full refund", refund),
}
_FIRST_CHARGE = ("체험 종료 후 첫 결제", "First charge after the trial")
_NAMES = {
    "COMPLETE": ("결제 완료", "Paid"),
    "FAILED": ("결제 실패", "Failed"),
    "USER_CANCELED": ("구매자 취소", "Canceled by the shopper"),
    "CANCELED": ("전액 환불", "Refunded"),
    "PARTIAL_CANCELED": ("부분 환불", "Partly refunded"),
    "VIRTUAL_BANK_STANDBY": ("입금 대기", "Deposit awaited"),
    "CMS_STANDBY": ("출금 대기", "Debit awaited"),
}


def portal_routes(store: Store, *, sends_events: bool) -> Blueprint:
    """The page and its buttons; without authentication, as all of the simulator. `sends_events`: whether each step
    sends a webhook."""
    routes = Blueprint("portal", __name__)

    @routes.get("/portal")
    def show() -> str:
        with store.lock:
            catch_up(store)
            rows = [(order, _NAMES[order.payment.status], _possible(order)) for order in store.touched_orders()]
            facts = portal_facts(store) | {"rows": rows, "fixed": OUTCOMES.values(), "sends_events": sends_events}
            return render_template("simulator/portal.html", **facts)

    @routes.get("/")
    def start() -> BaseResponse:
        return redirect(url_for("portal.show"))

    @routes.post("/portal/<code>/<step>")
    def do(code: str, step: str) -> BaseResponse:
        with store.lock:
            order = known_order(store, code)
            if step not in _possible(order):
                return Response(status=409)
            _STEPS[step][2](store, order)
        return redirect(url_for("portal.show", lang=request.args.get("lang"), _anchor=f"at-{code}"), 303)

    add_subscription_pages(routes, store)
    return routes


def _possible(order: Order) -> dict[str, tuple[str, str]]:
    paid = order.payment_date is not None
    able = {
        "deposit": order.payment.status in ("VIRTUAL_BANK_STANDBY", "CMS_STANDBY"),
        "renew": bool(order.subscriptions) and not order.renews and all(map(can_be_paid, order.subscriptions)),
        "refund": paid and order.has_receipt and order.payment.returned < order.amount,
    }
    words = {name: step[:2] for name, step in _STEPS.items()}
    if any(item.is_trial for item in order.items):
        words["renew"] = _FIRST_CHARGE
    return {name: words[name] for name, possible in able.items() if possible}
