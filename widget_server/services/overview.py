"""`Overview`: the port through which operators read the record."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from widget_server.domain.delivery import DeliveryState
from widget_server.services.order_views import (
    Cursor,
    DeliveryLine,
    Funnel,
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

    def orders(
        self, limit: int, show: str | None = None, after: Cursor | None = None, since: datetime | None = None
    ) -> Sequence[OrderSummary]:
        """The orders verified last come first: those with a verdict, those to review (`order_views.REVIEW`), or one of
        `order_views.DAY_SETS`; verified at `since` or later, which the day's sets need."""

    def opened(
        self, limit: int, show: str, after: Cursor | None, *, since: datetime, until: datetime
    ) -> Sequence[OrderSummary]:
        """The orders that `funnel` counts; `show`: one of `order_views.OPENED_SETS`."""

    def funnel(self, since: datetime, until: datetime) -> Funnel: ...

    def order_counts(self, since: datetime | None = None) -> Mapping[str, int]:
        """Of `orders`: by verdict, and those to review; each up to `order_views.MOST_COUNTED`."""

    def delivery_counts(self) -> Mapping[str, int]:
        """By state, each up to the same number."""

    def queue(self, now: datetime) -> Sequence[QueueStats]: ...

    def deliveries(
        self, limit: int, state: DeliveryState | None = None, after: Cursor | None = None
    ) -> Sequence[DeliveryLine]: ...

    def subscriptions(self, limit: int, after: Cursor | None = None) -> Sequence[SubscriptionLine]:
        """The newest first."""

    def subscription(self, number: int) -> SubscriptionDetail | None: ...

    def find_code(self, text: str) -> str | None:
        """The code of the order with this code or StepPay's order number."""

    def find_part(self, text: str, limit: int) -> Sequence[OrderSummary]:
        """The newest orders with this text in their code, whatever its case; three characters behind `order_` at
        least."""

    def order(self, order_code: str) -> OrderDetail: ...
