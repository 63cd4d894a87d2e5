"""Ask StepPay about one order and conclude. The order first, then its receipt, inside one time budget."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from widget_server.domain.model import Claim, Expectation, Order, PaymentStatus, Receipt, ReceiptAbsence, Verdict
from widget_server.domain.parsing import MalformedResponse, OrderMismatch, parse_order, parse_receipt
from widget_server.domain.review import needs_review_at_once
from widget_server.domain.rules import ORDER_LAGGING, ReceiptAnswer, decide, decide_without_receipt, hides_payment
from widget_server.domain.shape import unread_in_order, unread_in_receipt
from widget_server.domain.verdict_reasons import Finding
from widget_server.errors import UpstreamBadResponse, UpstreamError
from widget_server.services.ports import Clock, Exchange, StepPay

log = logging.getLogger("widget_server.verify")

_MOST_SHAPES = 200
_known_shapes: set[tuple[str, str]] = set()
_shapes_lock = threading.Lock()


@dataclass(frozen=True)
class _Evidence:
    """One look at the order and, where it was needed, at its receipt; and what follows from the two."""

    order: Order
    receipt: ReceiptAnswer | None
    finding: Finding
    unbound: Finding | None = None


def verify(claim: Claim, steppay: StepPay, clock: Clock, expectation: Expectation | None = None) -> Verdict:
    """The verdict on `claim.order_code`. Raises `errors.OrderNotFound` and `errors.UpstreamError` subclasses.

    When the receipt is complete before the order is, the order is read once more: StepPay writes the two
    at different moments.
    """
    now = clock()
    exchange = steppay.open_exchange()
    look = _look(claim, exchange, now, expectation)
    if look.finding == ORDER_LAGGING:
        look = _refetch(look, claim, exchange, now, expectation)
    verdict = Verdict(
        order=look.order,
        finding=look.finding,
        payment_status=_shown_status(look.receipt),
        checked_at=now,
        retry_after_seconds=look.finding.retry_after_seconds,
        expectation=expectation,
        unbound_finding=look.unbound,
    )
    if needs_review_at_once(verdict):
        _log_review(verdict)
    return verdict


def _log_review(verdict: Verdict) -> None:
    code, reason = verdict.order.order_code, verdict.finding.reason
    if verdict.is_paid_mismatch:
        log.error("paid_mismatch order=%s reason=%s", code, reason)
    else:
        log.error("verdict_needs_review order=%s reason=%s", code, reason)


def _look(claim: Claim, exchange: Exchange, now: datetime, expectation: Expectation | None) -> _Evidence:
    order = _get_order(claim.order_code, exchange, now)
    early = decide_without_receipt(claim, order, expectation)
    if early is not None and not hides_payment(early, order):
        return _Evidence(order, None, early)
    receipt = _find_receipt(order, exchange, now)
    unbound = decide(claim, order, receipt) if early else None
    return _Evidence(order, receipt, decide(claim, order, receipt, expectation), unbound)


def _refetch(
    first: _Evidence, claim: Claim, exchange: Exchange, now: datetime, expectation: Expectation | None
) -> _Evidence:
    """A second look costs nothing when it fails: the first one stands."""
    try:
        return _look(claim, exchange, now, expectation)
    except UpstreamError:
        return first


def _get_order(order_code: str, exchange: Exchange, now: datetime) -> Order:
    body = exchange.get_order(order_code)
    try:
        order = parse_order(body, order_code, now)
    except OrderMismatch as error:
        log.critical("order_identity order=%s member=%s", order_code, error)
        raise UpstreamBadResponse("another order") from error
    except MalformedResponse as error:
        log.error("order_shape order=%s member=%s", order_code, error)
        raise UpstreamBadResponse("wrong shape") from error
    _log_shapes(unread_in_order(body, order))
    return order


def _find_receipt(order: Order, exchange: Exchange, now: datetime) -> ReceiptAnswer:
    if not isinstance(order.id_key, str):
        return ReceiptAbsence.UNAVAILABLE
    try:
        body = exchange.find_receipt(order.id_key)
    except UpstreamError:
        return ReceiptAbsence.UNAVAILABLE
    if body is None:
        return ReceiptAbsence.MISSING
    receipt = parse_receipt(body, order, now)
    _log_shapes(unread_in_receipt(body, receipt))
    return receipt


def _log_shapes(unread: Iterable[tuple[str, str]]) -> None:
    """Each member and shape once in this process: StepPay writes something new, and the log must not fill with it."""
    for member, shape in unread:
        with _shapes_lock:
            is_new = (member, shape) not in _known_shapes and len(_known_shapes) < _MOST_SHAPES
            if is_new:
                _known_shapes.add((member, shape))
        if is_new:
            log.error("unreadable_member member=%s shape=%s", member, shape)


def _shown_status(receipt: ReceiptAnswer | None) -> PaymentStatus | None:
    """Only a status we know is repeated to callers: an unknown text could be anything."""
    status = receipt.status if isinstance(receipt, Receipt) else None
    return status if isinstance(status, PaymentStatus) else None
