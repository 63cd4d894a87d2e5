"""When the server rechecks an order: for the shopper who paid and closed the tab, and for the refund whose event never
came."""

from collections.abc import Sequence
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

_SWEEP_DAYS = (1, 3, 7, 14, 30, 60, 90)
_SWEEP_ENDS = timedelta(days=120)
"""A missed recheck is made late, but not for orders that were settled long before this version was installed."""


def sweep_spans() -> Sequence[tuple[timedelta, timedelta]]:
    """For an order that has been swept so many times as the index says: since when it must be settled for its next
    recheck, and for how long at most."""
    return tuple((timedelta(days=day), _SWEEP_ENDS) for day in _SWEEP_DAYS)


def sweep_step(age: timedelta) -> int:
    """The step of an order of this age after its recheck: missed rechecks are not made up."""
    return sum(age >= timedelta(days=day) for day in _SWEEP_DAYS)


def next_gap(step: int) -> timedelta:
    """The pause after check number `step` (from 0): 1, 5, 15 minutes, 1, 6, 24 hours after the opening, then daily."""
    return _GAPS[step] if step < len(_GAPS) else _DAILY


def ends_at(until: datetime, purchase_deadline: datetime | None) -> datetime:
    return purchase_deadline + AFTER_DEADLINE if purchase_deadline else until
