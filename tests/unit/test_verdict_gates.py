"""The checks run in their order: when several things are wrong, the first gate names the reason."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.unit.judging import CODE, ID_KEY, NOW, ORDER, RECEIPT, judge
from widget_server.domain.model import Claim, Expectation
from widget_server.domain.parsing import MalformedResponse, OrderMismatch, parse_order
from widget_server.domain.rules import hides_payment, needs_receipt
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.domain.verdict_reasons import Finding, finding

UNKNOWN, MISMATCH = VerdictKind.UNKNOWN, VerdictKind.MISMATCH
EXPECTED = Expectation(Decimal(10000), "KRW")
ELSEWHERE = Expectation(Decimal(9999), "USD")
# Each row breaks one thing more than the row below it: order, receipt, claimed order id, expectation, the answer.
GATES = [
    ({"paymentDate": "soon", "type": "GIFT", "idKey": "?"}, 404, 8, ELSEWHERE, (MISMATCH, "order_id_mismatch")),
    ({"paymentDate": "soon", "type": "GIFT", "idKey": "?"}, 404, 7, ELSEWHERE, (MISMATCH, "amount_mismatch")),
    ({"paymentDate": "soon", "currency": "USD"}, 404, 7, EXPECTED, (UNKNOWN, "currency_unclear")),
    (
        {"paymentDate": "soon", "currency": "USD", "items": []},
        404,
        7,
        EXPECTED,
        (MISMATCH, "currency_mismatch"),
    ),
    ({"paymentDate": "soon", "type": "GIFT", "idKey": "?"}, 404, 7, None, (UNKNOWN, "unreadable_payment_date")),
    ({"type": "GIFT", "idKey": "?"}, 404, 7, None, (UNKNOWN, "unrecognized_order_type")),
    ({"type": "GIFT"}, "error", 7, None, (UNKNOWN, "unrecognized_order_type")),
    ({"type": None}, RECEIPT, 7, None, (UNKNOWN, "unrecognized_order_type")),
    ({"idKey": "?"}, "error", 7, None, (UNKNOWN, "id_key_missing")),
    ({"idKey": None}, "error", 7, None, (UNKNOWN, "id_key_missing")),
    ({}, "error", 7, None, (UNKNOWN, "receipt_unavailable")),
    ({}, {**RECEIPT, "paymentDate": "soon", "idKey": "other"}, 7, None, (UNKNOWN, "unreadable_payment_date")),
    ({}, {**RECEIPT, "idKey": "other"}, 7, None, (UNKNOWN, "receipt_mismatch")),
    ({}, {**RECEIPT, "orderId": 8}, 7, None, (UNKNOWN, "receipt_mismatch")),
    ({}, {**RECEIPT, "orderId": True}, 7, None, (UNKNOWN, "receipt_mismatch")),
    ({}, {**RECEIPT, "orderCode": CODE.lower()}, 7, None, (UNKNOWN, "receipt_mismatch")),
    ({}, {**RECEIPT, "partnerOrderId": 8}, 7, None, (UNKNOWN, "receipt_mismatch")),
    ({}, {**RECEIPT, "partnerOrderId": CODE}, 7, None, (VerdictKind.PAID, "payment_complete")),
    ({}, {**RECEIPT, "paidAmount": 1}, 7, None, (UNKNOWN, "receipt_mismatch")),
    ({}, {**RECEIPT, "amount": "10000"}, 7, None, (UNKNOWN, "receipt_mismatch")),
    ({"paymentDate": None}, {**RECEIPT, "paidAmount": 0}, 7, None, (VerdictKind.PENDING, "order_lagging")),
    ({}, RECEIPT, 7, EXPECTED, (VerdictKind.PAID, "payment_complete")),
    ({"paidAmount": Decimal("10000.0")}, RECEIPT, 7, EXPECTED, (VerdictKind.PAID, "payment_complete")),
]


@pytest.mark.parametrize(("order", "receipt", "order_id", "expectation", "answer"), GATES)
def test_the_first_gate_that_matches_gives_the_reason(
    order: dict[str, object],
    receipt: object,
    order_id: int,
    expectation: Expectation | None,
    answer: tuple[VerdictKind, str],
) -> None:
    found = judge(ORDER | order, receipt, order_id=order_id, expectation=expectation)
    assert found == Finding(*answer)


@pytest.mark.parametrize("claim", ["error", "cancel", "success", None])
@pytest.mark.parametrize("status", [None, "STANDBY", "FAILED", "USER_CANCELED"])
def test_a_receipt_with_a_payment_date_never_calls_an_order_unpaid(status: str | None, claim: str | None) -> None:
    unpaid = ORDER | {"paymentDate": None}
    dated = RECEIPT | {"paymentStatus": status}
    assert judge(unpaid, dated, status=claim) == Finding(UNKNOWN, "contradiction")
    assert judge(unpaid, dated | {"paymentDate": None}, status=claim) != Finding(UNKNOWN, "contradiction")


@pytest.mark.parametrize("receipt", [RECEIPT, 404, "error"])
def test_the_identity_of_the_order_comes_before_everything(receipt: object) -> None:
    broken = ORDER | {"code": "order_another", "type": "GIFT", "paidAmount": None}
    with pytest.raises(OrderMismatch):
        judge(broken, receipt, order_id=8, expectation=ELSEWHERE)


@pytest.mark.parametrize("number", [8, "7", 7.0, True, [7]])
def test_an_answer_with_two_order_numbers_is_about_no_order(number: object) -> None:
    with pytest.raises(OrderMismatch):
        judge(ORDER | {"id": number}, RECEIPT)
    assert judge(ORDER | {"id": 7}, RECEIPT) == Finding(VerdictKind.PAID, "payment_complete")


@pytest.mark.parametrize("currency", ["krw", "", " KRW", 410, True, None, "KRWW", ["KRW"]])
def test_an_unclear_currency_is_never_taken_for_the_expected_one(currency: object) -> None:
    order = ORDER | {"currency": currency, "items": []}
    assert judge(order, RECEIPT, expectation=EXPECTED) == Finding(UNKNOWN, "currency_unclear")
    assert judge(order, RECEIPT) == Finding(VerdictKind.PAID, "payment_complete")


@pytest.mark.parametrize(
    "id_key", ["", "short", "a" * 65, "../customers", "a b c d e f", "key%2fkey12", "키키키키키키키키", 12345678, True]
)
def test_an_id_key_that_is_no_handle_never_reaches_a_url(id_key: object) -> None:
    order = ORDER | {"idKey": id_key, "paymentDate": None}
    assert judge(order, RECEIPT, status="error") == Finding(UNKNOWN, "id_key_missing")


@pytest.mark.parametrize("amount", ["paidAmount", "returnedAmount"])
@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        "10000",
        "",
        -1,
        Decimal("-0.1"),
        Decimal("1e400"),
        Decimal("1e-400"),
        10**15,
        10**400,
        Decimal("1234567890.123456"),
        Decimal("NaN"),
        Decimal("Infinity"),
        [],
        {},
        1.5,
    ],
)
def test_an_amount_that_is_not_exact_makes_the_answer_unusable(amount: str, value: object) -> None:
    with pytest.raises(MalformedResponse, match=amount):
        judge(ORDER | {amount: value}, RECEIPT)


@pytest.mark.parametrize(
    "value", [1, Decimal("0.1"), Decimal("10000.00"), Decimal("1e4"), 999_999_999_999_999, Decimal("123456789.012345")]
)
def test_an_exact_amount_is_read(value: object) -> None:
    receipt = RECEIPT | {"paidAmount": value}
    assert judge(ORDER | {"paidAmount": value}, receipt) == Finding(VerdictKind.PAID, "payment_complete")


@pytest.mark.parametrize("value", [None, 0, -1, True, "7", 7.0, Decimal(7), 2**63])
def test_an_order_number_of_another_shape_makes_the_answer_unusable(value: object) -> None:
    with pytest.raises(MalformedResponse, match="orderId"):
        judge(ORDER | {"orderId": value}, RECEIPT)


@pytest.mark.parametrize("name", ["type", "paymentDate", "paidAmount", "returnedAmount", "orderId"])
def test_an_absent_member_is_not_read_as_null(name: str) -> None:
    with pytest.raises(MalformedResponse, match=name):
        judge({key: value for key, value in ORDER.items() if key != name}, RECEIPT)


def test_only_the_order_itself_counts_not_its_relatives() -> None:
    relative = ORDER | {"orderCode": "order_child", "code": "order_child"}
    order = ORDER | {"paymentDate": None, "childOrders": [relative], "relatedOrders": [relative]}
    standby = {"paymentStatus": "STANDBY", "paymentDate": None, "idKey": ID_KEY}
    assert judge(order | {"parentSubscription": relative}, standby).reason == "not_paid_yet"


@pytest.mark.parametrize(
    ("part", "name", "reason"),
    [("order", "idKey", "id_key_missing"), ("receipt", "paymentStatus", "unrecognized_payment_status")],
)
def test_an_absent_key_or_status_is_a_doubt_where_null_means_not_paid(part: str, name: str, reason: str) -> None:
    answers = {"order": ORDER | {"paymentDate": None}, "receipt": RECEIPT | {"paymentDate": None}}
    answers[part] = answers[part] | {name: None}
    assert judge(answers["order"], answers["receipt"], status="error").reason == "not_paid_after_error"
    del answers[part][name]
    assert judge(answers["order"], answers["receipt"], status="error") == Finding(UNKNOWN, reason)


# Each row: what the order says, the expectation, whether the receipt is asked for, and the reason that comes before it.
ASKED = [
    ({}, None, True, None),
    ({}, EXPECTED, True, None),
    ({}, ELSEWHERE, True, "amount_mismatch"),
    ({"currency": "USD"}, EXPECTED, True, "currency_unclear"),
    ({"currency": "USD", "items": []}, EXPECTED, True, "currency_mismatch"),
    ({"paymentDate": None}, ELSEWHERE, False, "amount_mismatch"),
    ({"type": "GIFT"}, None, True, None),
    ({"idKey": None}, None, False, "id_key_missing"),
]


@pytest.mark.parametrize(("changes", "expectation", "asked", "reason"), ASKED)
def test_a_receipt_is_asked_for_where_it_can_say_that_money_came(
    changes: dict[str, object], expectation: Expectation | None, asked: bool, reason: str | None
) -> None:
    """Also when the merchant expected something else: money in the wrong place is news."""
    order = parse_order(ORDER | changes, CODE, NOW)
    assert needs_receipt(Claim(CODE), order, expectation) is asked
    if reason is not None:
        assert hides_payment(finding(reason), order) is asked
