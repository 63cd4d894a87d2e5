"""Hold StepPay's answers, as JSON values, against the rules without any HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from widget_server.domain.model import Claim, Expectation, ReceiptAbsence
from widget_server.domain.parsing import parse_order, parse_receipt
from widget_server.domain.rules import decide
from widget_server.domain.verdict_reasons import Finding

NOW = datetime(2026, 11, 23, 3, 16, tzinfo=UTC)
CODE = "order_15XqwcM1f"
ID_KEY = "17042685431546CQ4BVZw22hzN1jn"
ORDER: dict[str, object] = {
    "orderCode": CODE,
    "code": CODE,
    "orderId": 7,
    "type": "ONE_TIME",
    "paymentDate": "2026-11-01T10:05:00",
    "paidAmount": 10000,
    "returnedAmount": 0,
    "currency": "KRW",
    "idKey": ID_KEY,
    "subscriptions": [],
    "items": [{"currency": "KRW"}],
}
RECEIPT: dict[str, object] = {
    "idKey": ID_KEY,
    "orderId": 7,
    "paidAmount": 10000,
    "paymentStatus": "COMPLETE",
    "paymentDate": "2026-11-01T10:05:00",
}
ABSENT = {404: ReceiptAbsence.MISSING, "error": ReceiptAbsence.UNAVAILABLE}


def judge(
    order: Mapping[str, object],
    receipt: object,
    *,
    status: str | None = None,
    order_id: int | None = None,
    expectation: Expectation | None = None,
) -> Finding:
    """The finding on `CODE`; `receipt` is an object, 404 or "error". Raises what `parse_order` raises."""
    read = parse_order(order, CODE, NOW)
    answer = parse_receipt(receipt, read, NOW) if isinstance(receipt, Mapping) else ABSENT[receipt]
    return decide(Claim(CODE, order_id, status), read, answer, expectation)
