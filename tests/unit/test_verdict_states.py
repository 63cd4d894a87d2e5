"""Every payment state of StepPay, before and after the payment date; and what is settled without a receipt."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.unit.judging import CODE, NOW, ORDER, RECEIPT, judge
from widget_server.domain.model import Claim, OrderType, PaymentStatus
from widget_server.domain.parsing import parse_order
from widget_server.domain.rules import decide_without_receipt
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.domain.verdict_reasons import Finding

PENDING, FAILED, CANCELED = VerdictKind.PENDING, VerdictKind.FAILED, VerdictKind.CANCELED
CONTRADICTION = (VerdictKind.UNKNOWN, "contradiction")
UNRECOGNIZED = (VerdictKind.UNKNOWN, "unrecognized_payment_status")
# The state; the finding while the order has no payment date; the finding when it has one.
STATES = [
    ("STANDBY", (PENDING, "not_paid_yet"), CONTRADICTION),
    (None, (PENDING, "not_paid_yet"), CONTRADICTION),
    ("COMPLETE", (PENDING, "order_lagging"), (VerdictKind.PAID, "payment_complete")),
    ("CANCELED", (CANCELED, "payment_canceled"), (VerdictKind.REFUNDED, "refunded")),
    ("PARTIAL_CANCELED", CONTRADICTION, (VerdictKind.PARTIALLY_REFUNDED, "partially_refunded")),
    ("USER_CANCELED", (CANCELED, "shopper_canceled"), CONTRADICTION),
    ("CANCELED_FAIL", (VerdictKind.UNKNOWN, "cancel_failed_review"), (VerdictKind.UNKNOWN, "cancel_failed_review")),
    ("CANCEL_PROGRESS", (PENDING, "cancel_in_progress"), (PENDING, "cancel_in_progress")),
    ("FAILED", (FAILED, "payment_failed"), CONTRADICTION),
    ("VIRTUAL_BANK_STANDBY", (PENDING, "awaiting_deposit"), CONTRADICTION),
    ("CMS_STANDBY", (PENDING, "awaiting_bank_debit"), CONTRADICTION),
    ("REVERSED", UNRECOGNIZED, UNRECOGNIZED),
]


def test_the_table_has_every_state() -> None:
    assert {row[0] for row in STATES} == {*(status.value for status in PaymentStatus), None, "REVERSED"}


@pytest.mark.parametrize(("status", "without_date", "with_date"), STATES)
def test_a_state_means_one_thing_before_payment_and_one_after(
    status: str | None, without_date: tuple[VerdictKind, str], with_date: tuple[VerdictKind, str]
) -> None:
    receipt = RECEIPT | {"paymentStatus": status}
    assert judge(ORDER | {"paymentDate": None}, receipt | {"paymentDate": None}) == Finding(*without_date)
    assert judge(ORDER, receipt) == Finding(*with_date)


# The order's type; the finding when all of it is paid; the finding when there was nothing to pay.
TYPES = [
    *((kind.value, (VerdictKind.PAID, "payment_complete"), "zero_amount") for kind in OrderType if "_M" not in kind),
    ("PAYMENT_METHOD", CONTRADICTION, "payment_method_registered"),
]


@pytest.mark.parametrize(("kind", "paid", "nothing"), TYPES)
def test_a_payment_method_is_registered_and_everything_else_is_paid(
    kind: str, paid: tuple[VerdictKind, str], nothing: str
) -> None:
    free, receipt = ORDER | {"type": kind, "paidAmount": 0}, RECEIPT | {"paidAmount": 0}
    assert judge(ORDER | {"type": kind}, RECEIPT) == Finding(*paid)
    for answer in (receipt, receipt | {"paymentDate": None}, 404):
        assert judge(free, answer) == Finding(VerdictKind.NO_CHARGE, nothing)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("returned", "answer"),
    [
        (0, (VerdictKind.PAID, "payment_complete")),
        (Decimal("0.01"), (VerdictKind.PARTIALLY_REFUNDED, "partially_refunded")),
        (9999, (VerdictKind.PARTIALLY_REFUNDED, "partially_refunded")),
        (10000, (VerdictKind.REFUNDED, "refunded")),
        (10001, (VerdictKind.REFUNDED, "refunded")),
    ],
)
def test_what_was_returned_is_reported(returned: object, answer: tuple[VerdictKind, str]) -> None:
    assert judge(ORDER | {"returnedAmount": returned}, RECEIPT) == Finding(*answer)  # type: ignore[arg-type]


def test_a_complete_payment_needs_the_receipts_date_and_a_paid_order_a_receipt() -> None:
    assert judge(ORDER, RECEIPT | {"paymentDate": None}) == Finding(*CONTRADICTION)  # type: ignore[arg-type]
    assert judge(ORDER, 404) == Finding(VerdictKind.UNKNOWN, "receipt_missing")
    assert judge(ORDER | {"paymentDate": None}, 404, status="error") == Finding(FAILED, "not_paid_after_error")


@pytest.mark.parametrize(
    ("order", "status", "early"),
    [
        ({}, None, None),
        ({"type": "GIFT"}, None, None),
        ({"idKey": "?", "type": "GIFT"}, None, (VerdictKind.UNKNOWN, "unrecognized_order_type")),
        ({"idKey": "?"}, None, (VerdictKind.UNKNOWN, "id_key_missing")),
        ({"idKey": None}, None, (VerdictKind.UNKNOWN, "id_key_missing")),
        ({"idKey": None, "paymentDate": None}, None, (PENDING, "not_paid_yet")),
        ({"idKey": None, "paymentDate": None}, "success", (PENDING, "not_paid_yet")),
        ({"idKey": None, "paymentDate": None}, "error", (FAILED, "not_paid_after_error")),
        ({"idKey": None, "paymentDate": None}, "cancel", (CANCELED, "not_paid_after_cancel")),
        ({"paymentDate": "soon"}, None, (VerdictKind.UNKNOWN, "unreadable_payment_date")),
    ],
)
def test_a_receipt_is_asked_for_only_with_a_usable_key_and_an_open_question(
    order: dict[str, object], status: str | None, early: tuple[VerdictKind, str] | None
) -> None:
    found = decide_without_receipt(Claim(CODE, status=status), parse_order(ORDER | order, CODE, NOW))
    assert found == (Finding(*early) if early else None)
