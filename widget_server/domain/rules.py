"""The verdict: from a claim, an order and a receipt to one finding. Every doubt is `unknown`, never `paid` and
never `failed`.

Order of the checks = order of the functions; the first that matches wins. What the browser claims only chooses
between pending, failed and canceled, and only when StepPay itself shows an order that is not paid.
"""

from widget_server.domain.model import (
    UNREADABLE,
    Claim,
    Expectation,
    Order,
    OrderType,
    PaymentStatus,
    Receipt,
    ReceiptAbsence,
)
from widget_server.domain.verdict_reasons import Finding, finding

ReceiptAnswer = Receipt | ReceiptAbsence

_CONTRADICTION = finding("contradiction")
_NOT_PAID: dict[str | None, Finding] = {
    "error": finding("not_paid_after_error"),
    "cancel": finding("not_paid_after_cancel"),
}
NOT_PAID_YET = finding("not_paid_yet")
BY_CLAIM = frozenset(made.reason for made in _NOT_PAID.values())
"""Reasons that only a claim gives."""
_CANCEL_IN_PROGRESS = finding("cancel_in_progress")
_CANCEL_FAILED = finding("cancel_failed_review")
_PARTIALLY_REFUNDED = finding("partially_refunded")
_REFUNDED = finding("refunded")

_WITHOUT_PAID_DATE = {
    PaymentStatus.VIRTUAL_BANK_STANDBY: finding("awaiting_deposit"),
    PaymentStatus.CMS_STANDBY: finding("awaiting_bank_debit"),
    PaymentStatus.FAILED: finding("payment_failed"),
    PaymentStatus.USER_CANCELED: finding("shopper_canceled"),
    PaymentStatus.CANCELED: finding("payment_canceled"),
    PaymentStatus.PARTIAL_CANCELED: _CONTRADICTION,
    PaymentStatus.CANCEL_PROGRESS: _CANCEL_IN_PROGRESS,
    PaymentStatus.CANCELED_FAIL: _CANCEL_FAILED,
    PaymentStatus.COMPLETE: finding("order_lagging"),
}
_WITH_PAID_DATE = {
    PaymentStatus.CANCELED: _REFUNDED,
    PaymentStatus.PARTIAL_CANCELED: _PARTIALLY_REFUNDED,
    PaymentStatus.CANCEL_PROGRESS: _CANCEL_IN_PROGRESS,
    PaymentStatus.CANCELED_FAIL: _CANCEL_FAILED,
}

_BY_EXPECTATION = frozenset({"amount_mismatch", "currency_mismatch", "currency_unclear"})
_UNPAID_STATUSES = frozenset({None, PaymentStatus.STANDBY, PaymentStatus.FAILED, PaymentStatus.USER_CANCELED})
"""With one of these and a payment date a receipt contradicts itself: for StepPay's guide that date is the payment.
CANCELED is none of them: a payment that was made and canceled keeps its date."""

ORDER_LAGGING = _WITHOUT_PAID_DATE[PaymentStatus.COMPLETE]


def decide_without_receipt(claim: Claim, order: Order, expectation: Expectation | None = None) -> Finding | None:
    """The finding where the order alone settles it, or None: then the receipt is needed.

    Asking StepPay for a receipt is saved here, and an unusable idKey never becomes part of a URL.
    """
    if claim.order_id is not None and claim.order_id != order.order_id:
        return finding("order_id_mismatch")
    if expectation is not None and (expectation.amount, expectation.currency) != (order.amount, order.currency):
        return _unexpected(order, expectation)
    if order.payment_date is UNREADABLE:
        return finding("unreadable_payment_date")
    return None if isinstance(order.id_key, str) else _without_id_key(claim, order)


def needs_receipt(claim: Claim, order: Order, expectation: Expectation | None) -> bool:
    found = decide_without_receipt(claim, order, expectation)
    return found is None or hides_payment(found, order)


def hides_payment(found: Finding, order: Order) -> bool:
    """Whether `found` comes from the expectation alone and the order may be paid all the same: then the receipt is
    worth asking for, because the merchant must learn of a payment with the wrong amount."""
    return found.reason in _BY_EXPECTATION and order.payment_date is not None


def decide(claim: Claim, order: Order, receipt: ReceiptAnswer, expectation: Expectation | None = None) -> Finding:
    """The finding for an order whose receipt was asked for."""
    early = decide_without_receipt(claim, order, expectation)
    if early is not None:
        return early
    if isinstance(receipt, Receipt) and receipt.payment_date is UNREADABLE:
        return finding("unreadable_payment_date")
    if order.type is None:
        return finding("unrecognized_order_type")
    if receipt is ReceiptAbsence.UNAVAILABLE:
        return finding("receipt_unavailable")
    if isinstance(receipt, Receipt) and not receipt.agrees:
        return finding("receipt_mismatch")
    return _truth_table(claim, order, receipt)


def _unexpected(order: Order, expectation: Expectation) -> Finding:
    if order.amount != expectation.amount:
        return finding("amount_mismatch")
    return finding("currency_mismatch" if order.currency else "currency_unclear")


def _without_id_key(claim: Claim, order: Order) -> Finding:
    if order.type is None:
        return finding("unrecognized_order_type")
    if order.id_key is None and order.payment_date is None:
        return not_paid(claim.status)
    return finding("id_key_missing")


def _truth_table(claim: Claim, order: Order, receipt: ReceiptAnswer) -> Finding:
    paid_date_set = order.payment_date is not None
    if not isinstance(receipt, Receipt):
        return _without_any_receipt(claim, order)
    status = receipt.status
    if status is UNREADABLE:
        return finding("unrecognized_payment_status")
    if receipt.payment_date is not None and status in _UNPAID_STATUSES:
        return _CONTRADICTION  # "not paid" or "failed" here would invite a second payment
    if status is None or status is PaymentStatus.STANDBY:
        return _CONTRADICTION if paid_date_set else not_paid(claim.status)
    if not paid_date_set:
        return _WITHOUT_PAID_DATE[status]
    if status is PaymentStatus.COMPLETE:
        return _complete(order, receipt)
    return _WITH_PAID_DATE.get(status, _CONTRADICTION)


def _without_any_receipt(claim: Claim, order: Order) -> Finding:
    if order.payment_date is None:
        return not_paid(claim.status)
    return _no_charge(order) if order.amount == 0 else finding("receipt_missing")


def _complete(order: Order, receipt: Receipt) -> Finding:
    """The only way to `paid`, after every check above: both dates set, COMPLETE, an amount, nothing returned.
    `parsing.py` has compared the order codes."""
    if order.amount == 0:
        return _no_charge(order)
    if order.type is OrderType.PAYMENT_METHOD or receipt.payment_date is None:
        return _CONTRADICTION
    if order.returned_amount == 0:
        return finding("payment_complete")
    return _PARTIALLY_REFUNDED if order.returned_amount < order.amount else _REFUNDED


def _no_charge(order: Order) -> Finding:
    method_only = order.type is OrderType.PAYMENT_METHOD
    return finding("payment_method_registered" if method_only else "zero_amount")


def not_paid(status: str | None) -> Finding:
    """StepPay's guide: `status=error` and no payment recorded is a confirmed failure."""
    return _NOT_PAID.get(status, NOT_PAID_YET)
