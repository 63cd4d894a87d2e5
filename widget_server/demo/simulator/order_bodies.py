"""JSON bodies of orders: about 6 KB each, with every field StepPay's own examples carry."""

from __future__ import annotations

from typing import Any

from widget_server.demo.simulator.customer_bodies import order_customer_body
from widget_server.demo.simulator.dates import local_text
from widget_server.demo.simulator.payment_bodies import order_payment_body
from widget_server.demo.simulator.product_bodies import price_body, product_body
from widget_server.demo.simulator.records import Item, Order
from widget_server.demo.simulator.subscription_bodies import subscriptions_body

Body = dict[str, Any]


def order_body(order: Order, *, lagging: bool = False) -> Body:
    """The answer of `GET /api/v1/orders/{orderIdOrCode}`.

    `lagging` shows the order as not yet paid. Dates are zone-less, Asia/Seoul.
    `paidAmount` is the order amount before payment too: StepPay glosses it both ways.
    """
    shows_paid = order.payment_date is not None and not lagging
    return {
        "id": order.id,
        "orderId": order.id,
        "orderCode": order.code,
        "type": order.type,
        "paidAmount": order.amount,
        "leftAmount": float(order.amount - order.payment.returned),
        "returnedAmount": float(order.payment.returned),
        "items": [_item(order, item, shows_paid) for item in order.items],
        "customer": order_customer_body(order.customer),
        "paymentDate": local_text(order.payment_date) if shows_paid else None,
        "purchaseDeadline": None,
        "shipping": None,
        "createdAt": local_text(order.created_at),
        "modifiedAt": local_text(order.modified_at),
        "payment": order_payment_body(order, shows_paid),
        "orderLogs": [],
        "code": order.code,
        "subscriptions": subscriptions_body(order) if shows_paid else [],
        "parentSubscription": None,
        "invoiceId": None,
        "discountedAmount": 0,
        "productName": order.title,
        "paymentDueDate": None,
        "idKey": order.payment.id_key,
        "relatedOrders": [],
        "calculateStartDate": None,
        "calculateEndDate": None,
        "childOrders": [],
        "exchangeRate": 1.0,
        "region": _region() | {"code": "KR", "currency": "KRW"},
        "currency": "KRW",
        "baseCurrency": "KRW",
    }


def created_order_body(order: Order) -> Body:
    """The 201 answer of `POST /api/v1/orders`; StepPay's example differs from the read call like this."""
    body = order_body(order)
    del body["invoiceId"]
    region = _region() | {"name": "KR", "currencies": ["KRW"]}
    return body | {"payment": None, "paymentMethod": None, "exchangeRate": 1, "region": region}


def _region() -> Body:
    return {"country": "South Korea", "countryCode": "KR", "state": None, "language": "ko"}


def _item(order: Order, item: Item, shows_paid: bool) -> Body:
    return {
        "id": item.id,
        "code": item.code,
        "paidAmount": item.amount,
        "currency": "KRW",
        "quantity": item.quantity,
        "price": price_body(item.product.price),
        "product": product_body(item.product),
        "type": "SKU",
        "status": _item_status(order, shows_paid),
        "featuredImageUrl": "",
        "selectedProductOptionLabel": "",
        "selectedProductOptionIds": [],
        "createdAt": local_text(order.created_at),
        "orderItemCode": item.code,
        "modifiedAt": local_text(order.modified_at),
        "orderedProductType": item.product.kind,
        "orderedProductName": item.product.name,
        "orderedPlanName": item.product.price.plan_name,
        "minimumQuantity": item.quantity,
    } | dict.fromkeys(_UNUSED_ITEM_FIELDS)


def _item_status(order: Order, shows_paid: bool) -> str:
    if not shows_paid:
        waiting = order.payment.status in ("VIRTUAL_BANK_STANDBY", "CMS_STANDBY")
        return "DEPOSIT_WAITING" if waiting else "CREATED"
    refunds = {"CANCELED": "CANCELLATION_REFUNDED", "PARTIAL_CANCELED": "CANCELLATION_REFUNDED_PARTIALLY"}
    return refunds.get(order.payment.status, "PAID")


# StepPay sends these as null when they do not apply, although its specification does not allow null.
_UNUSED_ITEM_FIELDS = (
    "canceledDateTime",
    "discountName",
    "relatedOrderItemId",
    "priceSetupType",
    "demoCycle",
    "usedCount",
    "usageFormula",
    "deliveryCode",
    "histories",
    "unitChangeHistory",
    "unitCount",
    "maximumQuantity",
    "parentOrderItemCode",
)
