"""Change of card: an order that charges nothing, opened like any other, and told once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.support.app_fixture import PUBLIC, TOKEN, FakeStepPay, World
from tests.support.job_helpers import FakeMerchant, work_for
from tests.support.merchant import show, verify
from tests.support.merchant_scenarios import change_card, paid_subscription

CALL = "PUT /api/v1/subscriptions/*"


def control(steppay: FakeStepPay, path: str, body: Any = None) -> Any:
    answer = requests.post(f"{steppay.url}/simulator/{path}", json=body or {}, timeout=60)
    assert answer.ok, answer.text
    return answer.json()


def subscription(steppay: FakeStepPay, number: int) -> Any:
    url = f"{steppay.url}/api/v1/subscriptions/{number}"
    return requests.get(url, headers={"Secret-Token": TOKEN}, timeout=60).json()


def puts(steppay: FakeStepPay) -> int:
    return len([path for path in steppay.calls() if path.endswith("/payment-method")])


@pytest.mark.parametrize("mode", ["redirect", "tab", "iframe"])
def test_another_card_is_the_way_out_of_a_failed_renewal(keyed: World, steppay: FakeStepPay, mode: str) -> None:
    shop = FakeMerchant()
    first, number = paid_subscription(keyed, steppay)
    work_for(keyed, timedelta(minutes=5), shop)
    control(steppay, f"subscriptions/{number}/card", {"works": False})
    control(steppay, f"orders/{first}/renew")
    made = change_card(keyed, number, {"locale": "en"})
    assert made.status_code == 201, made.text
    code = made.json["orderCode"]
    assert made.json["payUrl"] == f"{PUBLIC}/v1/pay/{code}"
    assert made.json["html"].endswith(">Change payment method</a>")
    assert show(keyed, code).json["expectation"]["amount"] == 0
    keyed.create_checkout(code, mode)
    assert verify(keyed, code).json["verdict"] == "pending"
    work_for(keyed, timedelta(minutes=5), shop)
    assert "subscription.past_due" in shop.types()
    control(steppay, f"orders/{code}/scenario", {"scenario": "paid"})
    for _ in range(2):
        body = verify(keyed, code, status="success").json
        assert (body["verdict"], body["reason"], body["amount"]) == ("no_charge", "payment_method_registered", 0)
        assert (body["subscriptionIds"], body["fulfill"]) == ([number], False)
    work_for(keyed, timedelta(minutes=5), shop)
    told = [kind for kind in shop.types() if kind.startswith("subscription.")]
    assert sorted(told[-2:]) == ["subscription.active", "subscription.payment_method_changed"]
    assert told.count("subscription.payment_method_changed") == 1
    assert shop.types().count("renewal.paid") == 1
    assert [one["reason"] for one in show(keyed, code).json["history"]][1:] == ["payment_method_registered"]


def test_the_button_is_korean_and_each_call_makes_an_order_of_its_own(keyed: World, steppay: FakeStepPay) -> None:
    _first, number = paid_subscription(keyed, steppay)
    once, again = change_card(keyed, number), change_card(keyed, number)
    assert once.json["html"].endswith(">결제수단 변경</a>")
    assert once.json["orderCode"] != again.json["orderCode"]


@pytest.mark.parametrize("fault", ["lost", "failed", "refused"])
def test_an_answer_that_is_lost_is_asked_for_once_more(keyed: World, steppay: FakeStepPay, fault: str) -> None:
    _first, number = paid_subscription(keyed, steppay)
    control(steppay, "faults", {"fault": fault, "call": CALL})
    assert change_card(keyed, number).status_code == 201
    control(steppay, "faults", {"fault": fault, "call": CALL, "times": 2})
    steppay.forget_calls()
    answer = change_card(keyed, number)
    assert (answer.status_code, answer.json["code"]) == (503, "upstream_unavailable")
    assert puts(steppay) == 2
    assert change_card(keyed, number).status_code == 201


def test_only_the_owner_s_subscription_is_changed(keyed: World, steppay: FakeStepPay) -> None:
    _first, number = paid_subscription(keyed, steppay)
    owner = subscription(steppay, number)["customer"]["id"]
    assert change_card(keyed, number, {"customerId": owner}).status_code == 201
    steppay.forget_calls()
    unknown, foreign = change_card(keyed, 987654321), change_card(keyed, number, {"customerId": owner + 1})
    assert (foreign.status_code, foreign.json["detail"]) == (404, unknown.json["detail"])
    for wrong in ({"customerId": None}, {"customerID": owner}, {"customerId": "x"}, {"locale": "fr"}):
        refused = change_card(keyed, number, wrong)
        assert (refused.status_code, refused.json["code"], list(refused.json["errors"])) == (
            422, "invalid_request", list(wrong),
        )  # fmt: skip
    assert puts(steppay) == 0
