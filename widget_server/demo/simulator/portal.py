"""`/portal`: what a merchant does in StepPay's portal, and what time does: a deposit, a refund, the next payment."""

from collections.abc import Callable
from datetime import timedelta

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
_STATES = {
    "COMPLETE": (("결제 완료", "Paid"), "good"),
    "FAILED": (("결제 실패", "Failed"), "bad"),
    "USER_CANCELED": (("구매자 취소", "Canceled by the shopper"), "quiet"),
    "CANCELED": (("전액 환불", "Refunded"), "quiet"),
    "PARTIAL_CANCELED": (("부분 환불", "Partly refunded"), "quiet"),
    "VIRTUAL_BANK_STANDBY": (("입금 대기", "Deposit awaited"), "wait"),
    "CMS_STANDBY": (("출금 대기", "Debit awaited"), "wait"),
}
"""StepPay's states of a receipt, with their words and their tone."""
_MOST, _LONGEST = 20, 64
_NEW = timedelta(minutes=5)


def portal_routes(store: Store, *, sends_events: bool) -> Blueprint:
    """The page and its buttons; without authentication, as all of the simulator. `sends_events`: whether each step
    sends a webhook."""
    routes = Blueprint("portal", __name__)

    @routes.get("/portal")
    def show() -> str:
        find, show = request.args.get("find", "").strip()[:_LONGEST], request.args.get("show", "")
        with store.lock:
            catch_up(store)
            facts = portal_facts(store) | {"fixed": OUTCOMES.values(), "sends_events": sends_events}
            return render_template(
                "simulator/portal.html",
                **facts,
                rows=_rows(store, find, show),
                names={status: name for status, (name, _tone) in _STATES.items()},
                find=find,
                show=show,
                is_filtered=bool(find or show),
            )

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
        return redirect(url_for("portal.show", lang=request.args.get("lang"), _anchor=f"o-{code}"), 303)

    add_subscription_pages(routes, store)
    return routes


def _rows(store: Store, find: str, show: str) -> list[tuple[object, ...]]:
    """The latest first: order, words and tone of its state, what can be done, whether a shopper has just left it."""
    touched = store.touched_orders()
    newest = touched[0].code if touched and store.real_clock() - touched[0].modified_at < _NEW else ""
    wanted = [
        order
        for order in touched
        if find.lower() in f"{order.code} {order.title} {order.english_title}".lower()
        and show in ("", order.payment.status)
    ]
    return [(order, *_STATES[order.payment.status], _possible(order), order.code == newest) for order in wanted[:_MOST]]


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
