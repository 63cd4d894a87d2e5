"""JSON bodies of subscriptions. An order that belongs to one is in `relatedOrders` without what it holds of the same
subscription."""

from datetime import datetime

from widget_server.demo.simulator.formats import local_text
from widget_server.demo.simulator.product_bodies import EXAMPLES, Body, plan_body, price_body
from widget_server.demo.simulator.records import Item, Subscription


def order_subscription_body(subscription: Subscription) -> Body:
    """In the `subscriptions` of an order."""
    return _shared(subscription) | {
        "startDate": local_text(subscription.created_at),
        "lastPaymentDate": local_text(subscription.last_payment or subscription.created_at),
        "nextPaymentDate": local_text(subscription.next_payment),
        "trialEndDate": local_text(subscription.trial_end),
    }


def customer_subscription_body(subscription: Subscription) -> Body:
    """In the `subscriptions` of a customer."""
    shared = _shared(subscription)
    return {name: shared[name] for name in ("id", "status", "items", "endDate")} | {
        "code": subscription.code,
        "nextPaymentDateTime": local_text(subscription.next_payment),
        "lastPaymentDateTime": local_text(subscription.last_payment),
        "recurring": {"interval": shared["interval"], "intervalCount": shared["intervalCount"]},
        "paymentMethod": {"id": subscription.id, "paymentInfo": subscription.card},
    }


def subscription_row(subscription: Subscription) -> Body:
    """A row of `GET /api/v1/subscriptions`."""
    return _shared(subscription) | {
        "customerName": subscription.order.customer.name,
        "productName": subscription.order.title,
        "startDateTime": local_text(subscription.created_at),
        "lastPaymentDateTime": local_text(subscription.last_payment or subscription.created_at),
        "nextPaymentDateTime": local_text(subscription.next_payment),
        "expiredDateTime": local_text(subscription.ended_at if subscription.status == "EXPIRED" else None),
        "pausedDateTime": local_text(subscription.paused_at),
        "paymentMethod": _method(subscription),
    }


def subscription_body(subscription: Subscription, related: list[Body]) -> Body:
    """The answer of `GET /api/v1/subscriptions/{id}`; `related`: bodies of its orders."""
    trial = subscription.trial_end
    return _shared(subscription) | {
        "startDate": local_text(subscription.created_at),
        "trialPeriod": _period(subscription.created_at, trial) if trial else None,
        "lastPaymentDate": local_text(subscription.last_payment),
        "nextPaymentDate": local_text(subscription.next_payment),
        "originNextPaymentDate": local_text(subscription.origin_next_payment),
        "pausedDateTime": local_text(subscription.paused_at),
        "canceledVia": subscription.canceled_via,
        "recurringCount": subscription.recurring_count,
        "currentPeriod": _period(subscription.period_start, subscription.period_end),
        "customer": EXAMPLES["customer"] | subscription.order.customer.body,
        "paymentMethod": _method(subscription),
        "relatedOrders": related,
        "parentOrder": None,
        "shipping": None,
    }


def event_data(subscription: Subscription) -> Body:
    """The `data` of `subscription.*` events."""
    body = subscription_body(subscription, [])
    left_out = ("id", "customer", "relatedOrders", "parentOrder", "price")
    return {name: value for name, value in body.items() if name not in left_out} | {
        "subscriptionId": subscription.id,
        "orderId": subscription.order.id,
        "orderCode": subscription.order.code,
        "customerId": subscription.order.customer.id,
    }


def _shared(subscription: Subscription) -> Body:
    ends = subscription.ended_at or (subscription.changes_at if subscription.status == "PENDING_CANCEL" else None)
    return EXAMPLES["subscription"] | {
        "id": subscription.id,
        "status": subscription.status,
        "items": [_item(item) for item in subscription.items],
        "price": price_body(subscription.items[0].product),
        "endDate": local_text(ends),
    }


def _method(subscription: Subscription) -> Body:
    return {"paymentGateway": "TOSS", "paymentInfo": subscription.card}


def _period(start: datetime, end: datetime) -> Body:
    return {"startDateTime": local_text(start), "endDateTime": local_text(end)}


def _item(item: Item) -> Body:
    product = item.product
    return EXAMPLES["subscription_item"] | {
        "id": item.id,
        "code": item.code,
        "productName": product.name,
        "productType": product.kind,
        "plan": plan_body(product),
        "price": product.amount,
        "quantity": item.quantity,
        "productCode": product.code,
        "priceCode": product.price_code,
    }
