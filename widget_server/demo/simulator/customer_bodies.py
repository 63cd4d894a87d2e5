"""JSON bodies of customers."""

from __future__ import annotations

from typing import Any

from widget_server.demo.simulator.dates import local_text
from widget_server.demo.simulator.records import Customer


def customer_body(customer: Customer) -> dict[str, Any]:
    """The answer of `POST /api/v1/customers`."""
    return {
        "id": customer.id,
        "username": customer.username,
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "code": customer.code,
        **customer.marketing,
        "createdAt": local_text(customer.created_at),
    }


def order_customer_body(customer: Customer) -> dict[str, Any]:
    """The customer as an order shows them: more than the create call answers."""
    return {
        **customer_body(customer),
        "uuid": customer.uuid,
        "status": "NORMAL",
        "shipping": None,
        "attributes": customer.attributes,
    }


def payer_body(customer: Customer) -> dict[str, Any]:
    """The customer as the payment part of an order shows them."""
    return {"name": customer.name, "email": customer.email, "phone": customer.phone}
