"""From StepPay's JSON to `Order` and `Receipt`. Nothing is believed until proven; unknown members are ignored.

An absent member is never read as null. StepPay sends null on purpose ("not paid yet"); a missing member means
that the answer is not the one it documents, and then we do not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from widget_server.domain.dates import read_local_time, read_payment_date
from widget_server.domain.model import (
    CURRENCY,
    ID_KEY,
    UNREADABLE,
    Order,
    OrderType,
    PaymentStatus,
    Receipt,
    Unreadable,
)
from widget_server.domain.order_id import MAX_ORDER_ID

_MAX_AMOUNT_DIGITS = 15
"""Every JSON reader, JavaScript's included, keeps 15 significant digits exactly."""
_ABSENT = object()
_Member = TypeVar("_Member", bound=StrEnum)
_ORDER_TYPES = {kind.value: kind for kind in OrderType}
_PAYMENT_STATUSES = {status.value: status for status in PaymentStatus}


class MalformedResponse(ValueError):
    """The answer is not an order that StepPay could have sent. Carries the member's name, never its value."""


class OrderMismatch(MalformedResponse):
    """The answer is about another order than the one asked for. An operator should know."""


def parse_order(body: Mapping[str, object], order_code: str, now: datetime) -> Order:
    """Read the order answer for `order_code`; raises `MalformedResponse` or `OrderMismatch`."""
    for name in ("orderCode", "code"):
        if body.get(name) != order_code:
            raise OrderMismatch(name)
    return Order(
        order_code=order_code,
        order_id=_order_id(body),
        type=_known(_ORDER_TYPES, _present(body, "type")),
        amount=_amount(body, "paidAmount"),
        returned_amount=_amount(body, "returnedAmount"),
        currency=_currency(body),
        payment_date=read_payment_date(_present(body, "paymentDate"), now),
        id_key=_id_key(body.get("idKey", _ABSENT)),
        subscription_ids=_subscription_ids(body.get("subscriptions")),
        purchase_deadline=read_local_time(body.get("purchaseDeadline")),
    )


def parse_receipt(body: Mapping[str, object], order: Order, now: datetime) -> Receipt:
    """Read the receipt answer and compare it with its order. Only `paymentStatus` and `paymentDate` are
    documented."""
    return Receipt(
        status=_payment_status(body.get("paymentStatus", _ABSENT)),
        payment_date=read_payment_date(body.get("paymentDate"), now),
        agrees=_names_this_order(body, order) and _names_this_amount(body, order),
    )


def _present(body: Mapping[str, object], name: str) -> object:
    if name not in body:
        raise MalformedResponse(name)
    return body[name]


def _order_id(body: Mapping[str, object]) -> int:
    """StepPay gives the number under two names. Where both stand they must agree: two numbers are two orders."""
    value, twin = body.get("orderId"), body.get("id")
    if type(value) is not int or not 1 <= value <= MAX_ORDER_ID:
        raise MalformedResponse("orderId")
    if twin is not None and (type(twin) is not int or twin != value):
        raise OrderMismatch("id")
    return value


def _known(members: Mapping[str, _Member], value: object) -> _Member | None:
    """The member with exactly this text. No folding of case or space: ` COMPLETE` is not COMPLETE."""
    return members.get(value) if isinstance(value, str) else None


def _payment_status(value: object) -> PaymentStatus | Unreadable | None:
    return None if value is None else _known(_PAYMENT_STATUSES, value) or UNREADABLE


def _amount(body: Mapping[str, object], name: str) -> Decimal:
    amount = exact_amount(body.get(name))
    if amount is None:
        raise MalformedResponse(name)
    return amount


def exact_amount(value: object) -> Decimal | None:
    """An exact amount, or None. Booleans are integers in Python, hence the exact types."""
    if type(value) is int:
        return Decimal(value) if 0 <= value < 10**_MAX_AMOUNT_DIGITS else None
    if type(value) is not Decimal:
        return None
    _sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int) or value < 0 or exponent < -_MAX_AMOUNT_DIGITS:
        return None
    return value if len(digits) + max(exponent, 0) <= _MAX_AMOUNT_DIGITS else None


def _currency(body: Mapping[str, object]) -> str | None:
    """The one currency that the order and all of its items name; None when there is none or more than one."""
    items = body.get("items")
    places = [body, *(item for item in items if isinstance(item, dict))] if isinstance(items, list) else [body]
    named = [place["currency"] for place in places if place.get("currency") is not None]
    first = named[0] if named else None
    if not isinstance(first, str) or not CURRENCY.fullmatch(first):
        return None
    return first if all(name == first for name in named) else None


def _id_key(value: object) -> str | Unreadable | None:
    if value is None:
        return None
    return value if isinstance(value, str) and ID_KEY.fullmatch(value) else UNREADABLE


def _subscription_ids(value: object) -> tuple[int, ...]:
    """Ids from `subscriptions[]`, which holds objects in order answers and bare numbers in webhooks."""
    entries = value if isinstance(value, list) else []
    ids = [entry.get("id") if isinstance(entry, dict) else entry for entry in entries]
    return tuple(number for number in ids if type(number) is int and number > 0)


def _names_this_order(receipt: Mapping[str, object], order: Order) -> bool:
    """Each identity that a receipt carries must be this order's; how receipts name the order is not documented."""
    number = str(order.order_id)
    return (
        _names(receipt.get("idKey"), order.id_key)
        and _names(receipt.get("orderCode"), order.order_code)
        and _names(receipt.get("orderId"), number)
        and _names(receipt.get("partnerOrderId"), number, order.order_code)
    )


def _names(value: object, *allowed: object) -> bool:
    return value is None or (type(value) in (int, str) and str(value) in allowed)


def _names_this_amount(receipt: Mapping[str, object], order: Order) -> bool:
    """Amounts are compared for paid orders only: before payment StepPay documents `paidAmount` in two ways."""
    if order.payment_date is None:
        return True
    named = (receipt.get("paidAmount"), receipt.get("amount"))
    return all(value is None or exact_amount(value) == order.amount for value in named)
