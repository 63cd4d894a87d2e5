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
Trouble = Literal["slow_read", "failing_call", "lagging_read"]


@dataclass(frozen=True, slots=True)
class Customer:
    """`body`: what StepPay's API says of it, with `id`, `uuid`, `code` and the members that the shop gave."""

    id: int
    created_at: datetime
    body: dict[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        return str(self.body["name"])

    @property
    def email(self) -> str:
        return str(self.body["email"])


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
        return 0 if self.is_trial else self.product.amount * self.quantity


@dataclass(slots=True)
class Payment:
    """One attempt to pay, as the receipt API shows it."""

    id_key: str
    status: PaymentStatus = "STANDBY"
    method: str = "CARD"
    paid_at: datetime | None = None
    returned: int = 0


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
    purchase_deadline: datetime | None = None
    """How long its pay link lives."""
    renews: Order | None = None
    """The subscription's first order, for those of the months that follow."""
    trouble: dict[Trouble, int] = field(default_factory=dict)
    """How many calls are still to fail so: no seconds, so that tests repeat exactly."""
    canned: dict[str, Any] = field(default_factory=dict)
    """What the control API set as answers for `order` and `receipt`; None leaves the model's own in place."""
    fixed: str = ""
    """The outcome that its code names (outcomes.py): whatever a shopper presses, it stays so."""

    def suffers(self, trouble: Trouble) -> bool:
        """Whether this call fails so; it counts."""
        left = self.trouble.pop(trouble, 0)
        if left > 1:
            self.trouble[trouble] = left - 1
        return left > 0

    @property
    def type(self) -> OrderType:
        return "RECURRING" if self.renews else self.items[0].product.order_type

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
        return f"{first.name} ({first.plan_name}){more}"

    @property
    def english_title(self) -> str:
        more = f" and {len(self.items) - 1} more" if len(self.items) > 1 else ""
        return self.items[0].product.english_name + more
