"""A subscription as StepPay describes it, and who may come in.

StepPay alone changes subscriptions: paying a RECURRING_INITIAL order makes them, each renewal is a RECURRING order.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from widget_server.domain.model import ORDER_CODE
from widget_server.domain.parsing import MalformedResponse, OrderMismatch, read_local_time
from widget_server.domain.verdict_json import rfc3339

_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")


class SubscriptionStatus(StrEnum):
    """StepPay's."""

    ACTIVE = "ACTIVE"
    UNPAID = "UNPAID"
    PENDING_PAUSE = "PENDING_PAUSE"
    PAUSE = "PAUSE"
    PENDING_CANCEL = "PENDING_CANCEL"
    EXPIRED = "EXPIRED"
    CANCELED = "CANCELED"
    INCOMPLETE = "INCOMPLETE"
    QUEUEING = "QUEUEING"


EVENTS: Mapping[SubscriptionStatus, str] = {
    SubscriptionStatus.ACTIVE: "subscription.active",
    SubscriptionStatus.PENDING_PAUSE: "subscription.active",
    SubscriptionStatus.PENDING_CANCEL: "subscription.active",
    SubscriptionStatus.UNPAID: "subscription.past_due",
    SubscriptionStatus.PAUSE: "subscription.paused",
    SubscriptionStatus.EXPIRED: "subscription.ended",
    SubscriptionStatus.CANCELED: "subscription.ended",
}
"""What the merchant backend is sent; nothing while a subscription has not begun."""
_STATUSES = {status.value: status for status in SubscriptionStatus}
_UNTIL_PERIOD_ENDS = (SubscriptionStatus.PENDING_PAUSE, SubscriptionStatus.PENDING_CANCEL)
_AFTER_BOUNDARY = timedelta(hours=1)
"""StepPay charges on the renewal day; at which hour is not documented."""
_DAILY = timedelta(hours=23)
"""An hour is left for the way to the merchant backend: a lost event costs a day at the most."""


@dataclass(frozen=True)
class RelatedOrder:
    """An order of the subscription. `created_at` None: StepPay does not say."""

    order_code: str
    created_at: datetime | None


@dataclass(frozen=True)
class Subscription:
    """Times are aware. `items`: pairs of product code and price code. `customer_id`: StepPay's number of the member;
    None: StepPay does not say."""

    subscription_id: int
    status: SubscriptionStatus
    period_start: datetime
    period_end: datetime
    next_payment_date: datetime | None
    items: tuple[tuple[str | None, str | None], ...]
    related_orders: tuple[RelatedOrder, ...]
    customer_id: int | None = field(default=None, repr=False)

    @property
    def has_ended(self) -> bool:
        """For good: it never comes back."""
        return self.event_type == "subscription.ended"

    @property
    def event_type(self) -> str | None:
        """The type of the webhook that reports it to the merchant backend; None: it has not begun."""
        return EVENTS.get(self.status)

    @property
    def fingerprint(self) -> str:
        """What the merchant backend is notified of when it changes."""
        return f"{self.status}:{rfc3339(self.period_end)}"


def read_subscription(body: Mapping[str, object], subscription_id: int) -> Subscription:
    """Read StepPay's answer. Raises `MalformedResponse` also for a status that StepPay does not document: whether the
    member may come in is then not known, and neither yes nor no."""
    if body.get("id") != subscription_id or type(body["id"]) is not int:
        raise OrderMismatch("id")
    name = body.get("status")
    status = _STATUSES.get(name) if isinstance(name, str) else None
    if status is None:
        raise MalformedResponse("status")
    period = body.get("currentPeriod")
    start, end = (
        read_local_time(period.get(member) if isinstance(period, dict) else None)
        for member in ("startDateTime", "endDateTime")
    )
    if start is None or end is None:
        raise MalformedResponse("currentPeriod")
    return Subscription(
        subscription_id=subscription_id,
        status=status,
        period_start=start,
        period_end=end,
        next_payment_date=read_local_time(body.get("nextPaymentDate")),
        items=tuple((_code(item, "productCode"), _code(item, "priceCode")) for item in _objects(body.get("items"))),
        related_orders=tuple(_related_orders(body.get("relatedOrders"))),
        customer_id=_number_of(body.get("customer")),
    )


def has_access(subscription: Subscription, now: datetime, unpaid_grace: timedelta) -> bool:
    """`unpaid_grace`: how long a member may stay after a renewal failed.

    The failed renewal is the last end of a period. Whether StepPay begins the next period before it is paid is not
    documented: where it has, the renewal is that period's start.
    """
    status, end = subscription.status, subscription.period_end
    if status is SubscriptionStatus.UNPAID:
        due = end if end <= now else subscription.period_start
        return bool(unpaid_grace) and now < due + unpaid_grace  # without grace whatever the two clocks say
    return status is SubscriptionStatus.ACTIVE or (status in _UNTIL_PERIOD_ENDS and now < end)


def next_look(subscription: Subscription, now: datetime) -> datetime | None:
    """When StepPay is to be asked again although no event came: each day, and an hour after each boundary. None: it has
    ended, and never comes back."""
    if subscription.has_ended:
        return None
    boundaries = (subscription.period_end, subscription.next_payment_date)
    coming = [at + _AFTER_BOUNDARY for at in boundaries if at is not None and at + _AFTER_BOUNDARY > now]
    return min([now + _DAILY, *coming])


def subscription_body(subscription: Subscription, now: datetime, unpaid_grace: timedelta) -> dict[str, object]:
    """As JSON members. An allow-list: the customer and the payment method are not in it."""
    due = subscription.next_payment_date
    return {
        "subscriptionId": subscription.subscription_id,
        "status": str(subscription.status),
        "access": has_access(subscription, now, unpaid_grace),
        "currentPeriodEnd": subscription.period_end.isoformat(),
        "nextPaymentDate": due.isoformat() if due else None,
        "cancelAtPeriodEnd": subscription.status is SubscriptionStatus.PENDING_CANCEL,
        "items": [{"productCode": product, "priceCode": price} for product, price in subscription.items],
        # To the millisecond: of two changes within a second a backend takes the newer.
        "checkedAt": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def _related_orders(value: object) -> list[RelatedOrder]:
    """The summaries name the code `orderCode` or `code` (specification: `OrderV1DTO` and its nested form)."""
    orders = []
    for order in _objects(value):
        code = order.get("orderCode") or order.get("code")
        if isinstance(code, str) and ORDER_CODE.fullmatch(code):
            orders.append(RelatedOrder(code, read_local_time(order.get("createdAt"))))
    return orders


def _number_of(value: object) -> int | None:
    number = value.get("id") if isinstance(value, dict) else None
    return number if type(number) is int else None


def _objects(value: object) -> list[Mapping[str, object]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _code(item: Mapping[str, object], name: str) -> str | None:
    code = item.get(name)
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None
