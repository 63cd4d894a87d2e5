"""JSON body of the subscription that a paid first order starts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from widget_server.demo.simulator.dates import local_text
from widget_server.demo.simulator.product_bodies import plan_body, price_body
from widget_server.demo.simulator.records import Item, Order

_MONTH = timedelta(days=30)


def subscriptions_body(order: Order) -> list[dict[str, Any]]:
    """The `subscriptions` of an order: one for a paid order of a subscription, else none."""
    if order.type not in ("RECURRING_INITIAL", "RECURRING") or order.payment_date is None:
        return []
    first = order.items[0].product
    trial_end = order.payment_date + timedelta(days=first.trial_days) if order.items[0].is_trial else None
    return [
        {
            "id": order.subscription_id,
            "status": "ACTIVE",
            "items": [_item(item) for item in order.items],
            "price": price_body(first.price),
            "startDate": local_text(order.payment_date),
            "lastPaymentDate": local_text(order.payment_date),
            "nextPaymentDate": local_text(trial_end or order.payment_date + _MONTH),
            "endDate": None,
            "interval": "MONTH",
            "intervalCount": 1,
            "trialEndDate": local_text(trial_end),
        }
    ]


def _item(item: Item) -> dict[str, Any]:
    product, price = item.product, item.product.price
    return {
        "id": item.id,
        "code": item.code,
        "productName": product.name,
        "productType": product.kind,
        "isOnetimePurchasable": False,
        "featuredImageUrl": "",
        "selectedProductOptionIds": [],
        "selectedProductOptionPrice": 0,
        "plan": plan_body(price),
        "price": price.amount,
        "quantity": item.quantity,
        "isAdditional": False,
        "keepWhenRenew": True,
        "hasOptions": False,
        "productCode": product.code,
        "priceCode": price.code,
        "type": "SKU",
        "claimMethodType": "PRE",
        "priceType": "FLAT",
        "selectedOptions": [],
    }
