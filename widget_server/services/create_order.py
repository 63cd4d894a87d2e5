"""Make an order at StepPay for the merchant backend, and bind what it costs in the same step."""

import logging
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from widget_server.domain.expectation import Outcome
from widget_server.domain.model import Expectation
from widget_server.domain.new_order import (
    InvalidOrder,
    NewOrder,
    Person,
    plain_amount,
    read_created,
    read_customer_id,
    read_new_order,
)
from widget_server.errors import (
    InvalidRequest,
    MerchantApiDisabled,
    OrderNotBound,
    OrderOutcomeUnknown,
    StorageError,
    UpstreamBadResponse,
)
from widget_server.services.expectations import NoExpectations
from widget_server.services.ports import StepPay
from widget_server.services.steppay_call import Deadline, Posting
from widget_server.services.verification import VerificationDeps

log = logging.getLogger("widget_server.orders")

BUDGET_SECONDS = 15.0
"""For both calls. Longer than a verification's: giving up on a sent order leaves its outcome unknown."""


@dataclass(frozen=True)
class CreatedOrder:
    """`amount`: what StepPay says it costs, in `currency`; whole amounts are an `int`. `pay_url`: the plain link that
    opens the pay page, also without the widget."""

    order_code: str
    order_id: int
    amount: int | Decimal
    currency: str
    pay_url: str


def create_order(
    deps: VerificationDeps,
    public_url: str,
    *,
    customer: object,
    items: object,
    purchase_deadline: datetime | None = None,
) -> CreatedOrder:
    """One new order. Store its code, amount and currency, then give the code to the page.

    `customer`: `{"id": 1}` or `{"code": "customer_..."}` of StepPay, or `{"name", "email", "phone"?}` of a new one,
    which is kept nowhere here. `items`: `[{"productCode", "priceCode", "currency"?, "quantity"?}]`, KRW and 1 unless
    said. `purchase_deadline`: aware; until when it can be paid.

    Nothing is ever sent twice. Raises `errors.InvalidRequest` and `errors.OrderRefused` (correct it; nothing was made),
    `errors.UpstreamError` (no order was made: safe to try again) but `errors.OrderOutcomeUnknown` (perhaps it was), and
    `errors.OrderNotBound` (made, and not usable before it is bound).
    """
    if isinstance(deps.expectations, NoExpectations):  # before anything is made
        raise MerchantApiDisabled
    try:
        wanted = read_new_order(customer, items, purchase_deadline, deps.clock())
    except InvalidOrder as invalid:
        problems = invalid.problems
    else:
        return _create(wanted, deps, public_url)
    raise InvalidRequest(problems)


def _create(wanted: NewOrder, deps: VerificationDeps, public_url: str) -> CreatedOrder:
    deadline = Deadline.after(BUDGET_SECONDS)
    customer = _customer_of(wanted, deps.steppay, deadline)
    answer = deps.steppay.post(Posting("new_order", wanted.members(customer)), deadline)
    created = read_created(answer, wanted.currency)
    if created is None:
        log.error("created_order_unreadable")
        raise OrderOutcomeUnknown
    code, number, price = created
    _bind(code, price, deps)
    return CreatedOrder(code, number, plain_amount(price.amount), price.currency, f"{public_url}/v1/pay/{code}")


def _customer_of(wanted: NewOrder, steppay: StepPay, deadline: Deadline) -> int | str:
    """StepPay's number or code. A new customer has half of the time, so that the order has enough."""
    if not isinstance(wanted.customer, Person):
        return wanted.customer
    answer = steppay.post(Posting("new_customer", wanted.customer.members()), deadline.share(2, BUDGET_SECONDS))
    number = read_customer_id(answer)
    if number is None:
        raise UpstreamBadResponse("StepPay's answer names no customer; no order was made")
    return number


def _bind(code: str, price: Expectation, deps: VerificationDeps) -> None:
    try:
        _, outcome = deps.expectations.bind(code, price, deps.clock())
    except StorageError as fault:
        log.error("created_order_not_bound order=%s", code)
        raise OrderNotBound(fault.detail, order_code=code) from fault
    if outcome is not Outcome.CREATED:  # StepPay gives out each code once
        log.error("created_order_known_before order=%s", code)
        raise OrderOutcomeUnknown
    log.info("order_created order=%s", code)
