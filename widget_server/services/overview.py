"""`Overview`: the port through which operators read the record."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from widget_server.domain.delivery import DeliveryState
from widget_server.services.order_views import (
    Cursor,
    DeliveryLine,
    HourLine,
    OrderDetail,
    OrderSummary,
    QueueStats,
    VerdictTotals,
)
from widget_server.services.subscription_views import SubscriptionDetail, SubscriptionLine


class Overview(Protocol):
    """The record as operators read it; every list is bounded. Every method raises `errors.StorageError`
    when the database does not answer."""

    def day(self, since: datetime) -> Sequence[VerdictTotals]:
        """Orders verified at `since` or later, summed by verdict and currency; `net`: of those paid since then."""

    def hours(self, since: datetime) -> Sequence[HourLine]:
        """The same orders, counted by hour and verdict; an hour without any has no line."""

    def orders(self, limit: int, verdict: str | None = None, after: Cursor | None = None) -> Sequence[OrderSummary]:
        """The orders verified last come first."""

    def to_review(self, limit: int) -> Sequence[OrderSummary]:
        """Orders that need review, the newest first."""

    def order_counts(self) -> Mapping[str, int]:
        """By verdict, and those to review as `review`; each up to `order_views.MOST_COUNTED`."""

    def delivery_counts(self) -> Mapping[str, int]:
        """The same by state."""

    def queue(self, now: datetime) -> Sequence[QueueStats]: ...

    def parked(self) -> int:
        """How many deliveries are parked."""

    def deliveries(
        self, limit: int, state: DeliveryState | None = None, after: Cursor | None = None
    ) -> Sequence[DeliveryLine]: ...

    def subscriptions(self, limit: int, after: Cursor | None = None) -> Sequence[SubscriptionLine]:
        """The newest first."""

    def subscription(self, number: int) -> SubscriptionDetail | None: ...

    def find_code(self, text: str) -> str | None:
        """The code of the order with this code or StepPay's order number."""

    def order(self, order_code: str) -> OrderDetail: ...
