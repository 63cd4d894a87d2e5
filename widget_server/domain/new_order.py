"""A new order: what a merchant backend asks for, what StepPay's API takes, and what of its answer is trusted.

The field rules are those of StepPay's specification of January 2024. A customer's name, e-mail and phone number pass
through: no `repr` shows them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from widget_server.domain.model import CURRENCY, ORDER_CODE, Expectation
from widget_server.domain.order_id import MAX_ORDER_ID
from widget_server.domain.parsing import SEOUL, currency_of, exact_amount

Problems = dict[str, list[str]]
"""By field, such as `items[0].quantity`: sentences that say what it must be, never its value."""

_MOST_ITEMS = 100
_MAX_QUANTITY = 2**31 - 1
_LONGEST = 255
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Also halves of a character, which JSON can hold and UTF-8 cannot."""
_TEXT = re.compile(r".+")
CODE = re.compile(r"[A-Za-z0-9_-]{1,255}")
"""Of a product, a price or a customer of StepPay's portal."""
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_PHONE = re.compile(
    r"(0[0-9]{1,2}-?[0-9]{3,4}-?[0-9]{4}"
    r"|(\+[0-9]{2,3}|[0-9]{2,3}\)|[0-9]{2,3})[ -]?[0-9]{1,2}[ -]?[0-9]{3,4}[ -]?[0-9]{4})"
)
"""StepPay's own pattern (`AccountCustomercreatedto.phone`)."""
_BY_ID, _BY_CODE, _AS_PERSON = {"id"}, {"code"}, {"name", "email", "phone", "reuse"}
_ONE_FORM = 'Must be {"id"}, {"code"} or {"name", "email", "phone"?, "reuse"?}.'


class InvalidOrder(ValueError):
    """Nothing is asked of StepPay for this."""

    def __init__(self, problems: Problems) -> None:
        super().__init__("; ".join(sorted(problems)))
        self.problems = problems


@dataclass(frozen=True)
class Person:
    """A customer by name and e-mail: a new one, or with `reuse` the one whom StepPay knows by exactly these."""

    name: str = field(repr=False)
    email: str = field(repr=False)
    phone: str | None = field(default=None, repr=False)
    reuse: bool = False

    def members(self) -> dict[str, object]:
        """For `POST /api/v1/customers`. The specification lists the last four as required, the guide sends none."""
        given = {"name": self.name, "email": self.email} | ({"phone": self.phone} if self.phone else {})
        return {**given, "marketingSms": False, "marketingEmail": False, "marketingKakao": False, "attributes": {}}

    def as_found(self) -> dict[str, str]:
        """What a customer of StepPay's must be equal in, to be this one."""
        return {"name": self.name, "email": self.email}


@dataclass(frozen=True)
class Item:
    product_code: str
    price_code: str
    quantity: int


@dataclass(frozen=True)
class NewOrder:
    """`customer`: StepPay's number or code of a customer, or a new one. `purchase_deadline`: aware; until when it can
    be paid, or so long from when it is sent."""

    customer: int | str | Person
    items: tuple[Item, ...]
    currency: str
    purchase_deadline: datetime | timedelta | None = None

    def deadline(self, sent_at: datetime) -> datetime | None:
        until = self.purchase_deadline
        return sent_at + until if isinstance(until, timedelta) else until

    def as_sent(self, at: datetime) -> "NewOrder":
        return replace(self, purchase_deadline=self.deadline(at))

    def members(self, customer: int | str) -> dict[str, object]:
        """For `POST /api/v1/orders`, as it is sent. A quantity that the shopper could change on the pay page would
        change the amount that is bound, so the most is the least."""
        by = {"customerId": customer} if isinstance(customer, int) else {"customerCode": customer}
        items = [
            {"productCode": item.product_code, "priceCode": item.price_code, "currency": self.currency}
            | {"minimumQuantity": item.quantity, "maximumQuantity": item.quantity}
            for item in self.items
        ]
        until = self.purchase_deadline  # StepPay's dates are local times of Korea without a zone
        ends = (
            {"purchaseDeadline": until.astimezone(SEOUL).strftime("%Y-%m-%dT%H:%M:%S")}
            if isinstance(until, datetime)
            else {}
        )
        return {**by, "items": items, **ends}


def read_new_order(customer: object, items: object, purchase_deadline: object, now: datetime) -> NewOrder:
    """From plain values, as they come from Python or JSON. Raises `InvalidOrder`, which names every problem."""
    problems: Problems = {}
    buyer = _read_customer(customer, problems)
    lines = _read_items(items, problems)
    until = _read_deadline(purchase_deadline, now, problems)
    currencies = {currency for _, currency in lines}
    if len(currencies) > 1:
        problems["items"] = ["Must all have the same currency."]
    if problems:
        raise InvalidOrder(problems)
    return NewOrder(buyer, tuple(item for item, _ in lines), currencies.pop(), until)


