"""Examples of the verdict table: what a browser claims, what StepPay answers, what has to be concluded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "verdict-vectors.json").read_text("utf-8"))
ONE_OF_EACH = list({(vector["expect"]["verdict"], vector["expect"]["reason"]): vector for vector in VECTORS}.values())
"""One example for each answer there is."""

FREE_ORDERS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "free-order-vectors.json").read_text("utf-8"))
"""The same for orders of 0, with what the merchant backend bound and whether `WIDGET_FREE_ORDERS` is `fulfill`."""


def name_of(vector: dict[str, Any]) -> str:
    """A readable test id; the number keeps it unique."""
    expect = vector["expect"]
    return f"{VECTORS.index(vector)}-{expect['verdict']}-{expect['reason']}"
