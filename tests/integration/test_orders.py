"""`GET /v1/orders/{orderCode}`: what is known without asking StepPay, and a fresh check when the backend wants one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.app_fixture import NOW, FakeStepPay, World
from tests.support.job_helpers import FakeMerchant, event_body, send, work
from tests.support.merchant import MORE, WON, bind, show, verify

AT = NOW.isoformat().replace("+00:00", "Z")
LATER = (NOW + timedelta(minutes=5)).isoformat().replace("+00:00", "Z")


def test_an_unknown_order_is_not_found_and_steppay_is_not_asked(keyed: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    answer = show(keyed, code)
    assert (answer.status_code, answer.json["code"]) == (404, "order_not_found")
    assert (answer.json["verdict"], answer.json["fulfill"]) == ("unknown", False)
    assert steppay.calls() == []


def test_a_bound_order_has_exactly_the_documented_members(keyed: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    bind(keyed, code)
    assert show(keyed, code).json == {
        "orderCode": code,
        "expectation": {"amount": 10000, "currency": "KRW", "boundAt": AT, "settledAt": None},
        "verdict": None,
        "checkedAt": None,
        "needsReview": False,
        "history": [],
    }
    assert steppay.calls() == []


def test_a_fresh_check_answers_like_the_verification_and_shows_that_it_settled(
    keyed: World, steppay: FakeStepPay
) -> None:
    code = steppay.paid()
    bind(keyed, code)
    keyed.clock.pass_by(timedelta(minutes=5))
    body = show(keyed, code, "?refresh=1").json
    told = verify(keyed, code).json
    del told["title"], told["message"], told["token"]  # they are for those who cannot believe or read the rest
    assert body == {
        "orderCode": code,
        "expectation": {"amount": 10000, "currency": "KRW", "boundAt": AT, "settledAt": LATER},
        "verdict": told,
        "checkedAt": LATER,
        "needsReview": False,
        "history": [{"verdict": "paid", "reason": "payment_complete", "cause": "backend", "at": LATER}],
    }


def test_a_fresh_check_needs_no_expectation(keyed: World, steppay: FakeStepPay) -> None:
    body = show(keyed, steppay.paid(), "?refresh=1").json
    assert (body["verdict"]["verdict"], body["expectation"]) == ("paid", None)


def test_without_refresh_the_last_answer_of_any_checkout_is_shown(keyed: World, steppay: FakeStepPay) -> None:
    code, other = steppay.unpaid(), steppay.paid()
    older, newer, foreign = keyed.create_checkout(code), keyed.create_checkout(code), keyed.create_checkout(other)
    keyed.create_checkout(code)  # never came back
    verify(keyed, code, checkout=newer)
    keyed.clock.pass_by(timedelta(minutes=5))
    verify(keyed, code, checkout=older, status="error")
    keyed.clock.pass_by(timedelta(minutes=5))
    verify(keyed, other, checkout=foreign)
    steppay.forget_calls()
    body = show(keyed, code, "?refresh=0").json
    assert (body["verdict"]["reason"], body["checkedAt"]) == ("not_paid_yet", LATER)
    assert body["verdict"]["orderCode"] == code
    assert body["expectation"] is None
    assert steppay.calls() == []


@pytest.mark.parametrize("name", ["refresh", "timeline"])
@pytest.mark.parametrize("query", ["?{0}", "?{0}=", "?{0}=true", "?{0}=1&{0}=0", "?{0}=%31%20"])
def test_an_unclear_wish_is_refused(keyed: World, steppay: FakeStepPay, name: str, query: str) -> None:
    answer = show(keyed, "order_15XqwcM1f", query.format(name))
    assert (answer.status_code, list(answer.json["errors"])) == (422, [name])
    assert steppay.calls() == []


def test_the_timeline_has_what_happened_in_its_order(keyed: World, steppay: FakeStepPay) -> None:
    code, merchant, minute = steppay.paid(), FakeMerchant(), timedelta(minutes=1)
    checkout = keyed.create_checkout(code)
    opened = show(keyed, code, "?timeline=1").json
    keyed.clock.pass_by(minute)
    bind(keyed, code)
    keyed.clock.pass_by(minute)
    keyed.client.get(f"/v1/return/{checkout}")
    work(keyed, merchant)
    keyed.clock.pass_by(minute)
    send(keyed, event_body(code))
    body = show(keyed, code, "?timeline=1").json
    times = [AT.replace("Z", ".000Z")] + [(NOW + minute * n).isoformat()[:19] + ".000Z" for n in (1, 2, 2, 2, 3)]
    assert [entry.pop("at") for entry in body["timeline"]] == times
    assert opened["timeline"] == [{"kind": "opened", "at": times[0], "mode": "tab"}]
    delivery = body["timeline"][4].pop("deliveryId")
    assert body["timeline"] == [
        {"kind": "opened", "mode": "tab"},
        {"kind": "bound"},
        {"kind": "returned", "mode": "tab"},
        {"kind": "verdict", "verdict": "paid", "reason": "payment_complete", "cause": "return"},
        {"kind": "message", "type": "payment.paid", "state": "delivered"},
        {"kind": "event", "event": "order.payment_completed"},
    ]
    assert [event_id for event_id, _body in merchant.told] == [delivery]


@pytest.mark.parametrize(
    ("order", "status", "code"), [(404, 404, "order_not_found"), (500, 503, "upstream_unavailable")]
)
def test_a_fresh_check_that_steppay_does_not_answer_is_unknown(
    keyed: World, steppay: FakeStepPay, order: int, status: int, code: str
) -> None:
    order_code = steppay.order(order)
    bind(keyed, order_code, MORE)
    answer = show(keyed, order_code, "?refresh=1")
    assert (answer.status_code, answer.json["code"], answer.json["verdict"]) == (status, code, "unknown")


def test_what_a_browser_claims_plays_no_part_in_a_fresh_check(keyed: World, steppay: FakeStepPay) -> None:
    body = show(keyed, steppay.unpaid(), "?refresh=1&status=error&orderId=1").json
    assert body["verdict"]["reason"] == "not_paid_yet"


def test_a_database_that_is_down_does_not_pass_for_an_unknown_order(keyed: World) -> None:
    bind(keyed, "order_a", WON)
    keyed.break_storage()
    answer = show(keyed, "order_a")
    assert (answer.status_code, answer.json["code"]) == (503, "storage_unavailable")


def test_nothing_personal_is_in_the_answer(keyed: World, steppay: FakeStepPay) -> None:
    canary = {"name": "canary", "email": "canary@x.kr", "cardNumber": "canary"}
    code = steppay.order({"customer": canary, "payment": canary, "paymentDate": None}, {"buyer": canary})
    answer = show(keyed, code, "?refresh=1")
    assert answer.status_code == 200
    assert "canary" not in answer.text
    assert "idKey" not in answer.text


def test_a_stored_paid_of_another_amount_than_is_bound_now_is_left_out(keyed: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    checkout = keyed.create_checkout(code)
    verify(keyed, code, checkout=checkout)
    assert show(keyed, code).json["verdict"]["fulfill"] is True
    bind(keyed, code, MORE)
    body = show(keyed, code).json
    assert (body["expectation"]["amount"], body["verdict"], body["checkedAt"]) == (MORE["amount"], None, None)
    keyed.clock.pass_by(timedelta(minutes=5))
    verify(keyed, code, checkout=checkout)
    assert show(keyed, code).json["verdict"]["verdict"] == "mismatch"


def test_a_stored_paid_of_the_bound_amount_is_shown(keyed: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    bind(keyed, code, WON)
    verify(keyed, code, checkout=keyed.create_checkout(code))
    assert show(keyed, code).json["verdict"]["fulfill"] is True


@pytest.mark.parametrize("status", ["error", "cancel"])
def test_what_a_visitor_claims_is_no_failure_in_the_merchants_view(
    keyed: World, steppay: FakeStepPay, status: str
) -> None:
    """A visitor who knows an order code may open a checkout and say that it failed."""
    code = steppay.unpaid()
    checkout = keyed.create_checkout(code)
    assert verify(keyed, code, checkout=checkout, status=status).json["reason"] == f"not_paid_after_{status}"
    verdict = show(keyed, code).json["verdict"]
    assert (verdict["verdict"], verdict["reason"], verdict["retryAfter"]) == ("pending", "not_paid_yet", 3)


def test_a_visitors_wrong_order_id_is_no_mismatch_in_the_merchants_view(keyed: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    checkout = keyed.create_checkout(code)
    verify(keyed, code)
    keyed.clock.pass_by(timedelta(minutes=1))
    assert verify(keyed, code, checkout=checkout, orderId=1).json["reason"] == "order_id_mismatch"
    assert show(keyed, code).json["verdict"]["verdict"] == "paid"
