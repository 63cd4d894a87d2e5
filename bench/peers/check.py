"""What the Python peers check of StepPay's answers, and what they say. `check.mjs` is the same for Node."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

Body = dict[str, Any]


def judge(code: str, order: Body, receipt: Body | None) -> Body:
    """About 300 bytes. `paid` only for exactly this order, paid in full, with a complete receipt."""
    known = order.get("orderCode") == code and order.get("code") == code and order.get("id") == order.get("orderId")
    if not known:
        return _verdict(code, order, None, "unknown")
    if not order.get("paymentDate") or receipt is None:
        return _verdict(code, order, receipt, "pending")
    agrees = receipt.get("idKey") == order["idKey"] and receipt.get("orderId") == order["orderId"]
    full = receipt.get("paidAmount") == order.get("paidAmount") and order.get("returnedAmount") == 0
    complete = receipt.get("paymentStatus") == "COMPLETE" and receipt.get("paymentDate")
    return _verdict(code, order, receipt, "paid" if agrees and full and complete else "unknown")


def _verdict(code: str, order: Body, receipt: Body | None, verdict: str) -> Body:
    return {
        "orderCode": code,
        "orderId": order.get("orderId"),
        "orderType": order.get("type"),
        "verdict": verdict,
        "fulfill": verdict == "paid",
        "final": verdict == "paid",
        "paymentStatus": receipt and receipt.get("paymentStatus"),
        "paymentDate": order.get("paymentDate"),
        "amount": order.get("paidAmount"),
        "returnedAmount": order.get("returnedAmount"),
        "currency": order.get("currency"),
        "checkedAt": datetime.now(UTC).isoformat(timespec="seconds"),
    }
