"""`/members`: for members only. Whether the demo's one shopper may come in, the widget server says, which asks StepPay
when the page is opened. A real shop takes the subscription from the account that is signed in."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from widget_server.demo.shop.backend import BackendUnavailable, StepPayApi, WidgetApi, call
from widget_server.demo.shop.order_updates import Membership, OrderUpdates

STATUSES: Mapping[str, tuple[str, str, str]] = {
    "ACTIVE": ("이용 중", "Active", "success"),
    "PENDING_CANCEL": ("해지 예정", "To be canceled", "info"),
    "PENDING_PAUSE": ("일시정지 예정", "To be paused", "info"),
    "UNPAID": ("결제 실패", "Unpaid", "danger"),
    "PAUSE": ("일시정지", "Paused", "neutral"),
    "CANCELED": ("해지됨", "Canceled", "neutral"),
    "EXPIRED": ("만료됨", "Expired", "neutral"),
}
"""StepPay's states with the shop's words and their tone."""
_MEMBER_STEPS: Mapping[str, Mapping[str, str]] = {
    "pause": {"whenToPause": "IMMEDIATE", "whenToResume": "NOTHING"},
    "active": {},
    "cancel": {"whenToCancel": "END_OF_PERIOD"},
}
"""What a member may do, by StepPay's call and its body."""


@dataclass
class Members:
    """The membership as it is now, and the order by which its card can be changed."""

    updates: OrderUpdates
    widget_api: WidgetApi
    _card_orders: dict[int, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self) -> tuple[Membership | None, bool]:
        """The newest membership, and whether its state is of this moment. No answer says nothing about access: then
        the last one counts."""
        member = self.updates.membership()
        if member is None:
            return None, True
        try:
            member.learn(self.widget_api.subscription(member.number))
        except BackendUnavailable:
            return member, False
        return member, True

    def card_order(self, member: Membership) -> str | None:
        """One order serves until it is used: each look at the page would make another one. None: there is none now."""
        with self._lock:
            code = self._card_orders.get(member.number)
            if code is None or self.updates.has(code):
                try:
                    code = self._card_orders[member.number] = self.widget_api.change_card(member.number)
                except BackendUnavailable:
                    return None
            return code


def member_routes(members: Members, steppay: StepPayApi, *, simulated: bool) -> Blueprint:
    """`simulated`: StepPay is the simulator, whose time can be moved, and whose cards can be declined."""
    routes = Blueprint("members", __name__)

    @routes.get("/members")
    def show() -> str:
        member, is_fresh = members.ask()
        is_open = member is not None and member.data.get("status") not in (None, "CANCELED", "EXPIRED")
        return render_template(
            "shop/members.html",
            member=member,
            is_fresh=is_fresh,
            card_order=members.card_order(member) if member and is_open else None,
            statuses=STATUSES,
            day=day,
            today=_today(steppay) if simulated else None,
        )

    @routes.post("/members/<any(pause, active, cancel, time, decline):step>")
    def change(step: str) -> Response:
        """Only this shop's own page may ask for it."""
        member = members.updates.membership()
        if member is None or request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            abort(403)
        if step in _MEMBER_STEPS:
            steppay.change_subscription(member.number, step, _MEMBER_STEPS[step])
        elif simulated:
            _let_time_pass(steppay, member.number, declined=step == "decline")
        return redirect(url_for("members.show", lang=request.args.get("lang")), 303)

    return routes


def day(text: str | None, lang: str) -> str:
    """A date of StepPay for people."""
    if not text:
        return ""
    at = datetime.fromisoformat(text)
    return f"{at.year}년 {at.month}월 {at.day}일" if lang == "ko" else f"{at:%B} {at.day}, {at.year}"


def _let_time_pass(steppay: StepPayApi, number: int, *, declined: bool) -> None:
    """A day past the next payment, or the next try of one that failed: subscriptions of one day are due together."""
    simulator = f"{steppay.api_url}/simulator"
    if declined:
        call("POST", f"{simulator}/subscriptions/{number}/card", {"works": False})
    call("POST", f"{simulator}/clock", {"to": "next_payment", "days": 1})


def _today(steppay: StepPayApi) -> str | None:
    try:
        return str(call("GET", f"{steppay.api_url}/simulator/clock")["now"])
    except BackendUnavailable:
        return None
