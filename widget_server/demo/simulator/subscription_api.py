"""StepPay's calls about subscriptions."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from flask import Blueprint, Response, request

from widget_server.demo.simulator.formats import moment_of
from widget_server.demo.simulator.lists import page_of
from widget_server.demo.simulator.order_bodies import created_order_body, order_body
from widget_server.demo.simulator.orders_api import require_gateway
from widget_server.demo.simulator.payments import NotPossible
from widget_server.demo.simulator.records import Subscription
from widget_server.demo.simulator.responses import Problem, json_answer, json_object, require
from widget_server.demo.simulator.store import Store
from widget_server.demo.simulator.subscription_bodies import subscription_body, subscription_row
from widget_server.demo.simulator.subscriptions import activate, cancel, change_card, pause, renew_now
from widget_server.demo.simulator.timeline import catch_up

_Result = TypeVar("_Result")
_MOST = 1000
_INTERVALS = ("DAY", "WEEK", "MONTH", "YEAR")


def add_subscription_routes(routes: Blueprint, store: Store) -> None:
    """Add the seven calls to `routes`. What a subscription's status does not allow answers 400."""

    @routes.get("/v1/subscriptions")
    def list_subscriptions() -> Response:
        with store.lock:
            return json_answer(page_of(store.subscriptions, subscription_row))

    @routes.get("/v1/subscriptions/<number>")
    def read_subscription(number: str) -> Response:
        with store.lock:
            subscription = known_subscription(store, number)
            return json_answer(subscription_body(subscription, [*map(order_body, subscription.orders)]))

    @routes.put("/v1/subscriptions/<number>/payment-method")
    def change_payment_method(number: str) -> Response:
        require_gateway(json_object() if request.data else {})
        with store.lock:
            order = _allowed(lambda: change_card(store, known_subscription(store, number)))
            return json_answer(created_order_body(order), 201)

    @routes.post("/v1/subscriptions/<number>/<any(pause, active, cancel, renew):step>")
    def change(number: str, step: str) -> Response:
        fields = json_object() if step in ("pause", "cancel") else {}
        with store.lock:
            subscription = known_subscription(store, number)
            body = _allowed(lambda: _STEPS[step](store, subscription, fields))
            return json_answer({"message": "success", "body": body}, 201 if step == "active" else 200)


def known_subscription(store: Store, number: str) -> Subscription:
    """The subscription, or Problem 404."""
    catch_up(store)
    found = store.find_subscription(int(number)) if number.isascii() and number.isdigit() else None
    if found is None:
        raise Problem(404, "SUBSCRIPTION_NOT_FOUND", "no such subscription")
    return found


def _allowed(step: Callable[[], _Result]) -> _Result:
    try:
        return step()
    except NotPossible as reason:
        raise Problem(400, "SUBSCRIPTION_STATUS", str(reason)) from None


def _pause(store: Store, subscription: Subscription, fields: dict[str, Any]) -> dict[str, Any]:
    begins, ends = fields.get("whenToPause"), fields.get("whenToResume")
    require(begins in ("IMMEDIATE", "LAZY"), "whenToPause must be IMMEDIATE or LAZY")
    require(ends in ("NOTHING", "PAUSED_UNTIL"), "whenToResume must be NOTHING or PAUSED_UNTIL")
    length = _length(fields.get("until")) if ends == "PAUSED_UNTIL" else None
    pause(store, subscription, lazy=begins == "LAZY", length=length)
    return {}


def _length(until: Any) -> tuple[str, int]:
    require(isinstance(until, dict) and until.get("interval") in _INTERVALS, "until needs interval and intervalCount")
    count = until.get("intervalCount")
    require(type(count) is int and 1 <= count <= _MOST, f"intervalCount must be from 1 to {_MOST}")
    return until["interval"], count


def _activate(store: Store, subscription: Subscription, _fields: dict[str, Any]) -> dict[str, Any]:
    activate(store, subscription)
    return {}


def _cancel(store: Store, subscription: Subscription, fields: dict[str, Any]) -> dict[str, Any]:
    cancel(store, subscription, _end(store, subscription, fields))
    return {}


def _end(store: Store, subscription: Subscription, fields: dict[str, Any]) -> datetime | None:
    """When the cancellation counts; None: now. Raises Problem 400."""
    wanted, at = fields.get("whenToCancel"), moment_of(fields.get("when"))
    if wanted == "NOW":
        return None
    if wanted == "END_OF_PERIOD":
        return subscription.period_end
    require(wanted == "SPECIFIC_DATE_TIME", "whenToCancel must be NOW, END_OF_PERIOD or SPECIFIC_DATE_TIME")
    require(at and at > store.clock(), "when must be a time in the future")
    return at


def _renew(store: Store, subscription: Subscription, _fields: dict[str, Any]) -> dict[str, Any]:
    return {"orderId": renew_now(store, subscription).id}


_STEPS = {"pause": _pause, "active": _activate, "cancel": _cancel, "renew": _renew}
