"""A piece of work that must not be lost: a row that stays until its work is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from widget_server.domain.recheck_schedule import FIRST, UNKNOWN_DEADLINE

CHECK, WEBHOOK, ORDER_NUMBER, DELIVERY = "check", "webhook", "order_number", "delivery"
"""Recheck an order; process a stored event; process an unsigned one; send a webhook."""
SUBSCRIPTION = "subscription"
"""Ask about a subscription."""
ASK = "ask"
"""Ask about an order once, also where its record is settled: for the slow sweep, and after a late binding."""
ALERT = "alert"
"""Tell the operator what is new of one kind of alert."""


class Queue(NamedTuple):
    """Jobs that share slots of a worker. `confirmed`: StepPay or the merchant backend has named their subject; any
    caller can invent the others (docs/decisions/0042)."""

    kind: str
    confirmed: bool = True


UNCONFIRMED = Queue(CHECK, confirmed=False)
SLOTS: Mapping[Queue, int] = {
    Queue(DELIVERY): 8,
    Queue(WEBHOOK): 8,
    Queue(CHECK): 4,
    Queue(ASK): 2,
    Queue(SUBSCRIPTION): 2,
    Queue(ORDER_NUMBER): 1,
    UNCONFIRMED: 2,
}
"""How many jobs of each queue one worker does at the same time. No job takes a slot of another queue."""
ALERT_SLOTS: Mapping[Queue, int] = {Queue(ALERT): 1}
"""Of a process that knows where alerts go; others leave these jobs alone."""


@dataclass(frozen=True)
class Job:
    """`step` counts what was done, `tries` the failures in a row, `starts` how often it was begun since it was last
    put back: a job that kills its worker shows there. `confirmed`: see `Queue`. `leased_by` names the worker
    that has it now."""

    kind: str
    subject: str
    due_at: datetime
    step: int = 0
    tries: int = 0
    starts: int = 0
    until: datetime | None = None
    leased_by: str | None = None
    leased_until: datetime | None = None
    confirmed: bool = True


def first_check(order_code: str, now: datetime, *, confirmed: bool = True) -> Job:
    """The job that follows an order from now on."""
    return Job(CHECK, order_code, now + FIRST, until=now + UNKNOWN_DEADLINE, confirmed=confirmed)
