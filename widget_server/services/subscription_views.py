"""What an operator is shown of a subscription: what StepPay said last, nothing of the member."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from widget_server.domain.subscription import Subscription
from widget_server.services.order_views import OrderSummary

_MOST_ORDERS = 24


@dataclass(frozen=True)
class SubscriptionLine:
    """`status` None: StepPay has not answered yet. `access`, `period_end` and `next_payment` are those of the last
    answer, at `asked_at`; None where an older version recorded it. `orders`: codes, StepPay's order."""

    id: int
    status: str | None
    access: bool | None
    period_end: str | None
    next_payment: str | None
    known_since: datetime
    asked_at: datetime | None
    orders: tuple[str, ...]

    @classmethod
    def of(cls, row: Any) -> "SubscriptionLine":
        """From the row of the table. Its `state` begins with the status; its `order_code` made the subscription."""
        said = row.body or {}
        codes = [row.order_code] if row.order_code else []
        return cls(
            row.id,
            row.state.partition(":")[0] if row.state else None,
            said.get("access"),
            said.get("currentPeriodEnd"),
            said.get("nextPaymentDate"),
            row.known_since,
            row.asked_at,
            tuple(dict.fromkeys([*codes, *said.get("orders", ())])),
        )


@dataclass(frozen=True)
class SubscriptionDetail:
    """`next_ask` None: it has ended, and StepPay is not asked again. `tries`: failed calls since the last answer.
    `orders`: those recorded here, the newest first."""

    line: SubscriptionLine
    next_ask: datetime | None
    tries: int
    orders: tuple[OrderSummary, ...]


def stored_body(subscription: Subscription, body: Mapping[str, object]) -> dict[str, object]:
    """What is kept for these views: the members of the answer, and the codes of the newest orders."""
    kept = ("access", "currentPeriodEnd", "nextPaymentDate")
    codes = [order.order_code for order in subscription.related_orders[-_MOST_ORDERS:]]
    return {name: body.get(name) for name in kept} | {"orders": codes}
