"""JSON bodies of orders: an order is about 6 KB, with every field StepPay's own examples carry."""

from widget_server.demo.simulator.formats import local_text
from widget_server.demo.simulator.payment_bodies import order_payment_body
from widget_server.demo.simulator.product_bodies import EXAMPLES, Body, price_body, product_body
from widget_server.demo.simulator.records import Item, Order
from widget_server.demo.simulator.subscription_bodies import order_subscription_body


def order_body(order: Order, *, lagging: bool = False) -> Body:
    """The answer of `GET /api/v1/orders/{orderIdOrCode}`.

    `lagging` shows the order as not yet paid. Dates are zone-less, Asia/Seoul.
    `paidAmount` is the order amount before payment too: StepPay glosses it both ways.
    """
    shows_paid = order.payment_date is not None and not lagging
    shown = order.subscriptions if shows_paid or order.renews else []
    return EXAMPLES["order"] | {
        "id": order.id,
        "orderId": order.id,
        "orderCode": order.code,
        "code": order.code,
        "type": order.type,
        "productName": order.title,
        "paidAmount": order.amount,
        "leftAmount": float(order.amount - order.payment.returned),
        "returnedAmount": float(order.payment.returned),
        "items": [_item(order, item, shows_paid) for item in order.items],
        "customer": EXAMPLES["customer"] | order.customer.body,
        "paymentDate": local_text(order.payment_date) if shows_paid else None,
        "purchaseDeadline": local_text(order.purchase_deadline),
        "createdAt": local_text(order.created_at),
        "modifiedAt": local_text(order.modified_at),
        "payment": order_payment_body(order, shows_paid),
        "subscriptions": [*map(order_subscription_body, shown)],
        "parentSubscription": order_subscription_body(order.changes) if order.changes else None,
        "idKey": order.payment.id_key,
    }


def created_order_body(order: Order) -> Body:
    """The 201 answer of `POST /api/v1/orders`; StepPay's example differs from the read call like this."""
    body = order_body(order)
    del body["invoiceId"]
    return body | EXAMPLES["created_order"]


def order_row(order: Order) -> Body:
    """A row of `GET /api/v1/orders`. StepPay's specification gives it no order code: read the order by its number."""
    body = order_body(order)
    same = ("id", "type", "productName", "items", "paymentDate", "purchaseDeadline", "createdAt", "modifiedAt")
    amounts = ("paidAmount", "returnedAmount", "leftAmount")
    return {name: body[name] for name in same + amounts} | {
        "customerName": order.customer.name,
        "price": order.amount,
        "claimMethodType": "PRE",
    }


def item_statuses(order: Order) -> set[str]:
    """Of its items, as `GET /api/v1/orders?status=` takes them."""
    return {_item_status(order, order.payment_date is not None)}


def _item(order: Order, item: Item, shows_paid: bool) -> Body:
    return EXAMPLES["item"] | {
        "id": item.id,
        "code": item.code,
        "orderItemCode": item.code,
        "paidAmount": item.amount,
        "quantity": item.quantity,
        "minimumQuantity": item.quantity,
        "price": price_body(item.product),
        "product": product_body(item.product),
        "status": _item_status(order, shows_paid),
        "createdAt": local_text(order.created_at),
        "modifiedAt": local_text(order.modified_at),
        "orderedProductType": item.product.kind,
        "orderedProductName": item.product.name,
        "orderedPlanName": item.product.plan_name,
    }


def _item_status(order: Order, shows_paid: bool) -> str:
    if not shows_paid:
        waiting = order.payment.status in ("VIRTUAL_BANK_STANDBY", "CMS_STANDBY")
        return "DEPOSIT_WAITING" if waiting else "CREATED"
    refunds = {"CANCELED": "CANCELLATION_REFUNDED", "PARTIAL_CANCELED": "CANCELLATION_REFUNDED_PARTIALLY"}
    return refunds.get(order.payment.status, "PAID")
