"""Make the order whose pay page takes another card for a subscription (docs/decisions/0076)."""

import logging
from dataclasses import dataclass
from decimal import Decimal

from widget_server.domain.card_change import ChangeOrder, read_change_order
from widget_server.domain.model import Expectation
from widget_server.domain.parsing import MalformedResponse
from widget_server.errors import (
    MerchantApiDisabled,
    SubscriptionEnded,
    SubscriptionNotFound,
    UpstreamBadResponse,
    UpstreamUnavailable,
)
from widget_server.services.expectations import NoExpectations, bind_expectation
from widget_server.services.ports import StepPay
from widget_server.services.steppay_call import Body, Deadline, Posting
from widget_server.services.subscriptions import NOT_KNOWN, SubscriptionService
from widget_server.services.verification import VerificationDeps

log = logging.getLogger("widget_server.subscriptions")

BUDGET_SECONDS = 15.0
"""For all calls; shorter than a caller waits (`extension/remote_calls.py`)."""
_ENDED = "this subscription has ended, and StepPay takes no other card for it: sell the member a new one"


@dataclass(frozen=True)
class CardChange:
    """`pay_url`: the plain link that opens the pay page, also without the widget. The order charges nothing."""

    order_code: str
    order_id: int
    pay_url: str


def change_card(
    deps: VerificationDeps,
    subscriptions: SubscriptionService,
    public_url: str,
    subscription_id: int,
    *,
    customer_id: int | None = None,
) -> CardChange:
    """A new order that charges nothing; the subscription uses the card that is registered on its pay page. Each call
    makes one, and one that is never opened changes nothing, so a call may be repeated after every error that is
    `retryable`.

    `customer_id`: StepPay's number of the customer to whom it must belong; None: the caller has made sure. Raises
    `errors.SubscriptionNotFound` (also for another customer's), `SubscriptionEnded`, `OrderRefused`,
    `errors.UpstreamError` subclasses and `errors.StorageError`.
    """
    if isinstance(deps.expectations, NoExpectations):  # before anything is made
        raise MerchantApiDisabled
    deadline = Deadline.after(BUDGET_SECONDS)
    subscription = subscriptions.find(subscription_id, deadline)
    if customer_id is not None and customer_id != subscription.customer_id:
        log.warning("card_change_refused subscription=%d reason=another_customer", subscription_id)
        raise SubscriptionNotFound(NOT_KNOWN)
    if subscription.has_ended:
        raise SubscriptionEnded(_ENDED)
    made = _read(_put(subscription_id, deps.steppay, deadline), subscription_id)
    if made.currency is not None:  # an order that names none would never agree with what is bound
        bind_expectation(made.order_code, Expectation(Decimal(0), made.currency), deps.expectations, deps.clock)
    log.info("card_change_created order=%s subscription=%d", made.order_code, subscription_id)
    return CardChange(made.order_code, made.order_id, f"{public_url}/v1/pay/{made.order_code}")


def _put(subscription_id: int, steppay: StepPay, deadline: Deadline) -> Body:
    """Once more after an answer that was lost: a second such order is harmless."""
    posting = Posting("payment_method", {}, key=str(subscription_id))
    try:
        return steppay.post(posting, deadline)
    except UpstreamUnavailable:
        if not deadline.seconds_left():
            raise
    return steppay.post(posting, deadline)


def _read(body: Body, subscription_id: int) -> ChangeOrder:
    try:
        return read_change_order(body, subscription_id)
    except MalformedResponse as error:
        log.error("card_change_unusable subscription=%d member=%s", subscription_id, error)
        raise UpstreamBadResponse("StepPay's answer is no order that changes this card; do not use it") from error
