"""The domain's values: what the browser claims, what StepPay answers, what the server concludes."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum, StrEnum, auto

from widget_server.domain.verdict_reasons import Finding

ORDER_CODE = re.compile(r"(?![0-9]+$)[A-Za-z0-9_-]{4,64}")
"""Use with `fullmatch`. StepPay's order API also takes the sequential order number in the place of the code;
digits alone are refused, because a client could try all numbers. JSON Schema reads this pattern as well."""

ID_KEY = re.compile(r"[A-Za-z0-9]{8,64}")
"""Use with `fullmatch`. The handle of a payment record; it becomes part of a URL, so nothing else passes."""

CURRENCY = re.compile(r"[A-Z]{3}")
"""Use with `fullmatch`. ISO 4217."""


class OrderType(StrEnum):
    """StepPay's five order types, as real bodies carry them."""

    ONE_TIME = "ONE_TIME"
    RECURRING_INITIAL = "RECURRING_INITIAL"
    RECURRING = "RECURRING"
    PAYMENT_METHOD = "PAYMENT_METHOD"
    ADD_USAGE = "ADD_USAGE"


class PaymentStatus(StrEnum):
    """StepPay's payment states. CANCEL_PROGRESS stands in its specification but not on its webhook page."""

    STANDBY = "STANDBY"
    COMPLETE = "COMPLETE"
    CANCELED = "CANCELED"
    PARTIAL_CANCELED = "PARTIAL_CANCELED"
    USER_CANCELED = "USER_CANCELED"
    CANCELED_FAIL = "CANCELED_FAIL"
    CANCEL_PROGRESS = "CANCEL_PROGRESS"
    FAILED = "FAILED"
    VIRTUAL_BANK_STANDBY = "VIRTUAL_BANK_STANDBY"
    CMS_STANDBY = "CMS_STANDBY"


class Unreadable(Enum):
    """Something stood in a field, and it was not what StepPay documents. Differs from None, which StepPay
    sends on purpose."""

    UNREADABLE = auto()


UNREADABLE = Unreadable.UNREADABLE


@dataclass(frozen=True)
class Claim:
    """What the browser brought back, unproven. `status` is success, error, cancel or None."""

    order_code: str
    order_id: int | None = None
    status: str | None = None


@dataclass(frozen=True)
class Order:
    """StepPay's order, reduced to what a verdict needs. `amount` is its `paidAmount`: the order's price, never
    proof of payment."""

    order_code: str
    order_id: int
    type: OrderType | None
    amount: Decimal
    returned_amount: Decimal
    currency: str | None
    payment_date: datetime | Unreadable | None
    id_key: str | Unreadable | None
    subscription_ids: tuple[int, ...]
    purchase_deadline: datetime | None = None
    """Until when it can be paid; None: missing or unreadable. No verdict depends on it."""


@dataclass(frozen=True)
class Receipt:
    """StepPay's receipt. `status` None: StepPay sent null. `agrees` is False when it names another order, key
    or amount."""

    status: PaymentStatus | Unreadable | None
    payment_date: datetime | Unreadable | None
    agrees: bool


class ReceiptAbsence(StrEnum):
    """Why there is no receipt to read."""

    MISSING = auto()
    """StepPay answered 404."""
    UNAVAILABLE = auto()
    """StepPay could not be asked, or its answer was unusable."""


@dataclass(frozen=True)
class Expectation:
    """What the merchant's backend bound to the order before payment."""

    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Verdict:
    """The one normalized answer about one order. `checked_at` is aware UTC."""

    order: Order
    finding: Finding
    payment_status: PaymentStatus | None
    checked_at: datetime
    expectation: Expectation | None = None
    """What it was checked against."""
    unbound_finding: Finding | None = None
    """What StepPay's answers say without an expectation; only where the expectation decided about an order that has a
    payment date."""
    free_orders: bool = False
    """Whether the operator lets every order of 0 be fulfilled that no backend bound (`WIDGET_FREE_ORDERS`)."""

    @property
    def is_free(self) -> bool:
        """Whether it costs nothing on purpose: the backend bound exactly this, or the operator's setting says so. That
        StepPay shows 0 is not enough: a tampered price does, too. A registered payment method buys nothing."""
        if self.finding.reason != "zero_amount":
            return False
        if self.expectation is None:
            return self.free_orders
        return (self.expectation.amount, self.expectation.currency) == (self.order.amount, self.order.currency)
