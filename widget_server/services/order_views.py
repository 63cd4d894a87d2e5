"""What an operator is shown of the record: lines of tables, never anything personal."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from widget_server.domain.expectation import Binding
from widget_server.domain.order_record import Record
from widget_server.domain.parsing import SEOUL

HOURS = 24
MOST_COUNTED = 100
"""Lists are counted no further: a page must not become slower with the age of the shop."""
MOST_SEARCHED = 10_000
"""A part of a code is looked for in so many orders, the newest; a whole code in all."""
REVIEW = "review"
DAY_SETS = ("fulfillable", "waiting", "unfulfillable")
"""Lists that no index has: for a day, not for all orders."""
OPENED_SETS = ("opened", "opened_paid", "opened_unpaid", "opened_delivered", "opened_undelivered")
"""The stages of a day's funnel, and what is missing between two of them."""


@dataclass(frozen=True)
class OrderSummary:
    """An order as a list shows it. `amount` is the order's price in `currency`, paid or not."""

    order_code: str
    verdict: str
    reason: str
    checked_at: datetime
    needs_review: bool
    amount: float | None
    currency: str | None


@dataclass(frozen=True)
class VerdictTotals:
    """So many orders with one verdict in one currency; `total` and `returned`: sums of what they cost and of what
    went back; `fulfillable`: how many of them may be fulfilled; `net`: what was paid since then, less what went back
    of it."""

    verdict: str
    currency: str | None
    count: int
    total: float
    returned: float
    fulfillable: int = 0
    net: float = 0.0


@dataclass(frozen=True)
class Funnel:
    """Orders whose pay page was opened within a time; how many of them were paid by its end, refunded or not; and for
    how many of these the merchant backend has accepted a webhook."""

    opened: int
    paid: int
    delivered: int


@dataclass(frozen=True)
class HourLine:
    """`hour`: its first moment, aware UTC."""

    hour: datetime
    verdict: str
    count: int


@dataclass(frozen=True)
class QueueStats:
    """Jobs of one kind: how many wait, how many of them are due, and since when the oldest is."""

    kind: str
    waiting: int
    due: int
    oldest: datetime | None


@dataclass(frozen=True)
class DeliveryLine:
    """A message to the merchant's backend. `status`, `outcome` and `redirects_to` are those of the last try;
    `next_at`: when the next one is due."""

    id: str
    type: str
    order_code: str | None
    created_at: datetime
    state: str
    tries: int = 0
    status: int | None = None
    outcome: str | None = None
    redirects_to: str | None = None
    next_at: datetime | None = None


@dataclass(frozen=True)
class CheckoutSummary:
    """An opened checkout; of its id only the start, because the whole id is a key."""

    start: str
    mode: str
    origin: str | None
    created_at: datetime
    returned_at: datetime | None
    verdict: str | None


@dataclass(frozen=True)
class EventLine:
    """A webhook event; `claimed_status` is what it says of the payment."""

    event: str
    claimed_status: str | None
    state: str
    received_at: datetime


@dataclass(frozen=True)
class OrderDetail:
    """Everything stored about one order. `record` None: it was never verified."""

    order_code: str
    record: Record | None
    expected: Binding | None
    next_check: datetime | None
    checkouts: tuple[CheckoutSummary, ...]
    events: tuple[EventLine, ...]
    deliveries: tuple[DeliveryLine, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.record or self.expected or self.checkouts or self.events or self.deliveries)


@dataclass(frozen=True)
class Cursor:
    """Where the next page of a list begins: behind the line with this moment and name."""

    at: datetime
    name: str


def start_of_day(now: datetime) -> datetime:
    """Midnight in Korea: StepPay's day, and its merchants'."""
    return now.astimezone(SEOUL).replace(hour=0, minute=0, second=0, microsecond=0)


def last_hours(now: datetime) -> tuple[datetime, ...]:
    """The first moments of the last 24 hours on the clock, the running one last."""
    running = now.replace(minute=0, second=0, microsecond=0)
    return tuple(running - timedelta(hours=back) for back in range(HOURS - 1, -1, -1))
