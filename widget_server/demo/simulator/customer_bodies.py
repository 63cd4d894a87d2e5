"""JSON bodies of customers."""

from widget_server.demo.simulator.formats import local_text
from widget_server.demo.simulator.product_bodies import EXAMPLES, Body
from widget_server.demo.simulator.records import Customer, Order
from widget_server.demo.simulator.store import Store


def customer_body(customer: Customer) -> Body:
    """The answer of `POST /api/v1/customers`."""
    return {name: value for name, value in customer.body.items() if name not in ("uuid", "attributes")}


def customer_row(store: Store, customer: Customer) -> Body:
    """A row of `GET /api/v1/customers`."""
    return customer_body(customer) | {
        "status": "NORMAL",
        "orderCount": len(_orders(store, customer)),
        "activeSubscriptionCount": 0,
        "paymentMethods": [],
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
        "subscriptions": [],
        "paymentMethods": [],
        "additionalRecipients": [],
    }


def _orders(store: Store, customer: Customer) -> list[Order]:
    return [order for order in store.orders if order.customer is customer]


def _order(order: Order) -> Body:
    return {
        "id": order.id,
        "type": order.type,
        "productName": order.title,
        "amount": order.amount,
        "claimMethodType": "PRE",
        "createdAt": local_text(order.created_at),
    }
