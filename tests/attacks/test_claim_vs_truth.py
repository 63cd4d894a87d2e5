"""What a browser claims against what StepPay says. Only one row of all is `paid`."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from tests.support.app_fixture import COMPLETE, PAID, STANDBY, UNPAID, FakeStepPay, World

Order = dict[str, Any]
Answer = dict[str, Any]
CANARY = "canary-upstream-text"


def verify(world: World, code: str, **claim: object) -> Answer:
    answer = world.client.post("/v1/verify", json={"orderCode": code, **claim})
    assert answer.status_code == 200, answer.text
    body: Answer = answer.json
    return body


def assert_verdict(body: Answer, verdict: str, reason: str) -> None:
    assert (body["verdict"], body["reason"]) == (verdict, reason)
    assert body["fulfill"] is (verdict == "paid")
    assert body["final"] is (verdict in ("paid", "no_charge", "partially_refunded", "refunded"))
    assert (body["retryAfter"] is None) is body["final"]


def recorded(world: World, checkout: str) -> str | None:
    verdict = world.client.get(f"/v1/checkouts/{checkout}").json["verdict"]
    return verdict and str(verdict["verdict"])


def test_MX_01_a_paid_order_is_paid_with_steppays_amount_and_not_the_claims(world: World, steppay: FakeStepPay) -> None:
    code = steppay.order({**PAID, "orderId": 418001, "paidAmount": 12300}, COMPLETE)
    checkout = world.create_checkout(code)
    claim = {"orderId": 418001, "status": "success", "checkout": checkout, "amount": 1, "currency": "USD"}
    body = verify(world, code, **claim)
    assert_verdict(body, "paid", "payment_complete")
    assert (body["amount"], body["currency"]) == (12300, "KRW")
    assert (recorded(world, checkout), world.rows()) == ("paid", 1)


@pytest.mark.parametrize("claim", [{"orderId": 418002}, {}])
def test_MX_02_a_forged_or_replayed_success_is_recorded_as_pending(
    world: World, steppay: FakeStepPay, claim: Order
) -> None:
    code = steppay.order({**UNPAID, "orderId": 418002}, STANDBY, "order_mx_02")
    checkout = world.create_checkout(code)
    assert_verdict(verify(world, code, status="success", checkout=checkout, **claim), "pending", "not_paid_yet")
    assert recorded(world, checkout) == "pending"


def test_MX_04_whatever_status_is_claimed_a_paid_order_answers_the_same(world: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    claims: list[Order] = [{}, *({"status": text} for text in ("success", "cancel", "error", "SUCCESS", "", 183682))]
    answers = [world.client.post("/v1/verify", json={"orderCode": code, **claim}).json for claim in claims]
    tokens = {answer.pop("token") for answer in answers}
    assert len(tokens) == len(claims)  # each with an id of its own
    assert all(answer == answers[0] for answer in answers)
    assert_verdict(answers[0], "paid", "payment_complete")


def test_MX_07_one_cheap_payment_does_not_pay_a_dear_order(world: World, steppay: FakeStepPay) -> None:
    cheap = steppay.order({**PAID, "orderId": 418007, "paidAmount": 1000}, COMPLETE)
    dear = steppay.order({**UNPAID, "paidAmount": 420000}, STANDBY)
    cheap_checkout, dear_checkout = world.create_checkout(cheap), world.create_checkout(dear)
    verify(world, cheap, checkout=cheap_checkout)
    swapped = verify(world, dear, orderId=418007, status="success", checkout=dear_checkout)
    assert_verdict(swapped, "mismatch", "order_id_mismatch")
    crossed = verify(world, dear, status="success", checkout=cheap_checkout)
    assert_verdict(crossed, "pending", "not_paid_yet")
    page = world.client.get(f"/v1/return/{dear_checkout}?order_code={cheap}&order_id=418007&status=success")
    assert page.status_code == 400
    assert (recorded(world, cheap_checkout), recorded(world, dear_checkout)) == ("paid", "mismatch")


@pytest.mark.parametrize(
    "receipt",
    [{"idKey": "anotherKey123"}, {"orderId": 1}, {"partnerOrderId": "order_x"}, {"paidAmount": 1}, {"amount": 9999}],
    ids=repr,
)
def test_MX_08_a_receipt_of_something_else_is_a_doubt_and_needs_review(
    world: World, steppay: FakeStepPay, receipt: Order, caplog: pytest.LogCaptureFixture
) -> None:
    code = steppay.order(PAID, {**COMPLETE, **receipt})
    assert_verdict(verify(world, code, status="success"), "unknown", "receipt_mismatch")
    alerts = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.getMessage() for record in alerts] == [f"verdict_needs_review order={code} reason=receipt_mismatch"]


@pytest.mark.parametrize("receipt", [404, COMPLETE])
def test_MX_11_registering_a_card_is_never_a_payment(world: World, steppay: FakeStepPay, receipt: Any) -> None:
    code = steppay.order({**PAID, "type": "PAYMENT_METHOD", "paidAmount": 0}, receipt)
    assert_verdict(verify(world, code, status="success"), "no_charge", "payment_method_registered")


@pytest.mark.parametrize("receipt", [404, STANDBY])
def test_MX_13_nothing_to_pay_is_not_done(world: World, steppay: FakeStepPay, receipt: Any) -> None:
    code = steppay.order({**UNPAID, "paidAmount": 0}, receipt)
    assert_verdict(verify(world, code, status="success"), "pending", "not_paid_yet")


def test_MX_14_a_paid_amount_alone_never_counts(world: World, steppay: FakeStepPay) -> None:
    code = steppay.order({**UNPAID, "paidAmount": 10000}, STANDBY)
    assert_verdict(verify(world, code, status="success"), "pending", "not_paid_yet")


@pytest.mark.parametrize(
    ("status", "reason"), [("VIRTUAL_BANK_STANDBY", "awaiting_deposit"), ("CMS_STANDBY", "awaiting_bank_debit")]
)
def test_MX_16_an_issued_account_is_not_money(world: World, steppay: FakeStepPay, status: str, reason: str) -> None:
    account = {"accountNumber": CANARY, "accountName": CANARY, "bankAccount": CANARY}
    order = {
        **UNPAID,
        "payment": {"vbankDTO": account, "niceCmsDTO": account},
        "items": [{"status": "DEPOSIT_WAITING"}],
    }
    body = verify(world, steppay.order(order, {**STANDBY, "paymentStatus": status, **account}), status="success")
    assert_verdict(body, "pending", reason)
    assert body["retryAfter"] >= 60
    assert CANARY not in json.dumps(body)


def test_MX_17_an_old_success_does_not_bring_a_refund_back(world: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    checkout = world.create_checkout(code)
    verify(world, code, checkout=checkout)
    steppay.order({**PAID, "returnedAmount": 4000}, {**COMPLETE, "paymentStatus": "PARTIAL_CANCELED"}, code)
    for _ in range(2):
        body = verify(world, code, status="success", checkout=checkout)
        assert_verdict(body, "partially_refunded", "partially_refunded")
        assert (body["amount"], body["returnedAmount"]) == (10000, 4000)
        world.client.get(f"/v1/return/{checkout}?order_code={code}&status=success")
        assert recorded(world, checkout) == "partially_refunded"


def test_MX_19_money_on_its_way_back_is_not_paid(world: World, steppay: FakeStepPay) -> None:
    code = steppay.order(PAID, {**COMPLETE, "paymentStatus": "CANCEL_PROGRESS"})
    assert_verdict(verify(world, code, status="success"), "pending", "cancel_in_progress")


@pytest.mark.parametrize("status", ["success", "error", "cancel"])
def test_MX_20_a_cancellation_that_failed_is_for_a_person(world: World, steppay: FakeStepPay, status: str) -> None:
    code = steppay.order(PAID, {**COMPLETE, "paymentStatus": "CANCELED_FAIL"})
    assert_verdict(verify(world, code, status=status), "unknown", "cancel_failed_review")


@pytest.mark.parametrize("status", ["success", "error"])
def test_MX_22_failed_is_steppays_word_and_a_later_payment_replaces_it(
    world: World, steppay: FakeStepPay, status: str
) -> None:
    failed = {**STANDBY, "paymentStatus": "FAILED", "errorMessage": CANARY}
    code = steppay.order({**UNPAID, "payment": {"errorMessage": CANARY}}, failed)
    checkout = world.create_checkout(code)
    body = verify(world, code, status=status, checkout=checkout)
    assert_verdict(body, "failed", "payment_failed")
    assert CANARY not in json.dumps(body)
    steppay.order(PAID, COMPLETE, code)
    assert_verdict(verify(world, code, status=status, checkout=checkout), "paid", "payment_complete")
    assert recorded(world, checkout) == "paid"


BROKEN_DATES = ["", "null", 0, False, [], "0000-00-00T00:00:00", "9999-01-01T00:00:00", "2026-11-25T00:00:00"]


@pytest.mark.parametrize("where", ["order", "receipt"])
@pytest.mark.parametrize("date", BROKEN_DATES, ids=repr)
def test_MX_25_a_date_that_is_none_is_neither_paid_nor_failed(
    world: World, steppay: FakeStepPay, where: str, date: object
) -> None:
    broken = {"paymentDate": date}
    answers = (PAID | broken, COMPLETE) if where == "order" else (PAID, COMPLETE | broken)
    body = verify(world, steppay.order(*answers), status="error")
    assert_verdict(body, "unknown", "unreadable_payment_date")


def test_MX_25_a_receipt_without_a_status_is_not_a_failure(world: World, steppay: FakeStepPay) -> None:
    code = steppay.order(UNPAID, {"paymentDate": None})
    assert_verdict(verify(world, code, status="error"), "unknown", "unrecognized_payment_status")


def test_MX_26_a_paid_relative_does_not_pay_an_order(world: World, steppay: FakeStepPay) -> None:
    relative = {**PAID, **COMPLETE, "orderCode": "order_child", "code": "order_child"}
    kin = {"childOrders": [relative], "relatedOrders": [relative], "parentSubscription": relative, "payment": relative}
    assert_verdict(verify(world, steppay.order({**UNPAID, **kin}, STANDBY)), "pending", "not_paid_yet")
