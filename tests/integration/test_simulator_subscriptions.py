"""Subscriptions of the simulator follow a clock that is moved; every answer is as StepPay's specification says."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from tests.support import app_fixture
from tests.support.app_fixture import FakeStepPay, World
from tests.support.merchant import verify
from tests.support.steppay_schema import schema_errors
from widget_server.demo.simulator.events import Event
from widget_server.domain.webhook_event import read_event

TOKEN = {"Secret-Token": app_fixture.TOKEN}
START = datetime(2026, 1, 30, 15, 0, tzinfo=UTC)
"""The last of January at midnight in Seoul."""


@dataclass
class Life:
    """A simulator with one subscription. `sent`: its events."""

    product: str = "basic"
    sent: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        app = app_fixture.simulator(clock=lambda: START)
        store = app.extensions["simulator"]
        store.send = self.sent.append
        self.client = app.test_client()
        customer = self.call("POST", "customers", {"name": "김달래", "email": "dal@shop.kr"})["id"]
        prices = {"basic": "monthly"}
        item = {
            "productCode": f"product_{self.product}",
            "priceCode": f"price_{self.product}{'_' + prices[self.product] if self.product in prices else ''}",
            "currency": "KRW",
            "minimumQuantity": 1,
        }
        self.order = self.call("POST", "orders", {"customerId": customer, "items": [item]})
        self.pay(self.order["orderCode"])
        self.number = self.call("GET", f"orders/{self.order['orderCode']}")["subscriptions"][0]["id"]

    def call(self, method: str, path: str, body: Any = None, status: int | None = None) -> Any:
        answer = self.client.open(f"/api/v1/{path}", method=method, json=body, headers=TOKEN)
        assert answer.status_code == status if status else answer.status_code < 300, answer.text
        return answer.get_json()

    def pay(self, code: str) -> None:
        assert self.client.post(f"/simulator/orders/{code}/scenario", json={"scenario": "paid"}).status_code == 200

    def move(self, **to: Any) -> None:
        assert self.client.post("/simulator/clock", json=to).status_code == 200

    def card(self, *, works: bool) -> None:
        assert (
            self.client.post(f"/simulator/subscriptions/{self.number}/card", json={"works": works}).status_code == 200
        )

    def step(self, name: str, body: Any = None, status: int = 200) -> Any:
        answer = self.call("POST", f"subscriptions/{self.number}/{name}", body, status)
        schema = "ProductApiresponse" if status < 300 else "ProductErrorresponse"
        assert schema_errors(schema, answer) == []
        return answer

    def read(self) -> Any:
        body = self.call("GET", f"subscriptions/{self.number}")
        assert schema_errors("SubscriptionV1DTO", body) == []
        listed = self.call("GET", "subscriptions")
        assert schema_errors("SubscriptionListV1PageDTO", listed) == []
        assert listed["content"][0]["status"] == body["status"]
        return body

    @property
    def state(self) -> tuple[str, int, str | None]:
        """Status, payments after the first, the day of the next one."""
        body = self.read()
        return body["status"], body["recurringCount"], (body["nextPaymentDate"] or "")[:10]

    def types(self) -> list[str]:
        kinds = [event.type for event in self.sent]
        self.sent.clear()
        return kinds


def test_months_keep_their_day_and_each_payment_is_an_order_of_its_own() -> None:
    life = Life()
    assert life.state == ("ACTIVE", 0, "2026-02-28")
    assert life.types() == ["order.payment_completed", "subscription.created"]
    life.move(months=2)
    assert life.state == ("ACTIVE", 2, "2026-04-30")
    renewal = ["order.created", "order.payment_completed", "subscription.updated"]
    assert life.types() == ["subscription.payment_due_notification", *renewal] * 2
    orders = life.read()["relatedOrders"]
    assert [order["type"] for order in orders] == ["RECURRING_INITIAL", "RECURRING", "RECURRING"]
    assert len({order["orderCode"] for order in orders}) == 3
    assert [schema_errors("OrderV1DTO", order) for order in orders] == [[]] * 3
    assert {order["paymentDate"] for order in orders} == {"2026-01-31T00:00:00"}
    customer = life.call("GET", f"customers/{orders[0]['customer']['id']}")
    assert schema_errors("ProductCustomerdto", customer) == []
    assert [one["id"] for one in customer["subscriptions"]] == [life.number]


def test_a_trial_is_charged_when_it_ends() -> None:
    life = Life("trial")
    body = life.read()
    assert body["trialPeriod"] == body["currentPeriod"]
    assert (life.state, life.order["paidAmount"]) == (("ACTIVE", 0, "2026-03-02"), 0)
    life.move(days=30)
    assert life.state == ("ACTIVE", 1, "2026-04-02")
    assert life.read()["relatedOrders"][1]["paidAmount"] == 9_900


def test_a_failed_payment_is_tried_on_five_days_and_then_the_subscription_expires() -> None:
    life = Life()
    life.card(works=False)
    life.move(to="2026-02-28T00:00:00")
    assert life.state == ("UNPAID", 0, "2026-02-28")
    failed = []
    for days in range(1, 20):
        life.sent.clear()
        life.move(days=1)
        if "payment.failed" in life.types():
            failed.append(days)
    assert failed == [1, 3, 5, 10, 14]
    assert life.state == ("EXPIRED", 0, "")
    assert len(life.read()["relatedOrders"]) == 2
    for name in ("active", "renew"):
        life.step(name, status=400)
    life.call("PUT", f"subscriptions/{life.number}/payment-method", {}, 400)


@pytest.mark.parametrize("by", ["time", "another card"])
def test_an_unpaid_subscription_comes_back(by: str) -> None:
    life = Life()
    life.card(works=False)
    life.move(to="next_payment")
    life.move(days=2)
    assert life.state[0] == "UNPAID"
    if by == "time":
        life.card(works=True)
        life.move(to="next_payment")
    else:
        order = life.call("PUT", f"subscriptions/{life.number}/payment-method", {"paymentGateway": "TOSS"}, 201)
        assert schema_errors("ProductOrderdto", order) == []
        assert (order["type"], order["paidAmount"]) == ("PAYMENT_METHOD", 0)
        before = life.read()["paymentMethod"]
        life.pay(order["orderCode"])
        assert life.read()["paymentMethod"] != before
    assert life.state == ("ACTIVE", 1, "2026-03-31")
    assert life.read()["relatedOrders"][1]["paymentDate"] is not None


LATER = {"interval": "DAY", "intervalCount": 10}
PAUSE = {"whenToPause": "IMMEDIATE", "whenToResume": "NOTHING"}
CANCEL = {"whenToCancel": "SPECIFIC_DATE_TIME", "when": "2026-03-10T00:00:00"}
STEPS: dict[str, list[tuple[Any, str, str]]] = {
    "pause": [(("pause", PAUSE), "PAUSE", ""), ({"days": 90}, "PAUSE", ""), (("active",), "ACTIVE", "2026-05-29")],
    "pause until": [
        (("pause", {**PAUSE, "whenToResume": "PAUSED_UNTIL", "until": LATER}), "PAUSE", ""),
        ({"days": 10}, "ACTIVE", "2026-03-10"), ({"days": 28}, "ACTIVE", "2026-04-10"),
    ],
    "pause later": [
        (("pause", {**PAUSE, "whenToPause": "LAZY"}), "PENDING_PAUSE", "2026-02-28"), ({"days": 28}, "PAUSE", ""),
        ({"days": 10}, "PAUSE", ""), (("active",), "ACTIVE", "2026-04-10"),
    ],
    "cancel now": [(("cancel", {"whenToCancel": "NOW"}), "CANCELED", ""), ({"days": 60}, "CANCELED", "")],
    "cancel at the end": [
        (("cancel", {"whenToCancel": "END_OF_PERIOD"}), "PENDING_CANCEL", "2026-02-28"), ({"days": 28}, "CANCELED", ""),
    ],
    "cancel at a date": [
        (("cancel", CANCEL), "PENDING_CANCEL", "2026-02-28"), ({"days": 30}, "PENDING_CANCEL", "2026-03-31"),
        ({"days": 10}, "CANCELED", ""),
    ],
    "a change of mind": [
        (("cancel", CANCEL), "PENDING_CANCEL", "2026-02-28"), (("active",), "ACTIVE", "2026-02-28"),
        ({"days": 45}, "ACTIVE", "2026-03-31"),
    ],
    "renew": [({"days": 5}, "ACTIVE", "2026-02-28"), (("renew",), "ACTIVE", "2026-03-05")],
}  # fmt: skip


@pytest.mark.parametrize("name", STEPS)
def test_steppays_calls_change_a_subscription_now_or_in_time(name: str) -> None:
    life = Life()
    for step, status, day in STEPS[name]:
        if isinstance(step, dict):
            life.move(**step)
        else:
            life.step(*step, status=201 if step[0] == "active" else 200)
        assert (step, life.state[0], life.state[2]) == (step, status, day)


def test_what_is_no_such_step_is_refused() -> None:
    life = Life()
    wrong_pauses = [{}, {**PAUSE, "whenToPause": "NOW"}, {**PAUSE, "whenToResume": "PAUSED_UNTIL"}]
    for body in wrong_pauses:
        life.step("pause", body, 400)
    for body in ({}, {"whenToCancel": "SPECIFIC_DATE_TIME"}, {**CANCEL, "when": "2020-01-01T00:00:00"}):
        life.step("cancel", body, 400)
    life.step("active", status=400)
    assert [life.call("GET", f"subscriptions/{number}", status=404)["errorCode"] for number in ("0", "x")]
    for to in ({"days": -1}, {"days": 10_000}, {"to": "2020-01-01T00:00:00"}, {"to": "soon"}, {"months": "1"}):
        assert life.client.post("/simulator/clock", json=to).status_code == 400
    assert life.state == ("ACTIVE", 0, "2026-02-28")


def test_a_refund_of_the_first_order_ends_it_and_of_a_later_one_does_not() -> None:
    life = Life()
    life.move(months=1)
    later = life.read()["relatedOrders"][1]["orderCode"]
    life.call("PATCH", f"orders/{later}/cancel", {"requestPrice": 9_900})
    assert life.state[0] == "ACTIVE"
    life.call("PATCH", f"orders/{life.order['orderCode']}/cancel", {"requestPrice": 9_900})
    assert (life.state[0], life.read()["canceledVia"]) == ("CANCELED", "SYSTEM")


def test_events_say_which_subscription_and_can_be_lost_and_shuffled() -> None:
    life = Life()
    created = life.sent[-1]
    event = read_event(json.loads(created.body(1)))
    assert (event.event, event.subscription_id) == ("subscription.created", life.number)
    assert (created.data["orderCode"], created.data["status"]) == (life.order["orderCode"], "ACTIVE")
    assert "dal@shop.kr" not in str(created.data)
    life.sent.clear()

    def year(**switch: int) -> list[str]:
        life.client.put("/simulator/events", json=switch)
        life.move(months=12)
        life.client.put("/simulator/events", json={})
        return life.types()

    assert len(whole := year()) == 48
    assert len(year(lose=3)) == 32
    shuffled = year(shuffle=4)
    assert (sorted(shuffled), shuffled == whole) == (sorted(whole), False)


def test_one_order_may_start_several() -> None:
    life = Life()
    items = [
        {"productCode": f"product_{code}", "priceCode": price, "currency": "KRW", "minimumQuantity": 1}
        for code, price in (("beans", "price_beans"), ("basic", "price_basic_monthly"), ("trial", "price_trial"))
    ]
    order = life.call("POST", "orders", {"customerId": life.order["customer"]["id"], "items": items})
    assert (order["type"], order["paidAmount"]) == ("RECURRING_INITIAL", 27_900)
    life.pay(order["orderCode"])
    started = life.call("GET", f"orders/{order['orderCode']}")["subscriptions"]
    assert [one["items"][0]["productCode"] for one in started] == ["product_basic", "product_trial"]
    life.move(months=1)
    assert life.client.get("/simulator/clock").get_json()["nextPayment"] == "2026-03-02T00:00:00"


def test_a_widget_server_with_an_unmoved_clock_finds_renewals_paid(world: World, steppay: FakeStepPay) -> None:
    made = requests.post(f"{steppay.url}/simulator/orders", json={"outcome": "subscription"}, timeout=60).json()
    requests.post(f"{steppay.url}/simulator/clock", json={"months": 3}, timeout=60)
    [number] = verify(world, made["orderCode"]).json["subscriptionIds"]
    read = requests.get(f"{steppay.url}/api/v1/subscriptions/{number}", headers=TOKEN, timeout=60).json()
    codes = [order["orderCode"] for order in read["relatedOrders"]]
    assert [verify(world, code).json["verdict"] for code in codes] == ["paid"] * 4
    requests.post(f"{steppay.url}/simulator/reset", timeout=60)
