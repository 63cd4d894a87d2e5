"""A piece of work that must not be lost: a row that stays until its work is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from widget_server.domain.rechecks import FIRST, UNKNOWN_DEADLINE

CHECK, WEBHOOK, ORDER_NUMBER, DELIVERY = "check", "webhook", "order_number", "delivery"
"""Ask about an order again; work on a stored event; on an unsigned one; tell the merchant."""


@dataclass(frozen=True)
class Job:
    """`step` counts what was done, `tries` the failures in a row, `starts` how often it was begun since it was last
    put back: a job that kills its worker shows there. `leased_by` names the worker that has it now."""

    kind: str
    subject: str
    due_at: datetime
    step: int = 0
    tries: int = 0
    starts: int = 0
    until: datetime | None = None
    leased_by: str | None = None
    leased_until: datetime | None = None


def first_check(order_code: str, now: datetime) -> Job:
    """The job that follows an order from now on."""
    return Job(CHECK, order_code, now + FIRST, until=now + UNKNOWN_DEADLINE)
