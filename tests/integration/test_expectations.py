"""What the merchant bound to an order decides, on every path, before an answer says paid."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import widget_server
from tests.support.app_fixture import COMPLETE, NOW, PAID, SHOP, STANDBY, UNPAID, FakeStepPay, World
from tests.support.merchant import MORE, WON, bind, show, verify

PACKAGE = Path(widget_server.__file__).parent
BOUND_AT = NOW.isoformat().replace("+00:00", "Z")


def by_verify(world: World, code: str) -> str:
    body = verify(world, code, status="success").json
    assert body["fulfill"] == (body["verdict"] in ("paid", "no_charge"))  # of an amount that is bound
    return str(body["verdict"])


def by_poll(world: World, code: str) -> str:
    """What a page hears that waits for its checkout, or that may open none because the order is settled."""
    opened = world.client.post("/v1/checkouts", json={"orderCode": code, "mode": "tab"}, headers={"Origin": SHOP})
    if opened.status_code == 200:
        return str(opened.json["verdict"]["verdict"])
    checkout = opened.json["checkout"]
    world.client.get(f"/v1/return/{checkout}?order_code={code}&status=success")
    return str(world.client.get(f"/v1/checkouts/{checkout}").json["verdict"]["verdict"])


def by_refresh(world: World, code: str) -> str:
    return str(show(world, code, "?refresh=1").json["verdict"]["verdict"])


WAYS = [by_verify, by_poll, by_refresh]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("order", "expected", "verdict"),
    [
        ({}, WON, "paid"),
        ({}, {"amount": 10000.0, "currency": "KRW"}, "paid"),
        ({"paidAmount": 1000}, WON, "mismatch"),
        ({"paidAmount": 10001}, WON, "mismatch"),
        ({"paidAmount": 9999.99}, WON, "mismatch"),
        ({"paidAmount": 9.5, "currency": "USD", "items": []}, {"amount": 9.5, "currency": "USD"}, "paid"),
        ({"returnedAmount": 10000}, WON, "refunded"),
    ],
    ids=str,
)
def test_an_order_is_paid_only_with_the_bound_amount(
    *,
    keyed: World,
    steppay: FakeStepPay,
    way: Callable[[World, str], str],
    order: dict[str, object],
    expected: dict[str, object],
    verdict: str,
) -> None:
    code = steppay.order({**PAID, **order}, COMPLETE)
    assert bind(keyed, code, expected).status_code == 201
    assert way(keyed, code) == verdict


def test_the_return_page_never_shows_paid_for_another_amount(keyed: World, steppay: FakeStepPay) -> None:
    code = steppay.order({**PAID, "paidAmount": 1000}, COMPLETE)
    bind(keyed, code)
    page = keyed.client.get(f"/v1/return/{keyed.create_checkout(code)}?order_code={code}&status=success&lang=en")
    assert "주문 금액이 일치하지 않습니다" in page.text
    assert "결제가 완료되었습니다" not in page.text


@pytest.mark.parametrize("way", WAYS)
def test_mx_07_a_cheap_payment_does_not_pay_a_dear_order(
    keyed: World, steppay: FakeStepPay, way: Callable[[World, str], str]
) -> None:
    cheap = steppay.order({**PAID, "paidAmount": 1000, "orderId": 770001}, COMPLETE)
    dear = steppay.order({**UNPAID, "paidAmount": 420000}, STANDBY)
    assert (bind(keyed, cheap, {**WON, "amount": 1000}).status_code, bind(keyed, dear, MORE).status_code) == (201, 201)
    assert verify(keyed, dear, orderId=770001, status="success").json["verdict"] == "mismatch"
    assert way(keyed, dear) == "pending"
    steppay.order({**PAID, "paidAmount": 1000}, COMPLETE, dear)  # the dear order's price was changed, then paid
    assert way(keyed, dear) == "mismatch"
    assert way(keyed, cheap) == "paid"


@pytest.mark.parametrize(
    ("order", "verdict", "reason"),
    [
        ({"currency": "USD", "items": [{"currency": "USD"}]}, "mismatch", "currency_mismatch"),
        ({"currency": "JPY", "items": []}, "mismatch", "currency_mismatch"),
        ({"currency": "KRW", "items": [{"currency": "USD"}]}, "unknown", "currency_unclear"),
        ({"currency": "krw", "items": [{"currency": "krw"}]}, "unknown", "currency_unclear"),
        ({"currency": None, "items": []}, "unknown", "currency_unclear"),
        ({"currency": 410, "items": []}, "unknown", "currency_unclear"),
        ({"currency": "KRW", "items": [{"currency": "KRW"}, {"currency": None}]}, "paid", "payment_complete"),
    ],
    ids=str,
)
def test_mx_10_an_amount_without_its_currency_is_no_amount(
    keyed: World, steppay: FakeStepPay, order: dict[str, object], verdict: str, reason: str
) -> None:
    code = steppay.order({**PAID, **order}, COMPLETE)
    bind(keyed, code)
    body = verify(keyed, code, status="success").json
    assert (body["verdict"], body["reason"], body["fulfill"]) == (verdict, reason, verdict == "paid")


@pytest.mark.parametrize(
    ("order", "receipt", "expected", "verdict", "reason"),
    [
        (UNPAID, STANDBY, None, "pending", "not_paid_yet"),
        (PAID, COMPLETE, WON, "mismatch", "amount_mismatch"),
        (PAID, 404, WON, "mismatch", "amount_mismatch"),
        (PAID, COMPLETE, {"amount": 0, "currency": "KRW"}, "no_charge", "zero_amount"),
    ],
)
def test_mx_13_nothing_to_pay_does_not_pass_for_a_paid_order(
    *,
    keyed: World,
    steppay: FakeStepPay,
    order: dict[str, object],
    receipt: object,
    expected: dict[str, object] | None,
    verdict: str,
    reason: str,
) -> None:
    code = steppay.order({**order, "paidAmount": 0}, receipt)
    if expected:
        bind(keyed, code, expected)
    body = verify(keyed, code, status="success").json
    assert (body["verdict"], body["reason"], body["fulfill"]) == (verdict, reason, verdict == "no_charge")


amounts = st.one_of(
    st.integers(0, 10**15 - 1),
    st.decimals(0, 10**9, places=3).map(float),
    st.sampled_from([0, 1, 10000, 0.1, 0.3, 1e-6, 999999999999.999]),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(price=amounts, expected=amounts, same=st.booleans())
def test_paid_means_that_steppay_names_exactly_the_bound_amount(
    *, keyed: World, steppay: FakeStepPay, price: float, expected: float, same: bool
) -> None:
    expected = price if same else expected
    code = steppay.order({**PAID, "paidAmount": price}, COMPLETE)
    assert bind(keyed, code, {"amount": expected, "currency": "KRW"}).json["expectation"]["amount"] == expected
    agreed = Decimal(repr(price)) == Decimal(repr(expected))
    assert by_verify(keyed, code) == ("mismatch" if not agreed else "paid" if price else "no_charge")


def test_binding_again_the_same_is_no_change_and_other_values_correct_it(keyed: World, steppay: FakeStepPay) -> None:
    code = steppay.unpaid()
    wanted = [(WON, 201), (WON, 200), ({"amount": 10000.00, "currency": "KRW"}, 200), (MORE, 200), (WON, 200)]
    for body, status in wanted:
        answer = bind(keyed, code, body)
        assert answer.status_code == status
        assert answer.json == {
            "orderCode": code,
            "expectation": {**body, "boundAt": BOUND_AT, "settledAt": None},
        }
    assert steppay.calls() == []  # binding works while StepPay is down


def test_what_was_corrected_before_payment_counts(keyed: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    bind(keyed, code, MORE)
    assert by_verify(keyed, code) == "mismatch"
    assert bind(keyed, code, WON).status_code == 200
    assert by_verify(keyed, code) == "paid"


@pytest.mark.parametrize("way", WAYS)
def test_after_a_final_answer_the_expectation_stands(
    keyed: World, steppay: FakeStepPay, way: Callable[[World, str], str]
) -> None:
    code = steppay.paid()
    bind(keyed, code)
    assert way(keyed, code) == "paid"
    refused = bind(keyed, code, MORE)
    assert (refused.status_code, refused.json["code"]) == (409, "expectation_settled")
    assert bind(keyed, code).json["expectation"]["settledAt"] == BOUND_AT
    assert way(keyed, code) == "paid"


def test_a_first_expectation_after_payment_can_only_make_answers_stricter(keyed: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    assert by_verify(keyed, code) == "paid"
    assert bind(keyed, code, MORE).status_code == 201
    assert by_verify(keyed, code) == "mismatch"


def test_only_one_place_in_the_code_verifies_so_no_route_forgets_the_expectation() -> None:
    callers = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if "import fetch_evidence" in path.read_text(encoding="utf-8")
    ]
    kit = "demo/answers.py"  # of tests and test messages: no route, and it judges under what a test has bound
    assert [name for name in callers if name != kit] == ["services/verification.py"]
