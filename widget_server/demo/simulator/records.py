"""The simulator's customers, orders and payments."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from widget_server.demo.simulator.catalogue import OrderType, Product

PaymentStatus = Literal[
    "STANDBY",
    "COMPLETE",
    "FAILED",
    "USER_CANCELED",
    "CANCELED",
    "PARTIAL_CANCELED",
    "VIRTUAL_BANK_STANDBY",
    "CMS_STANDBY",
]


@dataclass(slots=True)
class Customer:
    id: int
    uuid: str
    code: str
    name: str
    email: str
    phone: str | None
    username: str | None
    marketing: dict[str, bool]
    attributes: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    id: int
    code: str
    product: Product
    quantity: int
    is_trial: bool = False

    @property
    def amount(self) -> int:
        """What this line charges in whole won."""
        return 0 if self.is_trial else self.product.price.amount * self.quantity


@dataclass(slots=True)
class Payment:
    """One attempt to pay, as the receipt API shows it."""

    id_key: str
    status: PaymentStatus = "STANDBY"
    method: str = "CARD"
    paid_at: datetime | None = None
    returned: int = 0


@dataclass(slots=True)
class Trouble:
    """Misbehaviour still owed, counted in calls and not in seconds so that tests repeat exactly."""

    slow_reads: int = 0
    failing_calls: int = 0
    lagging_reads: int = 0

    @property
    def is_over(self) -> bool:
        return not (self.slow_reads or self.failing_calls or self.lagging_reads)


@dataclass(slots=True)
class CannedAnswers:
    """Answers set through the control API; None leaves the model's own answer in place."""

    order: Any = None
    receipt: Any = None


@dataclass(slots=True)
class Order:
    id: int
    code: str
    customer: Customer
    items: tuple[Item, ...]
    payment: Payment
    created_at: datetime
    modified_at: datetime
    subscription_id: int
    payment_date: datetime | None = None
    renews: Order | None = None
    """The subscription's first order, for those of the months that follow."""
    trouble: Trouble = field(default_factory=Trouble)
    canned: CannedAnswers = field(default_factory=CannedAnswers)

    @property
    def type(self) -> OrderType:
        return "RECURRING" if self.renews else self.items[0].product.price.order_type

    @property
    def amount(self) -> int:
        """The order amount in whole won, the same before and after payment."""
        return sum(item.amount for item in self.items)

    @property
    def has_receipt(self) -> bool:
        """StepPay does not say whether an order that charges nothing has a receipt; here it has none."""
        return self.amount > 0

    @property
    def title(self) -> str:
        """`달보드레 블렌드 500g (단품)`, and `외 1건` when there are more lines."""
        first = self.items[0].product
        more = f" 외 {len(self.items) - 1}건" if len(self.items) > 1 else ""
        return f"{first.name} ({first.price.plan_name}){more}"

    @property
    def english_title(self) -> str:
        more = f" and {len(self.items) - 1} more" if len(self.items) > 1 else ""
        return self.items[0].product.english_name + more
