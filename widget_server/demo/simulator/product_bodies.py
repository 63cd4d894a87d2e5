"""JSON bodies of products and price plans."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from widget_server.demo.simulator.catalogue import Price, Product

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
        "prices": [price_body(product.price)],
        "enabledDemo": product.trial_days > 0,
        "demoPeriod": product.trial_days,
    }


def price_body(price: Price) -> Body:
    """One price plan, as it stands in products, order items and subscriptions."""
    recurs = price.order_type == "RECURRING_INITIAL"
    return EXAMPLES["price"] | {
        "id": price.id,
        "code": price.code,
        "price": float(price.amount),
        "planName": price.plan_name,
        "type": "ONE_TIME" if price.order_type == "ONE_TIME" else "FLAT",
        "recurring": EXAMPLES["recurring"] | {"id": price.id} if recurs else None,
        "plan": plan_body(price),
    }


def plan_body(price: Price) -> Body:
    """The name part of a price plan."""
    return EXAMPLES["plan"] | {"name": price.plan_name}
