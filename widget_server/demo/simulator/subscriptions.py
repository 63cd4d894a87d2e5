"""The life of a subscription: what paying, refunding and StepPay's calls do to it. timeline.py does what time does."""

from datetime import datetime

from widget_server.demo.simulator.catalogue import PRODUCTS
from widget_server.demo.simulator.formats import after, new_code
from widget_server.demo.simulator.payments import NotPossible, leave_unpaid, pay
from widget_server.demo.simulator.records import Order, Subscription
from widget_server.demo.simulator.store import Store

RETRY_DAYS = (1, 3, 5, 10, 14)
"""After the day on which a payment was due, as StepPay's guide says."""
ANNOUNCED_DAYS = 3
"""StepPay does not say how long before a payment its event comes."""


_PAYABLE = ("ACTIVE", "UNPAID", "PENDING_CANCEL", "PENDING_PAUSE")


def can_be_paid(subscription: Subscription) -> bool:
    return subscription.status in _PAYABLE


def order_changed(store: Store, order: Order) -> None:
    """After a payment or a refund: an order's subscriptions start, end with it, or get another card."""
    if order.type == "RECURRING_INITIAL" and order.payment_date:
        if not order.subscriptions:
            _start(store, order)
        elif order.payment.status == "CANCELED":
            for subscription in order.subscriptions:
                if not subscription.is_over:
                    end(store, subscription, "CANCELED", "SYSTEM")
    elif order.changes and order.payment.status == "COMPLETE":
        _use_card(store, order.changes, order)


def renew(store: Store, order: Order) -> Order:
    """A payment of the subscriptions that the order has started, now: the next order of the first of them."""
    if order.type != "RECURRING_INITIAL" or order.payment_date is None:
        raise NotPossible("the order has started no subscription")
    orders = [renew_now(store, subscription) for subscription in order.subscriptions]
    return orders[0]


def renew_now(store: Store, subscription: Subscription) -> Order:
    """Charge whatever day it is: the period begins now."""
    _require(subscription, *_PAYABLE)
    subscription.anchor = store.clock()
    return charge(store, subscription, subscription.anchor)


def charge(store: Store, subscription: Subscription, due: datetime) -> Order:
    """Pay for the period that begins at `due`, by an order of its own. A payment that failed is tried again with the
    same order."""
    order = subscription.unpaid_order or _next_order(store, subscription)
    if not subscription.card_works:
        _miss(store, subscription, order, due)
        return order
    if subscription.status == "UNPAID":
        subscription.status = "PENDING_CANCEL" if subscription.changes_at else "ACTIVE"
    subscription.unpaid_order, subscription.is_announced, subscription.tries = None, False, 0
    subscription.last_payment, subscription.period_start = store.clock(), due
    subscription.period_end = subscription.next_payment = after(due, "MONTH", 1, subscription.anchor)
    subscription.recurring_count += 1
    pay(store, order, subscription.method)
    store.happened("subscription.updated", subscription)
    return order


def _miss(store: Store, subscription: Subscription, order: Order, due: datetime) -> None:
    """The card is declined. A cancellation that is to come stays."""
    leave_unpaid(store, order, "FAILED", subscription.method)
    subscription.unpaid_order = order
    if subscription.status == "UNPAID":
        return
    if subscription.status != "PENDING_CANCEL":
        subscription.changes_at = None
    subscription.status, subscription.tries, subscription.next_payment = "UNPAID", 0, due
    store.happened("subscription.updated", subscription)


def change_card(store: Store, subscription: Subscription) -> Order:
    """The order whose pay page takes another card."""
    if subscription.is_over:
        raise NotPossible("the subscription is over")
    order = store.add_order(subscription.order.customer, [(PRODUCTS[3], 1)])
    order.changes = subscription
    return order


