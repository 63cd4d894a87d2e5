"""Change of card: whose subscription, which order, and what a lost answer may cost."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.integration.test_change_card import control
from tests.support.app_fixture import SHOP, TOKEN, FakeStepPay, World
from tests.support.merchant import show, verify
from tests.support.merchant_scenarios import change_card, paid_subscription
from tests.support.steppay_calls import client_of
from tests.support.upstream import Reply, Upstream, answer
from widget_server import errors
from widget_server.services.ports import StepPay
from widget_server.services.steppay_call import Body, Deadline, Posting, Request

CALL = "PUT /api/v1/subscriptions/*"
CREATED = answer(b'{"orderCode": "order_new1"}', status="201 Created")


@pytest.fixture
def number(keyed: World, steppay: FakeStepPay) -> int:
    """Of a subscription; StepPay's calls count from here."""
    _first, made = paid_subscription(keyed, steppay)
    steppay.forget_calls()
    return made


def puts(steppay: FakeStepPay) -> int:
    return len([path for path in steppay.calls() if path.endswith("/payment-method")])


def of_steppay(steppay: FakeStepPay, method: str, path: str, body: Any = None) -> Any:
    url = f"{steppay.url}/api/v1/subscriptions/{path}"
    return requests.request(method, url, json=body, headers={"Secret-Token": TOKEN}, timeout=60).json()


def test_CC_01_another_customers_subscription_is_not_found(keyed: World, steppay: FakeStepPay, number: int) -> None:
    owner = of_steppay(steppay, "GET", str(number))["customer"]["id"]
    assert change_card(keyed, number, {"customerId": owner}).status_code == 201
    steppay.forget_calls()
    unknown, foreign = change_card(keyed, 987654321), change_card(keyed, number, {"customerId": owner + 1})
    assert (foreign.status_code, foreign.json["detail"]) == (404, unknown.json["detail"])
    of_steppay(steppay, "POST", f"{number}/cancel", {"whenToCancel": "NOW"})
    assert change_card(keyed, number, {"customerId": owner + 1}).status_code == 404
    assert puts(steppay) == 0


@pytest.mark.parametrize("body", [{"customerId": None}, {"customerID": 1}, {"customerId": "x"}, {"customerId": True}])
def test_CC_02_an_owner_that_cannot_be_read_is_no_missing_owner(
    keyed: World, steppay: FakeStepPay, number: int, body: dict[str, object]
) -> None:
    refused = change_card(keyed, number, body)
    assert (refused.status_code, list(refused.json["errors"]), steppay.calls()) == (422, list(body), [])


def test_CC_03_a_subscription_that_has_ended_takes_no_card(keyed: World, steppay: FakeStepPay, number: int) -> None:
    of_steppay(steppay, "POST", f"{number}/cancel", {"whenToCancel": "NOW"})
    refused = change_card(keyed, number)
    assert (refused.status_code, refused.json["code"], puts(steppay)) == (409, "subscription_ended", 0)


TRICKS = (
    "0",
    "-1",
    "12x",
    "1.0",
    "%201",
    "9223372036854775808",
    "9" * 400,
    "%EF%BC%91",
    "1%2Factive",
)


@pytest.mark.parametrize("trick", TRICKS)
def test_CC_04_only_a_number_becomes_part_of_an_address(keyed: World, steppay: FakeStepPay, trick: str) -> None:
    steppay.forget_calls()
    refused = change_card(keyed, trick)
    assert (refused.status_code, steppay.calls()) == (404 if "%2F" in trick else 422, [])


def test_CC_05_without_the_key_and_from_a_page_nothing_is_said(keyed: World, steppay: FakeStepPay, number: int) -> None:
    for one in (number, 987654321):
        path = f"/v1/subscriptions/{one}/payment-method"
        assert keyed.client.post(path, json={}).status_code == 401
        assert change_card(keyed, one, Origin=SHOP).status_code == 403
    assert steppay.calls() == []


