"""From StepPay's JSON to `Order` and `Receipt`. Nothing is believed until proven; unknown members are ignored.

An absent member is never read as null. StepPay sends null on purpose ("not paid yet"); a missing member means
that the answer is not the one it documents, and then we do not know.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal

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

SEOUL = timezone(timedelta(hours=9))
"""Korea has had one fixed offset since 1988, so no time-zone database is needed for dates from 2015 on."""

_LOCAL_DATE_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?")
"""Java's `LocalDateTime.toString()` leaves out seconds that are zero (its documentation): whole minutes are a date."""
_EARLIEST = datetime(2015, 1, 1, tzinfo=SEOUL)
"""StepPay did not exist before: an earlier date is a default value, not a payment."""
_CLOCK_DIFFERENCE = timedelta(hours=24)
_MAX_AMOUNT_DIGITS = 15
"""Every JSON reader, JavaScript's included, keeps 15 significant digits exactly."""
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
    order_id = _order_id(body)
    for name in ("type", "paymentDate"):
        if name not in body:
            raise MalformedResponse(name)
    amount, returned = exact_amount(body.get("paidAmount")), exact_amount(body.get("returnedAmount"))
    if amount is None or returned is None:
        raise MalformedResponse("paidAmount" if amount is None else "returnedAmount")
    kind = body["type"]  # no folding of case or space: ` ONE_TIME` is not ONE_TIME
    return Order(
        order_code=order_code,
        order_id=order_id,
        type=_ORDER_TYPES.get(kind) if isinstance(kind, str) else None,
        amount=amount,
        returned_amount=returned,
        currency=currency_of(body),
        payment_date=read_payment_date(body["paymentDate"], now),
        id_key=_id_key(body.get("idKey", UNREADABLE)),
        subscription_ids=subscription_ids_of(body),
        purchase_deadline=read_local_time(body.get("purchaseDeadline")),
    )


def parse_receipt(body: Mapping[str, object], order: Order, now: datetime) -> Receipt:
    """Read the receipt answer and compare it with its order. Only `paymentStatus` and `paymentDate` are
    documented."""
    name = body.get("paymentStatus", UNREADABLE)
    status = _PAYMENT_STATUSES.get(name, UNREADABLE) if isinstance(name, str) else UNREADABLE
    return Receipt(
        status=None if name is None else status,
        payment_date=read_payment_date(body.get("paymentDate"), now),
        agrees=_names_this_order(body, order) and _names_this_amount(body, order),
    )


def read_payment_date(value: object, now: datetime) -> datetime | Unreadable | None:
    """None stays None (StepPay: not paid). Anything but a sane StepPay date is `UNREADABLE`, so it can never
    count as paid."""
    if value is None:
        return None
    moment = read_local_time(value)
    if moment is None or moment < _EARLIEST or moment > now + _CLOCK_DIFFERENCE:
        return UNREADABLE
    return moment


def read_local_time(value: object) -> datetime | None:
    """Any moment that StepPay writes: a local date-time of Korea without a zone, such as `2023-06-19T06:19:55.403711`.
    None for everything else."""
    if not isinstance(value, str) or not _LOCAL_DATE_TIME.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value).replace(tzinfo=SEOUL)  # microseconds: further digits are cut off
    except ValueError:
        return None


def _order_id(body: Mapping[str, object]) -> int:
    """StepPay gives the number under two names. Where both stand they must agree: two numbers are two orders."""
    value, twin = body.get("orderId"), body.get("id")
    if type(value) is not int or not 1 <= value <= MAX_ORDER_ID:
        raise MalformedResponse("orderId")
    if twin is not None and (type(twin) is not int or twin != value):
        raise OrderMismatch("id")
    return value


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


def currency_of(body: Mapping[str, object]) -> str | None:
    """The one currency that the order and all of its items name; None when there is none or more than one."""
    named, items = body.get("currency"), body.get("items")
    for item in items if isinstance(items, list) else ():
        other = item.get("currency") if isinstance(item, dict) else None
        if named is None:
            named = other
        elif other is not None and other != named:
            return None
    return named if isinstance(named, str) and CURRENCY.fullmatch(named) else None


def _id_key(value: object) -> str | Unreadable | None:
    if value is None:
        return None
    return value if isinstance(value, str) and ID_KEY.fullmatch(value) else UNREADABLE


def subscription_ids_of(body: Mapping[str, object]) -> tuple[int, ...]:
    """Ids from `subscriptions[]`, which holds objects in order answers and bare numbers in webhooks. Where an order
    that changes a card names its subscription is not documented: perhaps as its `parentSubscription`."""
    ids: list[int] = []
    value = body.get("subscriptions")
    entries = value if isinstance(value, list) else []
    if body["type"] == OrderType.PAYMENT_METHOD and not entries:
        entries = [body.get("parentSubscription")]
    for entry in entries:
        number = entry.get("id") if isinstance(entry, dict) else entry
        if type(number) is int and number > 0:
            ids.append(number)
    return tuple(ids)


def _names_this_order(receipt: Mapping[str, object], order: Order) -> bool:
    """Each identity that a receipt carries must be this order's; how receipts name the order is not documented."""
    number = str(order.order_id)
    for name, allowed in (
        ("idKey", (order.id_key,)),
        ("orderCode", (order.order_code,)),
        ("orderId", (number,)),
        ("partnerOrderId", (number, order.order_code)),
    ):
        value = receipt.get(name)
        if value is not None and (type(value) not in (int, str) or str(value) not in allowed):
            return False
    return True


def _names_this_amount(receipt: Mapping[str, object], order: Order) -> bool:
    """Amounts are compared for paid orders only: before payment StepPay documents `paidAmount` in two ways."""
    for name in ("paidAmount", "amount") if order.payment_date is not None else ():
        value = receipt.get(name)
        if value is not None and exact_amount(value) != order.amount:
            return False
    return True
