"""A message to the merchant's backend, and what became of each try."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["waiting", "delivered", "parked"]
"""`parked`: given up after about three days; it stays until somebody redelivers it."""


@dataclass(frozen=True)
class Delivery:
    """`id` is the `webhook-id` of every try, `payload` the text that every try sends."""

    id: str
    order_code: str | None
    type: str
    payload: str
    created_at: datetime
    state: State


@dataclass(frozen=True)
class Answer:
    """What came back. `outcome`: answered, or in one word why nothing did."""

    outcome: str
    status: int | None = None
    text: str = ""
    retry_after_seconds: int | None = None

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True)
class Try:
    """One kept try."""

    started_at: datetime
    status: int | None
    outcome: str
    answer: str
