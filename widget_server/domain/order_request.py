"""An order that is asked for under an idempotency key: what is noted of it, and how it is found again at StepPay.

StepPay has no idempotency key, and nothing that we send with an order comes back unchanged and unused by StepPay. What
is exact: the orders of one customer are read by the customer's number, and StepPay's order numbers ascend. So an order
that was made and not noted is among the orders of this customer that are newer than the newest one before.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from widget_server.domain.model import Expectation
from widget_server.domain.new_order import NewOrder, Person
from widget_server.domain.order_id import MAX_ORDER_ID

IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9_.:-]{8,128}")
KEY_SENTENCE = "Must be 8 to 128 of A-Z a-z 0-9 _ - . : and a new one for each order, such as a UUID."
LEASE = timedelta(seconds=30)
"""Twice the time that one attempt has (`create_order.BUDGET_SECONDS`): who is gone for longer has died."""
SETTLED_AFTER = timedelta(seconds=60)
"""After so long StepPay has done what a request asked, or never does it."""
KEPT = timedelta(days=30)
"""So long a key gives the same order again."""
_NOT_NEW = ("RECURRING", "PAYMENT_METHOD", "ADD_USAGE")
"""Types of orders that `POST /api/v1/orders` does not make."""


@dataclass(frozen=True)
class MadeOrder:
    """`price`: what StepPay says it costs; it is bound. `sent_at`: when it was sent to StepPay."""

    order_code: str
    order_id: int
    price: Expectation
    sent_at: datetime


@dataclass(frozen=True)
class OrderRequest:
    """One row. `sent_at`: when the order was last sent to StepPay; None: never, or surely not made. `customer_id` and
    `newest_order` (the customer's newest order before it, of any customer where it is not known; 0: none) say where it
    is looked for; `made` ends it."""

    key_digest: str
    body_digest: str
    leased_by: str | None
    sent_at: datetime | None = None
    customer_id: int | None = None
    newest_order: int | None = None
    made: MadeOrder | None = None


def canonical_text(wanted: NewOrder) -> str:
    """Equal for equal orders. It holds the customer's data: only its keyed hash is kept."""
    buyer = wanted.customer
    who = [buyer.name, buyer.email, buyer.phone, buyer.reuse] if isinstance(buyer, Person) else [buyer]
    items = [[item.product_code, item.price_code, item.quantity] for item in wanted.items]
    until = wanted.purchase_deadline
    ends = until.timestamp() if isinstance(until, datetime) else until and ["for", until.total_seconds()]
    return json.dumps([who, items, wanted.currency, ends])


def newest_order(customer: Mapping[str, object]) -> int | None:
    """The number of the customer's newest order, 0 without one, from StepPay's body of a customer. None: it does not
    say all of them."""
    numbers = _order_numbers(customer)
    return None if numbers is None else max(numbers, default=0)


def orders_after(customer: Mapping[str, object], number: int) -> list[int] | None:
    """The numbers of the customer's orders after that one, ascending. None: it does not say all of them."""
    numbers = _order_numbers(customer)
    return None if numbers is None else sorted(one for one in numbers if one > number)


def _order_numbers(customer: Mapping[str, object]) -> list[int] | None:
    """`orderCount` and `orders` are required members (`ProductCustomerdto`): a shorter list is not the whole."""
    count, numbers = customer.get("orderCount"), _numbers(customer.get("orders"))
    return numbers if type(count) is int and numbers is not None and len(numbers) >= count else None


def _numbers(orders: object) -> list[int] | None:
    """Of StepPay's list of orders. None: it is no list, or one of them cannot be read."""
    if not isinstance(orders, list):
        return None
    numbers = [order.get("id") if isinstance(order, Mapping) else None for order in orders]
    valid = [number for number in numbers if type(number) is int and 1 <= number <= MAX_ORDER_ID]
    return valid if len(valid) == len(numbers) else None


def newest_listed(page: Mapping[str, object]) -> int | None:
    """The highest number on StepPay's page of the newest orders, 0 on an empty one. None: it cannot be read."""
    numbers = _numbers(page.get("content"))
    return None if numbers is None else max(numbers, default=0)


def listed_after(page: Mapping[str, object], number: int) -> list[int] | None:
    """The numbers on such a page after that one, ascending. None: it does not show all of them."""
    numbers = _numbers(page.get("content"))
    if numbers is None or not (page.get("last") is True or min(numbers, default=0) <= number):
        return None
    return sorted(one for one in numbers if one > number)


def is_wanted(order: Mapping[str, object], wanted: NewOrder) -> bool | None:
    """Whether StepPay's order is one as `wanted` would have made it, not yet paid. None: its body does not say."""
    if order.get("type") in _NOT_NEW or order.get("paymentDate") is not None:
        return False
    if isinstance(wanted.customer, str):
        customer = order.get("customer")
        code = customer.get("code") if isinstance(customer, Mapping) else None
        if code != wanted.customer:
            return False if isinstance(code, str) else None
    items = order.get("items")
    lines = [_line(item) for item in items] if isinstance(items, list) else []
    if not lines or None in lines:
        return None
    sold = sorted(line for line in lines if line and line[0])
    return sold == sorted((item.product_code, item.price_code, item.quantity) for item in wanted.items)


def _line(item: object) -> tuple[str, str, int] | None:
    """Product, price and quantity; ("", "", 0) for what StepPay adds: taxes, shipping, fees, discounts."""
    if not isinstance(item, Mapping):
        return None
    if item.get("type") in ("TAX", "SHIPPING", "FEE", "DISCOUNT"):
        return "", "", 0
    product, price, quantity = (item.get(name) for name in ("product", "price", "quantity"))
    codes = [part.get("code") if isinstance(part, Mapping) else None for part in (product, price)]
    if not isinstance(codes[0], str) or not isinstance(codes[1], str) or type(quantity) is not int:
        return None
    return codes[0], codes[1], quantity
