"""What is kept of an order and told of it: every member, word by word, for pages and backends read them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from widget_server.domain.delivery import DeliveryResponse
from widget_server.domain.model import UNREADABLE, Expectation, Order, OrderType, PaymentStatus, Unreadable, Verdict
from widget_server.domain.order_record import Record, Transition, event_text, webhook_payload
from widget_server.domain.transitions import state_from_verdict
from widget_server.domain.verdict_json import canonical_decimal, json_number, mismatch_body, rfc3339, verdict_body
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.domain.verdict_reasons import Finding

AT = datetime(2026, 11, 23, 3, 16, 5, 999999, tzinfo=UTC)
KST = timezone(timedelta(hours=9))
ORDER = Order(
    order_code="order_a",
    order_id=7,
    type=OrderType.RECURRING,
    amount=Decimal("10000.0"),
    returned_amount=Decimal("0.5"),
    currency="KRW",
    payment_date=datetime(2026, 11, 1, 10, 5, tzinfo=KST),
    id_key="secret",
    subscription_ids=(3, 4),
    purchase_deadline=AT,
)
VERDICT = Verdict(ORDER, Finding(VerdictKind.PAID, "payment_complete"), PaymentStatus.COMPLETE, AT)
BODY = {
    "orderCode": "order_a",
    "orderId": 7,
    "orderType": "RECURRING",
    "verdict": "paid",
    "reason": "payment_complete",
    "fulfill": True,
    "final": True,
    "retryAfter": None,
    "paymentStatus": "COMPLETE",
    "paymentDate": "2026-11-01T10:05:00+09:00",
    "amount": 10000,
    "returnedAmount": 0.5,
    "currency": "KRW",
    "subscriptionIds": [3, 4],
    "checkedAt": "2026-11-23T03:16:05Z",
}
STEP = Transition("paid", "paid", "payment_complete", "webhook", AT)
TOLD = {"verdict": "paid", "reason": "payment_complete", "cause": "webhook", "at": "2026-11-23T03:16:05Z"}


def test_a_verdict_has_these_members_and_no_other() -> None:
    assert verdict_body(VERDICT) == BODY
    assert list(verdict_body(VERDICT)) == list(BODY)


def test_a_mismatch_names_what_was_bound_beside_what_is() -> None:
    bound = replace(VERDICT, expectation=Expectation(Decimal("9.50"), "USD"))
    assert mismatch_body(bound) == {**BODY, "expectation": {"amount": 9.5, "currency": "USD"}}
    assert mismatch_body(VERDICT) == {**BODY, "expectation": None}


@pytest.mark.parametrize("paid_at", [None, UNREADABLE])
def test_what_is_not_known_is_null(paid_at: Unreadable | None) -> None:
    order = replace(ORDER, type=None, currency=None, payment_date=paid_at, subscription_ids=())
    finding = Finding(VerdictKind.PENDING, "not_paid_yet")
    assert verdict_body(Verdict(order, finding, None, AT)) == {
        **BODY,
        **dict.fromkeys(("orderType", "paymentStatus", "paymentDate", "currency")),
        **{"verdict": "pending", "reason": "not_paid_yet", "fulfill": False, "final": False},
        **{"retryAfter": 3, "subscriptionIds": []},
    }


@pytest.mark.parametrize(
    ("text", "number", "plain"),
    [
        ("10000", 10000, "10000"),
        ("10000.00", 10000, "10000"),
        ("1E+4", 10000, "10000"),
        ("0", 0, "0"),
        ("-0", 0, "0"),
        ("0.10", 0.1, "0.1"),
        ("12345.6789", 12345.6789, "12345.6789"),
    ],
)
def test_an_amount_has_one_number_and_one_text(text: str, number: float, plain: str) -> None:
    read = json_number(Decimal(text))
    assert (read, type(read)) == (number, type(number))
    assert canonical_decimal(Decimal(text)) == plain


def test_a_moment_is_written_in_utc_to_the_second() -> None:
    assert rfc3339(AT) == "2026-11-23T03:16:05Z"


def test_a_message_to_the_merchant_has_this_text() -> None:
    text = webhook_payload("payment.paid", AT, {"orderCode": "주문"}, [STEP, STEP])
    assert json.loads(text) == {
        "type": "payment.paid",
        "timestamp": "2026-11-23T03:16:05Z",
        "data": {"orderCode": "주문", "history": [TOLD, TOLD]},
    }
    assert "주문" in text, "as it is, not in escapes"
    assert event_text("x", AT, {}) == '{"type": "x", "timestamp": "2026-11-23T03:16:05Z", "data": {}}'


@pytest.mark.parametrize("kind", VerdictKind)
def test_a_record_is_settled_when_money_is_settled(kind: VerdictKind) -> None:
    verdict = replace(VERDICT, finding=Finding(kind, "contradiction"))
    record = Record("order_a", state_from_verdict(verdict), {}, needs_review=False)
    assert record.settled is (kind in {"no_charge", "paid", "partially_refunded", "refunded"})
    assert record.history == ()


@pytest.mark.parametrize(
    ("status", "accepted"), [(None, False), (199, False), (200, True), (204, True), (299, True), (300, False)]
)
def test_a_delivery_is_accepted_with_any_status_of_success(status: int | None, accepted: bool) -> None:
    assert DeliveryResponse("answered", status).accepted is accepted
    assert DeliveryResponse("timeout") == DeliveryResponse("timeout", None, "", None)