def test_CC_06_a_replay_makes_another_order_that_charges_nothing(
    keyed: World, steppay: FakeStepPay, number: int
) -> None:
    made = [change_card(keyed, number, **{"Idempotency-Key": "shop-change-1"}).json["orderCode"] for _ in range(2)]
    assert len(set(made)) == 2
    assert [show(keyed, code).json["expectation"]["amount"] for code in made] == [0, 0]
    control(steppay, f"orders/{made[1]}/scenario", {"scenario": "paid"})
    told = [verify(keyed, code, status="success").json for code in made]
    assert [body["reason"] for body in told] == ["not_paid_yet", "payment_method_registered"]
    assert not any(body["fulfill"] for body in told)


@pytest.mark.parametrize("fault", ["lost", "failed", "refused"])
def test_CC_07_a_lost_answer_is_asked_for_once_more(
    keyed: World, steppay: FakeStepPay, number: int, fault: str
) -> None:
    control(steppay, "faults", {"fault": fault, "call": CALL})
    assert change_card(keyed, number).status_code == 201
    control(steppay, "faults", {"fault": fault, "call": CALL, "times": 2})
    steppay.forget_calls()
    refused = change_card(keyed, number)
    assert (refused.status_code, refused.json["code"], puts(steppay)) == (503, "upstream_unavailable", 2)
    assert "again" in refused.json["detail"]
    assert change_card(keyed, number).status_code == 201


def test_CC_07_an_answer_that_comes_too_late_is_not_waited_for(each_adapter: str) -> None:
    with Upstream(Reply(CREATED.raw, drip_seconds=60)) as late:
        posting = Posting("payment_method", {}, key="77")
        with pytest.raises(errors.UpstreamUnavailable) as fault:
            client_of(late.url).post(posting, Deadline.after(0.3))
        assert (fault.value.retryable, fault.value.__context__) == (True, None)
        assert late.heads[0].startswith("PUT /api/v1/subscriptions/77/payment-method HTTP/1.1")
        assert repr(posting) == "Posting('payment_method')"


@dataclass(frozen=True)
class Deceiving:
    """A StepPay whose new orders are not those that were asked for."""

    steppay: StepPay
    changes: dict[str, object]

    def call(self, request: Request, deadline: Deadline) -> Body | None:
        return self.steppay.call(request, deadline)

    def post(self, posting: Posting, deadline: Deadline) -> Body:
        body = {**self.steppay.post(posting, deadline), **self.changes}
        return {name: value for name, value in body.items() if value != "absent"}


OTHERS: dict[str, dict[str, object]] = {
    "another type": {"type": "ONE_TIME"}, "a type in Korean": {"type": "결제수단 변경"}, "no type": {"type": "absent"},
    "to pay": {"paidAmount": 9900}, "no amount": {"paidAmount": "absent"}, "almost 0": {"paidAmount": "0"},
    "another subscription": {"parentSubscription": {"id": 987654321}}, "only others": {"subscriptions": [{"id": 5}]},
    "two codes": {"code": "order_other"}, "no code": {"orderCode": "absent"}, "digits": {"orderCode": "12"},
    "no number": {"orderId": "absent"}, "a number too large": {"orderId": 2**63},
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_CC_08_an_order_that_is_not_this_change_reaches_no_page(
    keyed: World, number: int, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = keyed.with_deps(steppay=Deceiving(keyed.deps.steppay, OTHERS[name]))
    headers = {"Authorization": f"Bearer {keyed.settings.api_key.reveal()}"}
    refused = client.post(f"/v1/subscriptions/{number}/payment-method", json={}, headers=headers)
    assert (refused.status_code, refused.json["code"]) == (503, "upstream_bad_response")
    assert "order_" not in json.dumps(refused.json)
    assert "card_change_unusable" in caplog.text


@pytest.mark.parametrize("changes", [{"parentSubscription": None}, {"items": [], "currency": None}])
def test_CC_08_what_steppay_leaves_out_is_no_contradiction(
    keyed: World, steppay: FakeStepPay, number: int, changes: dict[str, object]
) -> None:
    client = keyed.with_deps(steppay=Deceiving(keyed.deps.steppay, changes))
    headers = {"Authorization": f"Bearer {keyed.settings.api_key.reveal()}"}
    code = client.post(f"/v1/subscriptions/{number}/payment-method", json={}, headers=headers).json["orderCode"]
    control(steppay, f"orders/{code}/scenario", {"scenario": "paid"})
    assert verify(keyed, code, status="success").json["reason"] == "payment_method_registered"