def read_customer_id(body: Mapping[str, object]) -> int | None:
    """StepPay's number of a customer that it has made; None: the answer does not say it."""
    number = body.get("id")
    return number if type(number) is int and 1 <= number <= MAX_ORDER_ID else None


def read_created(body: Mapping[str, object], currency: str) -> tuple[str, int, Expectation] | None:
    """Code, number and price of a new order, from StepPay's answer. None: it does not say them, or says another
    currency than `currency`, the one that was asked for."""
    code, number, amount = body.get("orderCode"), body.get("orderId"), exact_amount(body.get("paidAmount"))
    if not isinstance(code, str) or not ORDER_CODE.fullmatch(code) or body.get("code", code) != code:
        return None
    if type(number) is not int or not 1 <= number <= MAX_ORDER_ID or amount is None:
        return None
    return (code, number, Expectation(amount, currency)) if currency_of(body) == currency else None


def plain_amount(amount: Decimal) -> int | Decimal:
    """Whole amounts as `int`: SQLite's driver and JSON take no `Decimal`."""
    return int(amount) if amount == amount.to_integral_value() else amount


def _read_customer(given: object, problems: Problems) -> int | str | Person:
    if not isinstance(given, Mapping):
        problems["customer"] = [_ONE_FORM]
        return 0
    names = set(given)
    if names == _BY_ID:
        return _read_customer_number(given["id"], problems)
    if names == _BY_CODE:
        return _text(given["code"], CODE, "customer.code", "StepPay's code of the customer", problems)
    if not {"name", "email"} <= names <= _AS_PERSON:
        problems["customer"] = [_ONE_FORM]
        return 0
    name = _text(given["name"], _TEXT, "customer.name", f"text of at most {_LONGEST} characters", problems)
    email = _text(given["email"], _EMAIL, "customer.email", "an e-mail address", problems)
    phone = given.get("phone")
    if phone is not None:
        phone = _text(phone, _PHONE, "customer.phone", "a phone number, such as 010-1234-5678", problems)
    reuse = given.get("reuse", False)
    if not isinstance(reuse, bool):
        problems["customer.reuse"] = ["Must be true or false."]
    return Person(name, email, phone, reuse is True)


def _read_customer_number(number: object, problems: Problems) -> int:
    if type(number) is int and 1 <= number <= MAX_ORDER_ID:
        return number
    problems["customer.id"] = ["Must be StepPay's number of the customer."]
    return 0


def _read_items(given: object, problems: Problems) -> list[tuple[Item, str]]:
    if not isinstance(given, Sequence) or isinstance(given, str) or not 1 <= len(given) <= _MOST_ITEMS:
        problems["items"] = [f"Must be a list of 1 to {_MOST_ITEMS} items."]
        return []
    return [_read_item(item, f"items[{position}]", problems) for position, item in enumerate(given)]


def _read_item(given: object, where: str, problems: Problems) -> tuple[Item, str]:
    """`currency` may be left out (StepPay's default is KRW), and `quantity`."""
    wanted = {"productCode", "priceCode"}
    if not isinstance(given, Mapping) or not wanted <= set(given) <= {*wanted, "currency", "quantity"}:
        problems[where] = ['Must be {"productCode", "priceCode", "currency"?, "quantity"?}.']
        return Item("", "", 1), "KRW"
    product = _text(given["productCode"], CODE, f"{where}.productCode", "a product code of StepPay's portal", problems)
    price = _text(given["priceCode"], CODE, f"{where}.priceCode", "a price code of StepPay's portal", problems)
    currency = given.get("currency", "KRW")
    currency = _text(currency, CURRENCY, f"{where}.currency", "an ISO 4217 code in capitals, such as KRW", problems)
    quantity = given.get("quantity", 1)
    if type(quantity) is not int or not 1 <= quantity <= _MAX_QUANTITY:
        problems[f"{where}.quantity"] = ["Must be a whole number of at least 1."]
        return Item(product, price, 1), currency
    return Item(product, price, quantity), currency


def _read_deadline(given: object, now: datetime, problems: Problems) -> datetime | timedelta | None:
    if given is None or (isinstance(given, timedelta) and given > timedelta(0)):
        return given
    if isinstance(given, datetime) and given.tzinfo is not None and given > now:
        return given
    problems["purchaseDeadline"] = ["Must be a time in the future, with a time zone."]
    return None


def _text(given: object, pattern: re.Pattern[str], where: str, wanted: str, problems: Problems) -> str:
    if isinstance(given, str) and _is_a_line(given) and pattern.fullmatch(given):
        return given
    problems[where] = [f"Must be {wanted}."]
    return ""


def _is_a_line(text: str) -> bool:
    return len(text) <= _LONGEST and bool(text.strip()) and not _CONTROL.search(text)
