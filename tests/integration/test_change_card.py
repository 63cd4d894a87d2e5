"""Change of card: an order that charges nothing, opened like any other, and told once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.support.app_fixture import PUBLIC, FakeStepPay, World
from tests.support.job_helpers import FakeMerchant, work_for
from tests.support.merchant import show, verify
from tests.support.merchant_scenarios import change_card, paid_subscription


def control(steppay: FakeStepPay, path: str, body: Any = None) -> Any:
    answer = requests.post(f"{steppay.url}/simulator/{path}", json=body or {}, timeout=60)
    assert answer.ok, answer.text
    return answer.json()


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
    assert set(made.json) == {"orderCode", "orderId", "payUrl", "html"}
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
