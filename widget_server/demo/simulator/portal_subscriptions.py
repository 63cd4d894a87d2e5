"""The portal's customers, subscriptions and time: what a merchant does to a subscription, and what its days do."""

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from widget_server.demo.simulator.formats import SEOUL, after
from widget_server.demo.simulator.payments import NotPossible
from widget_server.demo.simulator.records import Subscription
from widget_server.demo.simulator.store import Store
from widget_server.demo.simulator.subscription_api import known_subscription
from widget_server.demo.simulator.subscriptions import activate, cancel, change_card, pause, renew_now
from widget_server.demo.simulator.timeline import move, next_payment

_MOST = 20
_Words = tuple[str, str]

STATUSES: dict[str, _Words] = {
    "ACTIVE": ("이용 중", "Active"),
    "UNPAID": ("결제 실패", "Unpaid"),
    "PENDING_PAUSE": ("일시정지 예정", "To be paused"),
    "PAUSE": ("일시정지", "Paused"),
    "PENDING_CANCEL": ("취소 예정", "To be canceled"),
    "CANCELED": ("취소됨", "Canceled"),
    "EXPIRED": ("만료됨", "Expired"),
}


def _set_card(works: bool) -> Callable[[Store, Subscription], None]:
    def step(_store: Store, subscription: Subscription) -> None:
        subscription.card_works = works

    return step


_STEPS: dict[str, tuple[_Words, Callable[[Store, Subscription], object]]] = {
    "renew": (("지금 결제", "Pay now"), renew_now),
    "decline": (("카드 거절되게 하기", "Let the card be declined"), _set_card(works=False)),
    "accept": (("카드 승인되게 하기", "Let the card be accepted"), _set_card(works=True)),
    "pause": (("일시정지", "Pause"), lambda store, one: pause(store, one, lazy=False, length=None)),
    "activate": (("다시 이용", "Make active"), activate),
    "cancel": (
        ("기간 끝에 취소", "Cancel at the end of the period"),
        lambda store, one: cancel(store, one, one.period_end),
    ),
    "cancel_now": (("바로 취소", "Cancel now"), lambda store, one: cancel(store, one, None)),
}
_BY_STATUS = {
    "ACTIVE": ("renew", "pause", "cancel", "cancel_now"),
    "UNPAID": ("renew", "cancel_now"),
    "PENDING_PAUSE": ("renew", "activate", "cancel_now"),
    "PAUSE": ("activate", "cancel_now"),
    "PENDING_CANCEL": ("renew", "activate"),
}


def add_subscription_pages(routes: Blueprint, store: Store) -> None:
    @routes.post("/portal/time/<any(day, payment, month):step>")
    def pass_time(step: str) -> BaseResponse:
        with store.lock:
            move(store, _target(store, step))
        return _back("time")

    @routes.post("/portal/subscriptions/<number>/card")
    def open_card_page(number: str) -> BaseResponse:
        with store.lock:
            try:
                order = change_card(store, known_subscription(store, number))
            except NotPossible:
                return Response(status=409)
        return redirect(url_for("pay_page.visit", code=order.code, lang=request.args.get("lang")), 303)

    @routes.post("/portal/subscriptions/<number>/<step>")
    def change(number: str, step: str) -> BaseResponse:
        with store.lock:
            subscription = known_subscription(store, number)
            if step not in possible(subscription):
                return Response(status=409)
            _STEPS[step][1](store, subscription)
        return _back(f"subscription-{number}")


def portal_facts(store: Store) -> dict[str, object]:
    """What the template shows of them; the latest first."""
    latest = sorted(store.subscriptions, key=lambda one: one.created_at, reverse=True)[:_MOST]
    return {
        "now": _day(store.clock()),
        "is_moved": store.moved > timedelta(),
        "has_payment": next_payment(store) is not None,
        "subscriptions": [(one, STATUSES[one.status], _day(one.next_payment), possible(one)) for one in latest],
        "customers": store.customers[: -_MOST - 1 : -1],
    }


def possible(subscription: Subscription) -> dict[str, _Words]:
    card = () if subscription.is_over else ("decline" if subscription.card_works else "accept",)
    return {name: _STEPS[name][0] for name in (*_BY_STATUS.get(subscription.status, ()), *card)}


def _target(store: Store, step: str) -> datetime:
    now = store.clock()
    if step == "payment":
        return next_payment(store) or now
    return now + timedelta(days=1) if step == "day" else after(now, "MONTH", 1)


def _day(moment: datetime | None) -> str:
    return moment.astimezone(SEOUL).strftime("%Y-%m-%d") if moment else ""


def _back(anchor: str) -> BaseResponse:
    return redirect(url_for("portal.show", lang=request.args.get("lang"), _anchor=anchor), 303)
