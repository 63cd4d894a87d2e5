"""The simulator's customers, orders, payments and subscriptions."""

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
SubscriptionStatus = Literal["ACTIVE", "UNPAID", "PENDING_PAUSE", "PAUSE", "PENDING_CANCEL", "EXPIRED", "CANCELED"]
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
    def recurs(self) -> bool:
        return self.product.order_type == "RECURRING_INITIAL"

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
    planned_subscription_id: int
    payment_date: datetime | None = None
    purchase_deadline: datetime | None = None
    """How long its pay link lives."""
    renews: Order | None = None
    """The subscription's first order, for those of the months that follow."""
    subscriptions: list[Subscription] = field(default_factory=list, repr=False)
    """Those that it has started, or the one that it renews."""
    changes: Subscription | None = field(default=None, repr=False)
    """The one whose payment method it changes."""
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
    def subscription_id(self) -> int:
        """Of its first subscription, known before it is paid."""
        return self.subscriptions[0].id if self.subscriptions else self.planned_subscription_id

    @subscription_id.setter
    def subscription_id(self, number: int) -> None:
        self.planned_subscription_id = number
        for subscription in self.subscriptions[:1]:
            subscription.id = number

    @property
    def type(self) -> OrderType:
        if self.renews:
            return "RECURRING"
        recurs = any(item.recurs for item in self.items)
        return "RECURRING_INITIAL" if recurs else self.items[0].product.order_type

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


@dataclass(slots=True)
class Subscription:
    """What paying `order` has started. Its life is in subscriptions.py, what time does to it in timeline.py."""

    id: int
    code: str
    order: Order
    items: tuple[Item, ...]
    created_at: datetime
    period_start: datetime
    period_end: datetime
    next_payment: datetime | None
    anchor: datetime
    """Payments are due on its day of the month."""
    status: SubscriptionStatus = "ACTIVE"
    trial_end: datetime | None = None
    last_payment: datetime | None = None
    origin_next_payment: datetime | None = None
    """Before a pause moved it."""
    recurring_count: int = 0
    method: str = "CARD"
    card: str = "0000-****-****-0000"
    card_works: bool = True
    unpaid_order: Order | None = None
    tries: int = 0
    """Those that failed since the payment was due, the one on the day itself not counted."""
    is_announced: bool = False
    """Whether the next payment was."""
    changes_at: datetime | None = None
    """When it is paused (PENDING_PAUSE), goes on (PAUSE) or is canceled (PENDING_CANCEL)."""
    pause_length: tuple[str, int] | None = None
    paused_at: datetime | None = None
    ended_at: datetime | None = None
    canceled_via: str | None = None
    orders: list[Order] = field(default_factory=list, repr=False)

    @property
    def is_over(self) -> bool:
        return self.status in ("CANCELED", "EXPIRED")
