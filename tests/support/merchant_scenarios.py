"""Each answer that a merchant backend can get when it makes an order, or asks about a subscription."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.app_fixture import TOKEN, FakeStepPay, World
from tests.support.error_scenarios import (
    Provoke,
    Refusing,
    bad_bodies,
    for_the_merchant_alone,
    when_steppay,
    without_storage,
)
from tests.support.merchant import KEY
from widget_server.errors import (
    OrderRefused,
    Overloaded,
    UpstreamBadResponse,
    UpstreamError,
    UpstreamRateLimited,
    UpstreamTimeout,
    UpstreamUnavailable,
    WidgetServerError,
)
from widget_server.services.steppay_call import Body, Deadline, Posting, Request

Rows = dict[tuple[str, int, str], Provoke]
HEADERS = {**KEY, "Idempotency-Key": "7f3c1c9e-6a52-4d0b-9d55-0f6f0a4f8a11"}
BEANS = {"productCode": "product_beans", "priceCode": "price_beans"}
PERSON = {"name": "canary", "email": "canary@shop.kr"}
ORDER = {"customer": PERSON, "items": [BEANS]}
FAULTS: dict[str, type[UpstreamError]] = {
    kind.code: kind for kind in (UpstreamUnavailable, UpstreamTimeout, UpstreamRateLimited, UpstreamBadResponse)
}


def make(**options: Any) -> Provoke:
    """`options` replace the request's."""
    body = {} if {"json", "data"} & options.keys() else {"json": ORDER}
    return lambda world, _steppay: world.client.post("/v1/orders", **({"headers": HEADERS} | body | options))


def make_again(**changes: Any) -> Provoke:
    def provoke(world: World, steppay: FakeStepPay) -> TestResponse:
        make()(world, steppay)
        return make(json=ORDER | changes)(world, steppay)

    return provoke


@dataclass
class Busy:
    """A StepPay that makes nothing before the same order was asked for once more."""

    answers: list[TestResponse] = field(default_factory=list)
    client: FlaskClient | None = None

    def call(self, _request: Request, _deadline: Deadline) -> Body | None:
        raise UpstreamUnavailable

    def post(self, _posting: Posting, _deadline: Deadline) -> Body:
        assert self.client is not None
        self.answers.append(self.client.post("/v1/orders", json=ORDER, headers=HEADERS))
        raise UpstreamUnavailable


def at_the_same_time(world: World, _steppay: FakeStepPay) -> TestResponse:
    busy = Busy()
    busy.client = world.with_deps(steppay=busy)
    busy.client.post("/v1/orders", json=ORDER, headers=HEADERS)
    return busy.answers[0]


def lose_the_next(steppay: FakeStepPay, fault: str = "lost") -> None:
    requests.post(f"{steppay.url}/simulator/faults", json={"fault": fault}, timeout=60).raise_for_status()


def lost(world: World, steppay: FakeStepPay) -> TestResponse:
    lose_the_next(steppay)
    return make()(world, steppay)


def lost_for_a_code(world: World, steppay: FakeStepPay) -> TestResponse:
    """StepPay never made it, which its list of all orders does not prove."""
    url, headers = f"{steppay.url}/api/v1/customers", {"Secret-Token": TOKEN}
    code = requests.post(url, json=PERSON, headers=headers, timeout=60).json()["code"]
    lose_the_next(steppay, "refused")
    again = make(json=ORDER | {"customer": {"code": code}})
    again(world, steppay)
    world.clock.pass_by(timedelta(days=1))
    return again(world, steppay)


NEW_ORDERS: Rows = {
    **for_the_merchant_alone("create", "POST", "/v1/orders"),
    **bad_bodies("create", make, 32 * 1024),
    ("create", 201, ""): make(),
    ("create", 409, "order_in_progress"): at_the_same_time,
    ("create", 409, "order_unconfirmed"): lost,
    ("create", 422, "idempotency_key_reused"): make_again(items=[{**BEANS, "quantity": 2}]),
    ("create", 422, "order_refused"): make(json=ORDER | {"customer": {"id": 987654321}}),
    ("create", 502, "order_outcome_unknown"): lost_for_a_code,
    ("create", 503, "storage_unavailable"): without_storage(make()),
} | {
    ("create", 503, code): when_steppay(fault, "POST", "/v1/orders", json=ORDER, headers=HEADERS)
    for code, fault in FAULTS.items()
}


