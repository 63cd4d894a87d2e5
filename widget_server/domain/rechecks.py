"""When we ask StepPay again by ourselves: for the shopper who paid and closed the tab."""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST = timedelta(minutes=1)
_GAPS = (
    *(timedelta(minutes=4), timedelta(minutes=10), timedelta(minutes=45)),
    *(timedelta(hours=5), timedelta(hours=18)),
)
_DAILY = timedelta(hours=24)
UNKNOWN_DEADLINE = timedelta(days=7)
"""How long an order is followed whose purchase deadline StepPay does not tell."""
AFTER_DEADLINE = timedelta(hours=72)
"""A deposit of the last minute may take days to be booked."""
_NOTHING_UNDER_WAY = frozenset({"not_paid_yet", "payment_failed", "shopper_canceled", "payment_canceled"})


def next_gap(step: int) -> timedelta:
    """The pause after check number `step` (from 0): 1, 5, 15 minutes, 1, 6, 24 hours after the opening, then daily."""
    return _GAPS[step] if step < len(_GAPS) else _DAILY


def ends_at(until: datetime, purchase_deadline: datetime | None) -> datetime:
    return purchase_deadline + AFTER_DEADLINE if purchase_deadline else until


def needs_review(reason: str) -> bool:
    """At the end a person looks, unless StepPay says plainly that nobody paid."""
    return reason not in _NOTHING_UNDER_WAY
