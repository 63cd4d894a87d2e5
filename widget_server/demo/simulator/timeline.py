"""What time does to subscriptions: each step happens at its own moment, in order, however far time is moved at once."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from widget_server.demo.simulator.records import Subscription
from widget_server.demo.simulator.store import Store
from widget_server.demo.simulator.subscriptions import (
    ANNOUNCED_DAYS,
    RETRY_DAYS,
    activate,
    charge,
    end,
    pause_now,
)

Step = tuple[datetime, int, Callable[[], object]]
"""When, the subscription's number (which decides between two of the same moment), what."""


def catch_up(store: Store) -> None:
    """Do what is due by now."""
    target = store.clock()
    while due := _next_step(store, target):
        at, _, step = due
        store.held = at
        try:
            step()
        finally:
            store.held = None


def move(store: Store, target: datetime) -> None:
    """Let it be `target`, which is not before now."""
    store.moved += max(target - store.clock(), timedelta())
    catch_up(store)


def next_payment(store: Store) -> datetime | None:
    """The first payment that is due, or is to be tried again."""
    times = [at for one in store.subscriptions for at in (_payment_time(one),) if at]
    return min(times, default=None)


def _next_step(store: Store, until: datetime) -> Step | None:
    steps = (step for one in store.subscriptions for step in _steps(store, one) if step[0] <= until)
    return min(steps, key=lambda step: step[:2], default=None)


def _steps(store: Store, one: Subscription) -> Iterator[Step]:
    """At the same moment a change goes before a payment: a cancellation then saves the next payment."""
    changes = {"PENDING_PAUSE": pause_now, "PAUSE": activate, "PENDING_CANCEL": _cancel, "UNPAID": _cancel}
    if one.changes_at and one.status in changes:
        change = changes[one.status]
        yield one.changes_at, one.id, lambda: change(store, one)
    at = _payment_time(one)
    if at is None:
        return
    if one.status == "UNPAID":
        yield at, one.id, lambda: _try_again(store, one)
        return
    if not one.is_announced and one.changes_at != at:
        yield max(at - timedelta(days=ANNOUNCED_DAYS), one.period_start), one.id, lambda: _announce(store, one)
    yield at, one.id, lambda: charge(store, one, at)


def _payment_time(one: Subscription) -> datetime | None:
    if one.status == "UNPAID" and one.next_payment:
        return one.next_payment + timedelta(days=RETRY_DAYS[one.tries])
    return one.next_payment


def _cancel(store: Store, one: Subscription) -> None:
    end(store, one, "CANCELED", "V1")


def _announce(store: Store, one: Subscription) -> None:
    one.is_announced = True
    store.happened("subscription.payment_due_notification", one)


def _try_again(store: Store, one: Subscription) -> None:
    """StepPay gives up after the last day."""
    if one.next_payment is None:
        return
    charge(store, one, one.next_payment)
    if one.status == "UNPAID":
        one.tries += 1
        if one.tries == len(RETRY_DAYS):
            end(store, one, "EXPIRED")
