"""JSON bodies of customers."""

from widget_server.demo.simulator.formats import local_text
from widget_server.demo.simulator.product_bodies import EXAMPLES, Body
from widget_server.demo.simulator.records import Customer, Order, Subscription
from widget_server.demo.simulator.store import Store
from widget_server.demo.simulator.subscription_bodies import customer_subscription_body


def customer_body(customer: Customer) -> Body:
    """The answer of `POST /api/v1/customers`."""
    return {name: value for name, value in customer.body.items() if name not in ("uuid", "attributes")}


def customer_row(store: Store, customer: Customer) -> Body:
    """A row of `GET /api/v1/customers`."""
    return customer_body(customer) | {
        "status": "NORMAL",
        "orderCount": len(_orders(store, customer)),
        "activeSubscriptionCount": sum(one.status == "ACTIVE" for one in _subscriptions(store, customer)),
        "paymentMethods": _methods(store, customer),
        "dormantAt": None,
        "customFields": {},
        "countryCode": "KR",
    }


def customer_details_body(store: Store, customer: Customer) -> Body:
    """The answer of `GET /api/v1/customers/{id}`."""
    orders = _orders(store, customer)
    details = EXAMPLES["customer"] | customer_body(customer) | {"attributes": customer.body["attributes"]}
    return details | {
        "orderCount": len(orders),
        "totalPurchasedPrice": float(sum(order.amount for order in orders if order.payment_date)),
        "orders": [_order(order) for order in orders],
        "subscriptions": [*map(customer_subscription_body, _subscriptions(store, customer))],
        "paymentMethods": _methods(store, customer),
        "additionalRecipients": [],
    }


def _orders(store: Store, customer: Customer) -> list[Order]:
    return [order for order in store.orders if order.customer is customer]


def _subscriptions(store: Store, customer: Customer) -> list[Subscription]:
    return [one for one in store.subscriptions if one.order.customer is customer]


def _methods(store: Store, customer: Customer) -> list[Body]:
    subscriptions = _subscriptions(store, customer)
    return [{"id": one.id, "paymentInfo": one.card} for one in subscriptions if not one.is_over]


def _order(order: Order) -> Body:
    return {
        "id": order.id,
        "type": order.type,
        "productName": order.title,
        "amount": order.amount,
        "claimMethodType": "PRE",
        "createdAt": local_text(order.created_at),
    }
