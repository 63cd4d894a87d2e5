"""The customer of a new order: made at StepPay, or one that StepPay knows."""

from collections.abc import Mapping
from typing import NamedTuple

from widget_server.domain.new_order import Person, read_customer_id
from widget_server.domain.order_request import newest_listed, newest_order
from widget_server.errors import InvalidRequest, OrderRefused, UpstreamBadResponse
from widget_server.services.ports import StepPay
from widget_server.services.steppay_call import Body, Deadline, Posting, Request

_PARTS = 3
"""At most so many calls are made before the order is sent, which needs a share of the time, too."""
_UNKNOWN = "StepPay knows no such customer; nothing was made"
_SEVERAL = {
    "customer": ["StepPay has several customers like this one. Give the id of one of them, or leave out reuse."]
}


class Buyer(NamedTuple):
    """`reference`: what the order names, StepPay's number or code. `number`, and the number of the newest order (0:
    none), where they are known; without `number` it is the newest order of any customer."""

    reference: int | str
    number: int | None
    newest_order: int | None


def customer_of(customer: int | str | Person, steppay: StepPay, deadline: Deadline) -> int | str:
    """The customer as an order names it. Raises `errors.UpstreamError`: no order was made."""
    if not isinstance(customer, Person):
        return customer
    known = _search(customer.email, customer.as_found(), steppay, deadline) if customer.reuse else None
    return known if known is not None else _make(customer, steppay, deadline)


def buyer_of(customer: int | str | Person, steppay: StepPay, deadline: Deadline) -> Buyer:
    """The same, with what an order of it is found by later. StepPay reads no customer by code, and its search looks at
    names and e-mails only."""
    reference: int | str = customer_of(customer, steppay, deadline) if isinstance(customer, Person) else customer
    if isinstance(customer, Person) and not customer.reuse and isinstance(reference, int):
        return Buyer(reference, reference, 0)
    if isinstance(reference, str):
        return Buyer(reference, None, newest_listed(newest_orders(steppay, deadline)))
    body = read_customer(reference, steppay, deadline)
    if body is None:
        raise OrderRefused(_UNKNOWN)
    return Buyer(reference, reference, newest_order(body))


def read_customer(number: int, steppay: StepPay, deadline: Deadline) -> Body | None:
    return steppay.call(Request("customer", key=str(number)), deadline)


def newest_orders(steppay: StepPay, deadline: Deadline) -> Body:
    """StepPay's list of the newest orders of all customers."""
    return steppay.call(Request("orders"), deadline.share(_PARTS, deadline.seconds_left())) or {}


def _make(person: Person, steppay: StepPay, deadline: Deadline) -> int:
    answer = steppay.post(Posting("new_customer", person.members()), deadline.share(2, deadline.seconds_left()))
    number = read_customer_id(answer)
    if number is None:
        raise UpstreamBadResponse("StepPay's answer names no customer; no order was made")
    return number


def _search(keyword: str, wanted: Mapping[str, str], steppay: StepPay, deadline: Deadline) -> int | None:
    """The number of the one customer with exactly these members. StepPay's search finds text anywhere in names and
    e-mails: each hit is compared, and where there are more than one page shows nothing is taken."""
    page = steppay.call(Request("customers", key=keyword), deadline.share(_PARTS, deadline.seconds_left()))
    content = (page or {}).get("content")
    if page is None or not isinstance(content, list) or type(page.get("totalElements")) is not int:
        raise UpstreamBadResponse("StepPay's list of customers cannot be read; no order was made")
    hits = [hit for hit in content if isinstance(hit, Mapping)]
    numbers = [read_customer_id(hit) for hit in hits if all(hit.get(name) == text for name, text in wanted.items())]
    if len(numbers) > 1 or page["totalElements"] != len(content):
        raise InvalidRequest(_SEVERAL)
    return numbers[0] if numbers else None
