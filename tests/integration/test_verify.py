"""`POST /v1/verify`: a claim goes in, StepPay's truth comes out, and a doubt never becomes an answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.app_fixture import COMPLETE, NOW, PAID, SHOP, STANDBY, TOKEN, UNPAID, FakeStepPay, World, application
from widget_server.services.steppay_call import Deadline, Request

VERIFY = "/v1/verify"


def verify(world: World, code: str, **members: Any) -> Any:
    return world.client.post(VERIFY, json={"orderCode": code, **members})


def test_a_paid_order_has_exactly_the_documented_members(world: World, steppay: FakeStepPay) -> None:
    code = steppay.order({**PAID, "orderId": 183682, "subscriptions": [{"id": 5}]}, COMPLETE)
    answer = verify(world, code, orderId=183682, status="success")
    assert answer.status_code == 200
    body = dict(answer.json)
    assert body.pop("token").count(".") == 2  # tests/integration/test_signed_verdicts.py reads it
    assert body == {
        "orderCode": code,
        "orderId": 183682,
        "orderType": "ONE_TIME",
        "verdict": "paid",
        "reason": "payment_complete",
        "fulfill": True,
        "final": True,
        "retryAfter": None,
        "paymentStatus": "COMPLETE",
        "paymentDate": "2026-11-01T10:05:00+09:00",
        "amount": 10000,
        "returnedAmount": 0,
        "currency": "KRW",
        "subscriptionIds": [5],
        "checkedAt": NOW.isoformat().replace("+00:00", "Z"),
        "title": "결제가 완료되었습니다",
        "message": "결제가 완료되었습니다.",
    }


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"status": "cancel"},
        {"status": "error"},
        {"status": "SUCCESS"},
        {"status": ""},
        {"status": 183682},
        {"status": None},
        {"status": 1.5},
        {"orderId": None},
        {"extra": {"verdict": "failed"}},
        {"amount": 1},
    ],
    ids=repr,
)
def test_MX_04_MX_05_nothing_in_the_claim_changes_what_steppay_knows_to_be_paid(
    world: World, steppay: FakeStepPay, members: dict[str, object]
) -> None:
    answer = verify(world, steppay.paid(), **members)
    assert (answer.status_code, answer.json["verdict"]) == (200, "paid")


@pytest.mark.parametrize(
    ("status", "verdict"), [("success", "pending"), (None, "pending"), ("error", "failed"), ("cancel", "canceled")]
)
def test_MX_02_a_forged_success_never_shows_paid(
    world: World, steppay: FakeStepPay, status: str | None, verdict: str
) -> None:
    body = verify(world, steppay.unpaid(), status=status).json
    assert (body["verdict"], body["fulfill"], body["final"]) == (verdict, False, False)
    assert body["retryAfter"] > 0


def test_a_paid_orders_number_does_not_pay_another_order(world: World, steppay: FakeStepPay) -> None:
    cheap = verify(world, steppay.paid()).json["orderId"]
    dear = steppay.order({**UNPAID, "paidAmount": 420000}, STANDBY)
    assert verify(world, dear, orderId=cheap, status="success").json["verdict"] == "mismatch"
    assert verify(world, dear, status="success").json["verdict"] == "pending"


@pytest.mark.parametrize("order_id", [183690, "183690"])
def test_the_order_number_may_be_digits_in_a_string(world: World, steppay: FakeStepPay, order_id: object) -> None:
    code = steppay.order({**PAID, "orderId": 183690}, COMPLETE)
    assert verify(world, code, orderId=order_id).json["verdict"] == "paid"


def test_the_receipt_is_asked_for_after_the_order(world: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    steppay.forget_calls()
    verify(world, code)
    order, receipt = steppay.calls()
    assert order == f"/api/v1/orders/{code}"
    assert receipt.startswith("/api/payment/receipt/")


def test_MX_23_an_order_that_lags_behind_its_receipt_is_pending_then_paid(world: World, steppay: FakeStepPay) -> None:
    code = steppay.play("lagging")
    first = verify(world, code).json
    assert (first["verdict"], first["reason"], first["final"]) == ("pending", "order_lagging", False)
    assert steppay.calls().count(f"/api/v1/orders/{code}") == 2
    assert verify(world, code).json["verdict"] == "paid"


@pytest.mark.parametrize(
    ("scenario", "verdict", "reason"),
    [
        ("paid", "paid", "payment_complete"),
        ("declined", "failed", "payment_failed"),
        ("canceled", "canceled", "shopper_canceled"),
        ("vbank", "pending", "awaiting_deposit"),
        ("cms", "pending", "awaiting_bank_debit"),
        ("slow", "paid", "payment_complete"),
        ("refunded", "refunded", "refunded"),
        ("partially_refunded", "partially_refunded", "partially_refunded"),
        ("forged", "pending", "not_paid_yet"),
    ],
)
def test_each_outcome_at_steppay_has_its_verdict(
    world: World, steppay: FakeStepPay, scenario: str, verdict: str, reason: str
) -> None:
    body = verify(world, steppay.play(scenario), status="success").json
    assert (body["verdict"], body["reason"]) == (verdict, reason)


def test_an_outage_is_unknown_and_the_order_is_paid_afterwards(world: World, steppay: FakeStepPay) -> None:
    code = steppay.play("outage")
    during = [verify(world, code, status="error") for _ in range(2)]
    assert {(answer.status_code, answer.json["verdict"]) for answer in during} == {(503, "unknown")}
    assert verify(world, code).json["verdict"] == "paid"


def test_LK_05_orders_cannot_be_enumerated_by_their_numbers(world: World, steppay: FakeStepPay) -> None:
    order_id = verify(world, steppay.paid()).json["orderId"]
    steppay.forget_calls()
    assert verify(world, str(order_id)).status_code == 422
    assert steppay.calls() == []


@pytest.mark.parametrize(
    ("order", "status", "code"),
    [
        (404, 404, "order_not_found"),
        (401, 503, "upstream_unavailable"),
        (403, 503, "upstream_unavailable"),
        (429, 503, "upstream_rate_limited"),
        (500, 503, "upstream_unavailable"),
        (418, 503, "upstream_bad_response"),
        ({"raw": "<html>maintenance</html>", "contentType": "text/html"}, 503, "upstream_bad_response"),
        ({"raw": ""}, 503, "upstream_bad_response"),
        ({"raw": "[]"}, 503, "upstream_bad_response"),
        ({"raw": "{}"}, 503, "upstream_bad_response"),
        ({"raw": '{"paymentDate":"2026-11-01T10:05:00'}, 503, "upstream_bad_response"),
        ({"raw": "moved", "status": 302}, 503, "upstream_bad_response"),
        ({**PAID, "code": "order_another"}, 503, "upstream_bad_response"),
        ({**PAID, "orderCode": "order_another"}, 503, "upstream_bad_response"),
        ({**PAID, "paidAmount": "10000"}, 503, "upstream_bad_response"),
        ({**PAID, "paidAmount": 0.1 + 1e-16}, 503, "upstream_bad_response"),
    ],
    ids=repr,
)
def test_a_payment_that_could_not_be_checked_is_unknown_never_failed(
    world: World, steppay: FakeStepPay, order: object, status: int, code: str
) -> None:
    answer = verify(world, steppay.order(order, COMPLETE), status="error")
    body = answer.json
    assert (answer.status_code, body["code"], body["reason"]) == (status, code, code)
    assert answer.mimetype == "application/problem+json"
    assert (body["verdict"], body["fulfill"], body["final"]) == ("unknown", False, False)
    assert body["retryAfter"] >= 1
    assert status == 404 or answer.headers["Retry-After"] == str(body["retryAfter"])


@pytest.mark.parametrize("refusal", [401, 403])
def test_UP_05_a_refused_token_is_the_operators_business_only(
    world: World, steppay: FakeStepPay, refusal: int, caplog: pytest.LogCaptureFixture
) -> None:
    answer = verify(world, steppay.order(refusal))
    assert not any(word in answer.text.lower() for word in ("auth", "token", "secret", "401", "403", "forbidden"))
    assert "upstream_auth" in caplog.text
    assert TOKEN not in caplog.text + answer.text


@pytest.mark.parametrize("receipt", ["error", 429, 403, {"raw": "<html>", "contentType": "text/html"}, {"raw": "[]"}])
def test_UP_13_half_an_answer_is_not_an_answer(world: World, steppay: FakeStepPay, receipt: object) -> None:
    body = verify(world, steppay.order(PAID, receipt), status="error").json
    assert (body["verdict"], body["reason"]) == ("unknown", "receipt_unavailable")


def test_a_steppay_that_is_not_there_is_unknown(
    migrated: Any, tmp_path: Any, free_port: Any, steppay: FakeStepPay
) -> None:
    with application(f"http://127.0.0.1:{free_port()}", migrated, tmp_path) as world:
        answer = verify(world, "order_15XqwcM1f", status="error")
    assert (answer.status_code, answer.json["code"]) == (503, "upstream_unavailable")
    assert (answer.json["verdict"], answer.headers["Retry-After"]) == ("unknown", "3")


def test_two_looks_of_which_the_second_fails_keep_the_first(world: World, steppay: FakeStepPay) -> None:
    code = steppay.order(UNPAID, COMPLETE)
    assert verify(world, code).json["reason"] == "order_lagging"


@pytest.mark.parametrize(
    ("accepted", "message"),
    [
        (None, "결제가 완료되었습니다."),
        ("ko-KR,ko;q=0.9,en;q=0.8", "결제가 완료되었습니다."),
        ("en-US,en;q=0.9", "Payment complete."),
        ("fr", "결제가 완료되었습니다."),
        ("%%%;q=x", "결제가 완료되었습니다."),
    ],
)
def test_the_message_follows_the_browsers_language(
    world: World, steppay: FakeStepPay, accepted: str | None, message: str
) -> None:
    headers = {"Accept-Language": accepted} if accepted else {}
    answer = world.client.post(VERIFY, json={"orderCode": steppay.paid()}, headers=headers)
    assert answer.json["message"] == message
    assert "Accept-Language" in answer.headers["Vary"]


@pytest.mark.parametrize("header", [{"Origin": SHOP}, {}])
def test_each_answer_carries_the_strict_headers(world: World, steppay: FakeStepPay, header: dict[str, str]) -> None:
    answers = [
        world.client.post(VERIFY, json={"orderCode": steppay.paid()}, headers=header),
        world.client.post(VERIFY, data="{", headers=header),
        world.client.get(VERIFY, headers=header),
        world.client.get("/nothing/here"),
        world.client.get("/healthz"),
        world.client.options(VERIFY, headers=header | {"Access-Control-Request-Method": "POST"}),
        world.client.post(VERIFY, json={"orderCode": "order_missing"}, headers={"Origin": "https://evil.tld"}),
    ]
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert len(answer.headers["X-Request-Id"]) == 16
        assert "Set-Cookie" not in answer.headers


class Broken:
    def call(self, _request: Request, _deadline: Deadline) -> Any:
        raise RuntimeError(f"canary {TOKEN}")


def test_a_bug_is_a_problem_with_a_request_id_and_nothing_of_the_inside(world: World) -> None:
    answer = world.with_deps(steppay=Broken()).post(VERIFY, json={"orderCode": "order_a"}, headers={"Origin": SHOP})
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert answer.json["requestId"] == answer.headers["X-Request-Id"]
    assert (answer.json["verdict"], answer.json["fulfill"], answer.json["final"]) == ("unknown", False, False)
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert not any(word in answer.text for word in ("canary", "Traceback", "RuntimeError", "world.py", TOKEN))


def test_the_korean_message_is_not_escaped(world: World, steppay: FakeStepPay) -> None:
    assert json.dumps("결제", ensure_ascii=False).strip('"') in verify(world, steppay.paid()).data.decode()
