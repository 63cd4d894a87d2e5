"""Make an order at StepPay for the merchant backend, and bind what it costs in the same step."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from widget_server.domain.expectation import Outcome
from widget_server.domain.model import Expectation
from widget_server.domain.new_order import InvalidOrder, NewOrder, plain_amount, read_created, read_new_order
from widget_server.domain.order_request import IDEMPOTENCY_KEY, KEY_SENTENCE, MadeOrder
from widget_server.errors import InvalidRequest, MerchantApiDisabled, OrderNotBound, OrderOutcomeUnknown, StorageError
from widget_server.services.expectations import NoExpectations
from widget_server.services.order_customer import customer_of
from widget_server.services.order_deps import OrderDeps
from widget_server.services.order_once import make_once
from widget_server.services.steppay_call import Deadline, Posting

log = logging.getLogger("widget_server.orders")

BUDGET_SECONDS = 15.0
"""For all calls. Longer than a verification's: giving up on a sent order leaves its outcome unknown."""
_BACKEND = "backend"


@dataclass(frozen=True)
class CreatedOrder:
    """`amount`: what StepPay says it costs, in `currency`; whole amounts are an `int`. `pay_url`: the plain link that
    opens the pay page, also without the widget. `expires_at`: until when it can be paid, where that was given."""

    order_code: str
    order_id: int
    amount: int | Decimal
    currency: str
    pay_url: str
    expires_at: datetime | None = None


def create_order(
    deps: OrderDeps,
    public_url: str,
    *,
    customer: object,
    items: object,
    purchase_deadline: datetime | timedelta | None = None,
    idempotency_key: str | None = None,
    scope: str = _BACKEND,
) -> CreatedOrder:
    """One new order. Store its code, amount and currency, then give the code to the page.

    `customer`: `{"id": 1}` or `{"code": "customer_..."}` of StepPay, or `{"name", "email", "phone"?, "reuse"?}`, which
    is kept nowhere here: a new one, or with `"reuse": True` the one that has exactly this name and e-mail.
    `items`: `[{"productCode", "priceCode", "currency"?, "quantity"?}]`, KRW and 1 unless said. `purchase_deadline`:
    aware; until when it can be paid, or so long from when it is sent.

    With an `idempotency_key` the same call gives the same order for 30 days, whatever happens in between: repeat it
    after every error that is `retryable`. `scope` keeps the keys of different kinds of callers apart. Raises
    `errors.IdempotencyKeyReused`, `OrderInProgress` and `OrderUnconfirmed` besides those that follow.

    Without one nothing is ever sent twice. Raises `errors.InvalidRequest` and `errors.OrderRefused` (correct it;
    nothing was made), `errors.UpstreamError` (no order was made: safe to try again) but `errors.OrderOutcomeUnknown`
    (perhaps it was), and `errors.OrderNotBound` (made, and not usable before it is bound).
    """
    if isinstance(deps.expectations, NoExpectations):  # before anything is made
        raise MerchantApiDisabled
    if idempotency_key is not None and not IDEMPOTENCY_KEY.fullmatch(idempotency_key):
        raise InvalidRequest({"Idempotency-Key": [KEY_SENTENCE]})
    wanted = _read(customer, items, purchase_deadline, deps)
    deadline = Deadline.after(BUDGET_SECONDS)
    if idempotency_key is None:
        made = _make(wanted, deps, deadline)
    else:
        made = make_once(wanted, scoped(scope, idempotency_key), deps, deadline)
    price, url = made.price, f"{public_url}/v1/pay/{made.order_code}"
    amount = plain_amount(price.amount)
    return CreatedOrder(made.order_code, made.order_id, amount, price.currency, url, wanted.deadline(made.sent_at))


def scoped(scope: str, idempotency_key: str) -> str:
    """The key with what it belongs to. No key holds a blank."""
    return f"{scope} {idempotency_key}"


def _read(customer: object, items: object, purchase_deadline: object, deps: OrderDeps) -> NewOrder:
    try:
        return read_new_order(customer, items, purchase_deadline, deps.clock())
    except InvalidOrder as invalid:
        problems = invalid.problems
    raise InvalidRequest(problems)


def _make(wanted: NewOrder, deps: OrderDeps, deadline: Deadline) -> MadeOrder:
    customer = customer_of(wanted.customer, deps.steppay, deadline)
    now = deps.clock()
    answer = deps.steppay.post(Posting("new_order", wanted.as_sent(now).members(customer)), deadline)
    created = read_created(answer, wanted.currency)
    if created is None:
        log.error("created_order_unreadable")
        raise OrderOutcomeUnknown
    made = MadeOrder(*created, now)
    _bind(made.order_code, made.price, deps)
    return made


def _bind(code: str, price: Expectation, deps: OrderDeps) -> None:
    try:
        _, outcome = deps.expectations.bind(code, price, deps.clock())
    except StorageError as fault:
        log.error("created_order_not_bound order=%s", code)
        raise OrderNotBound(fault.detail, order_code=code) from fault
    if outcome is not Outcome.CREATED:  # StepPay gives out each code once
        log.error("created_order_known_before order=%s", code)
        raise OrderOutcomeUnknown
    log.info("order_created order=%s", code)