def ask(number: object) -> Provoke:
    return lambda world, _steppay: world.client.get(f"/v1/subscriptions/{number}", headers=KEY)


def ask_about_a_paid_one(world: World, steppay: FakeStepPay) -> TestResponse:
    _code, number = paid_subscription(world, steppay)
    return ask(number)(world, steppay)


def paid_subscription(world: World, steppay: FakeStepPay) -> tuple[str, int]:
    """The code of the order that made it, and its number."""
    wanted = {"amount": 9900, "outcome": "subscription"}
    code = requests.post(f"{steppay.url}/simulator/orders", json=wanted, timeout=60).json()["orderCode"]
    [number] = world.client.post("/v1/verify", json={"orderCode": code}).json["subscriptionIds"]
    return code, number


def change_card(world: World, number: object, body: Any = None, **headers: str) -> TestResponse:
    path = f"/v1/subscriptions/{number}/payment-method"
    return world.client.post(path, json=body or {}, headers=KEY | headers)


def change_of(number: object, **options: Any) -> Provoke:
    path = f"/v1/subscriptions/{number}/payment-method"
    return lambda world, _steppay: world.client.post(path, **({"headers": KEY} | options))


def change_of_a_paid_one(*, ended: bool = False) -> Provoke:
    def provoke(world: World, steppay: FakeStepPay) -> TestResponse:
        _code, number = paid_subscription(world, steppay)
        if ended:
            url = f"{steppay.url}/api/v1/subscriptions/{number}/cancel"
            requests.post(url, json={"whenToCancel": "NOW"}, headers={"Secret-Token": TOKEN}, timeout=60)
        return change_card(world, number)

    return provoke


def when_changes_fail(fault: type[WidgetServerError]) -> Provoke:
    """StepPay's answer about the subscription comes, that to the change does not."""

    def provoke(world: World, steppay: FakeStepPay) -> TestResponse:
        _code, number = paid_subscription(world, steppay)
        client = world.with_deps(steppay=Refusing(fault))
        return client.post(f"/v1/subscriptions/{number}/payment-method", json={}, headers=KEY)

    return provoke


def without_a_place_for_it(world: World, steppay: FakeStepPay) -> TestResponse:
    _code, number = paid_subscription(world, steppay)
    world.break_storage()
    return change_card(world, number)


def when_subscriptions_fail(fault: type[UpstreamError]) -> Provoke:
    def provoke(world: World, _steppay: FakeStepPay) -> TestResponse:
        service = replace(world.deps.subscriptions, steppay=Refusing(fault))
        return world.with_deps(subscriptions=service).get("/v1/subscriptions/77", headers=KEY)

    return provoke


SUBSCRIPTIONS: Rows = {
    **for_the_merchant_alone("show_subscription", "GET", "/v1/subscriptions/77"),
    ("show_subscription", 200, ""): ask_about_a_paid_one,
    ("show_subscription", 404, "subscription_not_found"): ask(987654321),
    ("show_subscription", 422, "invalid_request"): ask("x"),
} | {
    ("show_subscription", 503, code): when_subscriptions_fail(fault)
    for code, fault in (FAULTS | {"overloaded": Overloaded}).items()
}
CARD_CHANGES: Rows = {
    **for_the_merchant_alone("change_payment_method", "POST", "/v1/subscriptions/77/payment-method"),
    **bad_bodies("change_payment_method", lambda **options: change_of(77, **options), 4096),
    ("change_payment_method", 201, ""): change_of_a_paid_one(),
    ("change_payment_method", 404, "subscription_not_found"): change_of(987654321, json={}),
    ("change_payment_method", 409, "subscription_ended"): change_of_a_paid_one(ended=True),
    ("change_payment_method", 422, "invalid_request"): change_of("x", json={}),
    ("change_payment_method", 422, "order_refused"): when_changes_fail(OrderRefused),
    ("change_payment_method", 503, "storage_unavailable"): without_a_place_for_it,
} | {("change_payment_method", 503, code): when_changes_fail(fault) for code, fault in FAULTS.items()}
