"""Checks of the two create calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from widget_server.demo.simulator.catalogue import Product
from widget_server.demo.simulator.responses import Problem

FindProduct = Callable[[Any, Any], Product | None]
"""By product code and price code."""


_UNKNOWN = (
    "no such product and price. This is the simulated StepPay: give it yours with "
    "`widget-server simulator --product PRODUCT_CODE/PRICE_CODE=WON`, or with POST /simulator/products"
)


def check_customer(fields: dict[str, Any]) -> dict[str, Any]:
    """Require name and email: the guide sends no more, though the specification lists more as required."""
    for name in ("name", "email"):
        if not isinstance(fields.get(name), str) or not fields[name]:
            raise Problem(400, "INVALID_PARAMETER", f"{name} is required")
    if not isinstance(fields.get("attributes", {}), dict):
        raise Problem(400, "INVALID_PARAMETER", "attributes must be an object")
    return fields


def read_lines(fields: dict[str, Any], find: FindProduct) -> list[tuple[Product, int]]:
    """The (product, quantity) lines of a create-order body. Raises Problem 400 or 404."""
    items = fields.get("items")
    if not isinstance(items, list) or not items:
        raise Problem(400, "INVALID_PARAMETER", "items is required")
    return [_line(item, find) for item in items]


def _line(item: Any, find: FindProduct) -> tuple[Product, int]:
    if not isinstance(item, dict) or not {"productCode", "priceCode", "currency", "minimumQuantity"} <= item.keys():
        raise Problem(400, "INVALID_PARAMETER", "an item needs productCode, priceCode, currency, minimumQuantity")
    quantity = item["minimumQuantity"]
    if item["currency"] != "KRW" or type(quantity) is not int or quantity < 1:
        raise Problem(400, "INVALID_PARAMETER", "currency must be KRW and minimumQuantity at least 1")
    product = find(item["productCode"], item["priceCode"])
    if product is None:
        raise Problem(404, "PRODUCT_NOT_FOUND", _UNKNOWN)
    return product, quantity
