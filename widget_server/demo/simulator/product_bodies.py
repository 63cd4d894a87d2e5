"""JSON bodies of products and price plans."""

import json
from pathlib import Path
from typing import Any

from widget_server.demo.simulator.catalogue import Product

Body = dict[str, Any]

EXAMPLES: dict[str, Body] = json.loads(Path(__file__).with_name("example_bodies.json").read_text("utf-8"))
"""The members of StepPay's own examples that are always the same here."""


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


def price_body(product: Product) -> Body:
    """One price plan, as it stands in products, order items and subscriptions."""
    recurs = product.order_type == "RECURRING_INITIAL"
    return EXAMPLES["price"] | {
        "id": _price_id(product),
        "code": product.price_code,
        "price": float(product.amount),
        "planName": product.plan_name,
        "type": "ONE_TIME" if product.order_type == "ONE_TIME" else "FLAT",
        "recurring": EXAMPLES["recurring"] | {"id": _price_id(product)} if recurs else None,
        "plan": plan_body(product),
    }


def plan_body(product: Product) -> Body:
    """The name part of a price plan."""
    return EXAMPLES["plan"] | {"name": product.plan_name}


def _price_id(product: Product) -> int:
    return product.id * 10 + 1
