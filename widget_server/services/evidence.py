"""What StepPay says about one order: the order first, then its receipt where it matters, within one deadline."""

import logging
import threading
from collections.abc import Iterable
from datetime import datetime

from widget_server.domain.model import ORDER_CODE, Claim, Expectation, Order, Receipt, ReceiptAbsence
from widget_server.domain.parsing import MalformedResponse, OrderMismatch, parse_order, parse_receipt
from widget_server.domain.rules import ORDER_LAGGING, ReceiptAnswer, decide, needs_receipt
from widget_server.domain.shape import unread_in_order, unread_in_receipt
from widget_server.errors import OrderNotFound, UpstreamBadResponse, UpstreamError
from widget_server.services.ports import StepPayReader
from widget_server.services.steppay_call import BUDGET_SECONDS, Body, Deadline, Request

log = logging.getLogger("widget_server.verify")

_MAX_SHAPES = 200
_known_shapes: set[tuple[str, str]] = set()
_shapes_lock = threading.Lock()


def fetch_evidence(
    claim: Claim, expectation: Expectation | None, steppay: StepPayReader, now: datetime
) -> tuple[Order, ReceiptAnswer]:
    """The receipt is `UNAVAILABLE` also where the order alone decides, so that it was not requested. Raises
    `errors.OrderNotFound` and `errors.UpstreamError` subclasses.

    StepPay completes the receipt and the order at different moments. When the receipt is ahead, both are read once
    more; if that fails, the first evidence stands.
    """
    deadline = Deadline.after(BUDGET_SECONDS)
    order, receipt = _fetch(claim, expectation, steppay, deadline, now)
    paid = order.payment_date is not None  # so the order does not lag
    if paid or decide(claim, order, receipt, expectation) != ORDER_LAGGING:
        return order, receipt
    try:
        return _fetch(claim, expectation, steppay, deadline, now, look=2)
    except UpstreamError:
        return order, receipt


def _fetch(
    claim: Claim,
    expectation: Expectation | None,
    steppay: StepPayReader,
    deadline: Deadline,
    now: datetime,
    *,
    look: int = 1,
) -> tuple[Order, ReceiptAnswer]:
    body = steppay.call(Request("order", claim.order_code, look=look), deadline)
    if body is None:
        raise OrderNotFound("StepPay knows no such order")
    order = _read_order(body, claim.order_code, now)
    if not needs_receipt(claim, order, expectation) or not isinstance(order.id_key, str):
        return order, ReceiptAbsence.UNAVAILABLE
    try:
        body = steppay.call(Request("receipt", order.order_code, order.id_key, look), deadline)
    except UpstreamError:
        return order, ReceiptAbsence.UNAVAILABLE
    return order, ReceiptAbsence.MISSING if body is None else _read_receipt(body, order, now)


def _read_order(body: Body, order_code: str, now: datetime) -> Order:
    try:
        order = parse_order(body, order_code, now)
    except OrderMismatch as error:
        log.critical("order_identity order=%s member=%s", order_code, error)
        raise UpstreamBadResponse("another order") from error
    except MalformedResponse as error:
        log.error("order_shape order=%s member=%s", order_code, error)
        raise UpstreamBadResponse("wrong shape") from error
    if unread := unread_in_order(body, order):
        _log_shapes(unread)
    return order


def _read_receipt(body: Body, order: Order, now: datetime) -> Receipt:
    receipt = parse_receipt(body, order, now)
    if unread := unread_in_receipt(body, receipt):
        _log_shapes(unread)
    return receipt


def find_order_code(order_id: int, steppay: StepPayReader) -> str | None:
    """The code of the order with StepPay's number, which is all that events of payments name. None: there is none. For
    jobs only: what a browser sends is never looked up by number. Raises `errors.UpstreamError` subclasses."""
    order = steppay.call(Request("number", key=str(order_id)), Deadline.after(BUDGET_SECONDS))
    if order is None:
        return None
    code = order.get("orderCode")
    if order.get("orderId") != order_id or not isinstance(code, str) or not ORDER_CODE.fullmatch(code):
        raise UpstreamBadResponse("another order")
    return code


def _log_shapes(unread: Iterable[tuple[str, str]]) -> None:
    """Log each unreadable member and shape once per process, so that a change at StepPay does not flood the log."""
    for member, shape in unread:
        with _shapes_lock:
            is_new = (member, shape) not in _known_shapes and len(_known_shapes) < _MAX_SHAPES
            if is_new:
                _known_shapes.add((member, shape))
        if is_new:
            log.error("unreadable_member member=%s shape=%s", member, shape)