def pause(store: Store, subscription: Subscription, *, lazy: bool, length: tuple[str, int] | None) -> None:
    """`lazy`: at the end of the period. `length`: as in `after`; None: until it is made active."""
    _require(subscription, "ACTIVE")
    subscription.pause_length = length
    if lazy:
        subscription.status, subscription.changes_at = "PENDING_PAUSE", subscription.period_end
        store.happened("subscription.updated", subscription)
    else:
        pause_now(store, subscription)


def pause_now(store: Store, subscription: Subscription) -> None:
    now, length = store.clock(), subscription.pause_length
    subscription.status, subscription.paused_at = "PAUSE", now
    subscription.changes_at = after(now, *length) if length else None
    subscription.origin_next_payment, subscription.next_payment = subscription.next_payment, None
    store.happened("subscription.updated", subscription)


def activate(store: Store, subscription: Subscription) -> None:
    """End a pause, or take back one that is to come, or a cancellation. The time that a pause left of a period counts
    from now on."""
    _require(subscription, "PAUSE", "PENDING_PAUSE", "PENDING_CANCEL")
    if subscription.paused_at:
        subscription.period_end += store.clock() - subscription.paused_at
        subscription.anchor, subscription.paused_at = subscription.period_end, None
    subscription.next_payment = subscription.next_payment or subscription.period_end
    subscription.status, subscription.changes_at = "ACTIVE", None
    store.happened("subscription.updated", subscription)


def cancel(store: Store, subscription: Subscription, at: datetime | None) -> None:
    """`at` None: now. Nothing is refunded."""
    _require(subscription, "ACTIVE", "PAUSE", "PENDING_PAUSE", "UNPAID")
    if at is None or at <= store.clock():
        end(store, subscription, "CANCELED", "V1")
        return
    if subscription.status == "UNPAID":  # it is not tried again
        subscription.next_payment = None
    subscription.status, subscription.changes_at = "PENDING_CANCEL", at
    store.happened("subscription.updated", subscription)


def end(store: Store, subscription: Subscription, status: str, via: str | None = None) -> None:
    """For good. `via`: StepPay's word for who canceled it."""
    subscription.status = "EXPIRED" if status == "EXPIRED" else "CANCELED"
    subscription.ended_at, subscription.canceled_via = store.clock(), via
    subscription.next_payment = subscription.changes_at = None
    store.happened("subscription.updated", subscription)


def _start(store: Store, order: Order) -> None:
    """One subscription for each line that recurs."""
    now = store.clock()
    for item in (item for item in order.items if item.recurs):
        number = store.next_number() if order.subscriptions else order.planned_subscription_id
        trial = after(now, "DAY", item.product.trial_days) if item.is_trial else None
        ends = trial or after(now, "MONTH", 1, now)
        started = Subscription(
            number, new_code("subscription"), order, (item,), now, now, ends, ends, anchor=ends if trial else now,
            trial_end=trial, last_payment=None if trial else now, method=order.payment.method, orders=[order],
        )  # fmt: skip
        order.subscriptions.append(started)
        store.subscriptions.append(started)
    for started in order.subscriptions:
        store.happened("subscription.created", started)


def _next_order(store: Store, subscription: Subscription) -> Order:
    lines = [(item.product, item.quantity) for item in subscription.items]
    order = store.add_order(subscription.order.customer, lines, renews=subscription.order)
    order.subscriptions = [subscription]
    subscription.orders.append(order)
    store.happened("order.created", order)
    return order


def _use_card(store: Store, subscription: Subscription, order: Order) -> None:
    """From now on; what is owed is charged at once."""
    if subscription.is_over:
        return
    subscription.card, subscription.card_works = f"0000-****-****-{order.id % 10_000:04d}", True
    subscription.method = order.payment.method
    store.happened("subscription.updated", subscription)
    if subscription.status == "UNPAID" and subscription.next_payment:
        charge(store, subscription, subscription.next_payment)


def _require(subscription: Subscription, *statuses: str) -> None:
    if subscription.status not in statuses:
        raise NotPossible(f"the subscription is {subscription.status}, and must be {' or '.join(statuses)}")
