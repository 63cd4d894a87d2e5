"""What of StepPay's answers could not be read: by the member's name and the shape of its value, never the value."""

import re
from collections.abc import Mapping

from widget_server.domain.model import UNREADABLE, Order, Receipt
from widget_server.domain.parsing import read_local_time

_LONGEST = 40
_CLASSES = ((re.compile(r"[0-9]"), "9"), (re.compile(r"[A-Z]"), "A"), (re.compile(r"[a-z]"), "a"))
_OTHER = re.compile(r"[^9Aa:.+/_-]")
_JSON_NAMES = {bool: "boolean", dict: "object", list: "array"}


def shape_of(value: object) -> str:
    """`9999-99-99A99:99` for a date, `number`, `object` and so on for what is no text. Nothing of the value stays but
    its length and its punctuation."""
    if not isinstance(value, str):
        return "null" if value is None else _JSON_NAMES.get(type(value), "number")
    shape = value[:_LONGEST]
    for letters, sign in _CLASSES:
        shape = letters.sub(sign, shape)
    return _OTHER.sub("?", shape) + ("..." if len(value) > _LONGEST else "")


def unread_in_order(body: Mapping[str, object], order: Order) -> list[tuple[str, str]]:
    """Member and shape of each; `body` is the answer that `order` was read from."""
    unread = []
    if order.payment_date is UNREADABLE:
        unread.append(("order.paymentDate", _date_shape(body.get("paymentDate"))))
    if order.purchase_deadline is None and body.get("purchaseDeadline") is not None:
        unread.append(("order.purchaseDeadline", _date_shape(body.get("purchaseDeadline"))))
    if order.type is None:
        unread.append(("order.type", shape_of(body.get("type"))))
    return unread


def unread_in_receipt(body: Mapping[str, object], receipt: Receipt) -> list[tuple[str, str]]:
    unread = []
    if receipt.payment_date is UNREADABLE:
        unread.append(("receipt.paymentDate", _date_shape(body.get("paymentDate"))))
    if receipt.status is UNREADABLE:
        unread.append(("receipt.paymentStatus", shape_of(body.get("paymentStatus", ""))))
    return unread


def _date_shape(value: object) -> str:
    """A date of the right shape is refused for its time alone: before 2015, or more than a day ahead."""
    return shape_of(value) + (" (out of range)" if read_local_time(value) else "")
