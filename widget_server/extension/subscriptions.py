"""What a shop reads of a subscription."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple


class SubscribedItem(NamedTuple):
    product_code: str | None
    price_code: str | None


@dataclass(frozen=True)
class Subscription:
    """As StepPay says it now; nothing of the member. `access`: whether the member may come in, which is also what
    `if subscription:` means. `status`: StepPay's word, such as `ACTIVE` or `UNPAID`. Times are aware."""

    subscription_id: int
    status: str
    access: bool
    current_period_end: datetime
    next_payment_date: datetime | None
    cancel_at_period_end: bool
    items: tuple[SubscribedItem, ...]
    checked_at: datetime

    def __bool__(self) -> bool:
        return self.access


def subscription_of(body: Mapping[str, Any]) -> Subscription:
    """From the members of `GET /v1/subscriptions/{subscriptionId}`."""
    due = body["nextPaymentDate"]
    return Subscription(
        subscription_id=body["subscriptionId"],
        status=body["status"],
        access=body["access"],
        current_period_end=datetime.fromisoformat(body["currentPeriodEnd"]),
        next_payment_date=datetime.fromisoformat(due) if due else None,
        cancel_at_period_end=body["cancelAtPeriodEnd"],
        items=tuple(SubscribedItem(item["productCode"], item["priceCode"]) for item in body["items"]),
        checked_at=datetime.fromisoformat(body["checkedAt"]),
    )
