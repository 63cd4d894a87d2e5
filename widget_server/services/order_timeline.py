"""What happened to an order, in one line of time: opened, returned, StepPay's events, verdicts, messages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from widget_server.domain.order_record import Transition
from widget_server.services.order_views import CheckoutSummary, DeliveryLine, EventLine, OrderDetail

ENTRY_KINDS = ("bound", "opened", "returned", "event", "verdict", "message")
"""Of entries at the same moment: the cause before its effect."""


@dataclass(frozen=True)
class Entry:
    """`kind`: one of `ENTRY_KINDS`. `fact`: what the entry is about, None for `bound`. `gap`: since the entry
    before, None for the first."""

    kind: str
    at: datetime
    fact: CheckoutSummary | EventLine | Transition | DeliveryLine | None = None
    gap: timedelta | None = None


def timeline(order: OrderDetail) -> tuple[Entry, ...]:
    """The oldest first. A message stands where it was made; its attempts follow on its own page."""
    sorted_entries = sorted(_entries(order), key=lambda entry: (entry.at, ENTRY_KINDS.index(entry.kind)))
    before = [None, *(entry.at for entry in sorted_entries)]
    return tuple(
        Entry(entry.kind, entry.at, entry.fact, entry.at - earlier if earlier else None)
        for entry, earlier in zip(sorted_entries, before, strict=False)
    )


def _entries(order: OrderDetail) -> Iterator[Entry]:
    if order.expected:
        yield Entry("bound", order.expected.bound_at)
    for checkout in order.checkouts:
        yield Entry("opened", checkout.created_at, checkout)
        if checkout.returned_at:
            yield Entry("returned", checkout.returned_at, checkout)
    for event in order.events:
        yield Entry("event", event.received_at, event)
    for step in order.record.history if order.record else ():
        yield Entry("verdict", step.at, step)
    for delivery in order.deliveries:
        yield Entry("message", delivery.created_at, delivery)
