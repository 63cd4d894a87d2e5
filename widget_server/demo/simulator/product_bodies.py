"""JSON bodies of products and price plans."""

import json
from pathlib import Path
from typing import Any

from widget_server.demo.simulator.catalogue import Product

Body = dict[str, Any]

EXAMPLES: dict[str, Body] = json.loads(Path(__file__).with_name("example_bodies.json").read_text("utf-8"))
"""The members of StepPay's own examples that are always the same here, and `names` of its specification."""


def product_body(product: Product) -> Body:
    """The answer of `GET /api/v1/products/{code}`."""
    return EXAMPLES["product"] | {
        "id": product.id,
        "code": product.code,
        "type": product.kind,
        "name": product.name,
        "subTitle": product.english_name,
        "prices": [price_body(product)],
        "enabledDemo": product.trial_days > 0,
        "demoPeriod": product.trial_days,
    }


def product_row(product: Product, prices: list[Body]) -> Body:
    """A row of `GET /api/v1/products`."""
    body = product_body(product) | {"prices": prices}
    return {name: body[name] for name in EXAMPLES["names"]["product_row"]}


def price_body(product: Product) -> Body:
    """One price plan, as it stands in products, order items and subscriptions."""
    recurs = product.order_type == "RECURRING_INITIAL"
    return EXAMPLES["price"] | {
        "id": product.price_number,
        "code": product.price_code,
        "price": float(product.amount),
        "planName": product.plan_name,
        "type": "ONE_TIME" if product.order_type == "ONE_TIME" else "FLAT",
        "recurring": EXAMPLES["recurring"] | {"id": product.price_number} if recurs else None,
        "plan": plan_body(product),
    }


def plan_body(product: Product) -> Body:
    """The name part of a price plan."""
    return EXAMPLES["plan"] | {"name": product.plan_name}
