"""An order that is paid, awaited or refunded never leads to a pay page again."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.support.app_fixture import COMPLETE, PAID, SHOP, STANDBY, UNPAID, FakeStepPay, World
from tests.support.job_helpers import event_body, send, work
from tests.support.merchant import MORE, bind

CANCEL_PROGRESS = {**COMPLETE, "paymentStatus": "CANCEL_PROGRESS"}
DEPOSIT = {**STANDBY, "paymentStatus": "VIRTUAL_BANK_STANDBY"}
DEBIT = {**STANDBY, "paymentStatus": "CMS_STANDBY"}
CLOSED: list[tuple[Any, Any, str, str]] = [
    (PAID, COMPLETE, "paid", "payment_complete"),
    ({**PAID, "paidAmount": 0}, 404, "no_charge", "zero_amount"),
    ({**PAID, "paidAmount": 0, "type": "PAYMENT_METHOD"}, 404, "no_charge", "payment_method_registered"),
    (PAID, {**COMPLETE, "paymentStatus": "CANCELED"}, "refunded", "refunded"),
    (PAID, {**COMPLETE, "paymentStatus": "PARTIAL_CANCELED"}, "partially_refunded", "partially_refunded"),
    (UNPAID, DEPOSIT, "pending", "awaiting_deposit"),
    (UNPAID, DEBIT, "pending", "awaiting_bank_debit"),
    (PAID, CANCEL_PROGRESS, "pending", "cancel_in_progress"),
    (UNPAID, COMPLETE, "pending", "order_lagging"),
    (PAID, "error", "unknown", "receipt_unavailable"),
    (PAID, 404, "unknown", "receipt_missing"),
    (PAID, STANDBY, "unknown", "contradiction"),
    ({**PAID, "paymentDate": "soon"}, COMPLETE, "unknown", "unreadable_payment_date"),
]
UNSETTLED: list[tuple[Any, Any]] = [
    (UNPAID, 404),
    (UNPAID, STANDBY),
    (UNPAID, "error"),
    (UNPAID, {**STANDBY, "paymentStatus": "FAILED"}),
    (UNPAID, {**STANDBY, "paymentStatus": "USER_CANCELED"}),
    (UNPAID, {**STANDBY, "paymentStatus": "CANCELED"}),
    (500, None),
    (404, None),
]
closed = pytest.mark.parametrize(("order", "receipt", "verdict", "reason"), CLOSED, ids=lambda value: str(value)[:24])


def post(world: World, code: str, **members: object) -> Any:
    body = {"orderCode": code, "mode": "tab", **members}
    return world.client.post("/v1/checkouts", json=body, headers={"Origin": SHOP})


def follow(world: World, code: str, query: str = "") -> Any:
    return world.client.get(f"/v1/pay/{code}{query}", headers={"Referer": f"{SHOP}/"})


def learn_by_page(world: World, code: str) -> None:
    world.client.post("/v1/verify", json={"orderCode": code})


def learn_by_event(world: World, code: str) -> None:
    send(world, event_body(code))
    work(world)


def learn_nothing(world: World, code: str) -> None:
    """It was opened once; no request has asked StepPay since."""
    assert post(world, code).status_code == 201


def shows_verdict(page: Any) -> bool:
    return page.status_code == 200 and page.mimetype == "text/html" and "Location" not in page.headers


LEARNINGS = [learn_by_page, learn_by_event, learn_nothing]


@closed
@pytest.mark.parametrize("learn", LEARNINGS, ids=lambda learn: learn.__name__)
def test_a_settled_or_awaited_order_is_answered_by_its_verdict(
    *, world: World, steppay: FakeStepPay, order: Any, receipt: Any, verdict: str, reason: str, learn: Any
) -> None:
    code = steppay.order(order, receipt)
    learn(world, code)
    rows = world.rows()
    answer = post(world, code)
    assert (answer.status_code, set(answer.json)) == (200, {"verdict"})
    told = answer.json["verdict"]
    assert (told["verdict"], told["reason"], told["orderCode"]) == (verdict, reason, code)
    assert told["message"]
    page = follow(world, code)
    assert shows_verdict(page)
    assert code in page.text
    assert f'href="{SHOP}/"' in page.text
    assert "/api/public/" not in page.text
    assert world.rows() == rows


@closed
def test_a_final_record_is_trusted_without_asking(
    *, world: World, steppay: FakeStepPay, order: Any, receipt: Any, verdict: str, reason: str
) -> None:
    code = steppay.order(order, receipt)
    learn_by_page(world, code)
    steppay.order(503, None, code)
    world.clock.pass_by(timedelta(days=1))
    steppay.forget_calls()
    known = reason not in ("receipt_unavailable",)
    answer = post(world, code)
    assert answer.status_code == (200 if known else answer.status_code)
    assert answer.json["verdict"]["reason"] == reason
    final = answer.json["verdict"]["final"]
    assert bool(steppay.calls()) != final


@pytest.mark.parametrize(("order", "receipt"), UNSETTLED)
@pytest.mark.parametrize("learn", LEARNINGS, ids=lambda learn: learn.__name__)
def test_what_is_not_paid_or_not_known_opens_as_often_as_wanted(
    *, world: World, steppay: FakeStepPay, order: Any, receipt: Any, learn: Any
) -> None:
    code = steppay.order(order, receipt)
    learn(world, code)
    for _ in range(2):
        assert post(world, code).status_code == 201
        assert follow(world, code).status_code == 302


@pytest.mark.parametrize("status", ["cancel", "error"])
def test_after_a_cancel_the_shopper_may_try_again(world: World, steppay: FakeStepPay, status: str) -> None:
    code = steppay.unpaid()
    checkout = world.create_checkout(code)
    world.client.post("/v1/verify", json={"orderCode": code, "checkout": checkout, "status": status})
    assert post(world, code).status_code == 201


def test_an_awaited_deposit_that_has_ended_opens_again_and_one_that_came_is_paid(
    world: World, steppay: FakeStepPay
) -> None:
    code = steppay.order(UNPAID, DEPOSIT)
    learn_by_page(world, code)
    steppay.order(UNPAID, {**STANDBY, "paymentStatus": "CANCELED"}, code)
    assert post(world, code).status_code == 201
    steppay.order(PAID, COMPLETE, code)
    assert post(world, code).json["verdict"]["verdict"] == "paid"


def test_an_awaited_deposit_stays_awaited_while_steppay_is_away(world: World, steppay: FakeStepPay) -> None:
    code = steppay.order(UNPAID, DEPOSIT)
    learn_by_page(world, code)
    steppay.order(503, None, code)
    assert post(world, code).json["verdict"]["reason"] == "awaiting_deposit"
    assert 'data-kind="pending" data-reason="awaiting_deposit"' in follow(world, code).text


@closed
def test_only_an_awaited_payment_may_be_paid_another_way_on_request(
    *, world: World, steppay: FakeStepPay, order: Any, receipt: Any, verdict: str, reason: str
) -> None:
    code = steppay.order(order, receipt)
    learn_by_page(world, code)
    awaited = reason.startswith("awaiting_")
    assert post(world, code, again=True).status_code == (201 if awaited else 200)
    assert follow(world, code, "?again=1").status_code == (302 if awaited else 200)
    assert (f"/v1/pay/{code}?again=1" in follow(world, code).text) == awaited


@pytest.mark.parametrize("again", [1, "true", "", []])
def test_again_is_true_or_false(world: World, steppay: FakeStepPay, again: object) -> None:
    assert list(post(world, steppay.unpaid(), again=again).json["errors"]) == ["again"]


def test_paid_under_another_amount_than_was_bound_opens_nothing_and_is_not_reported_as_paid(
    keyed: World, steppay: FakeStepPay
) -> None:
    code = steppay.paid()
    assert bind(keyed, code, MORE).status_code == 201
    learn_by_page(keyed, code)
    answer = post(keyed, code)
    assert (answer.status_code, answer.json["verdict"]["reason"]) == (200, "amount_mismatch")
    assert 'data-kind="mismatch"' in follow(keyed, code).text


def test_the_verdict_page_speaks_the_browsers_language(world: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    learn_by_page(world, code)
    page = world.client.get(f"/v1/pay/{code}", headers={"Accept-Language": "en"})
    assert "<h1>Payment complete</h1>" in page.text
    assert re.search(r'class="button primary" href="https://shop.test/"', page.text)
    assert post(world, code, locale="ko").json["verdict"]["message"] == "결제가 완료되었습니다."
