"""Subscriptions through their whole lives, end to end, with each event and with a third of them lost."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.databases import copy, drop
from tests.support.subscription_life import DAY, Member, member_of_a_shop

Step = Callable[[Member], datetime]
"""What happens next; gives the moment at which it happens."""
CANCEL, PAUSE = {"whenToCancel": "END_OF_PERIOD"}, {"whenToPause": "IMMEDIATE", "whenToResume": "NOTHING"}


def now(step: Callable[[Member], object]) -> Step:
    def do(member: Member) -> datetime:
        step(member)
        return member.clock.now

    return do


def payment(*, after_days: int = 0, card_works: bool = True) -> Step:
    """The next payment, or the try so many days after it was due."""

    def wait(member: Member) -> datetime:
        member.card(works=card_works)
        return member.next_payment() + timedelta(days=after_days)

    return wait


def life(*, recovers: int, pause: str) -> list[tuple[Step, str, bool]]:
    """What happens, and within a day: StepPay's status, access."""
    trial = [
        (now(lambda member: member.buys("product_trial", "price_trial")), "ACTIVE", True),
        (payment(), "ACTIVE", True),
        (payment(card_works=False), "UNPAID", False),
        (payment(after_days=recovers), "ACTIVE", True),
    ]
    paused = now(lambda member: member.step("pause", PAUSE | {"whenToPause": pause}))
    pauses = [(paused, "PAUSE", False)] if pause == "IMMEDIATE" else [
        (paused, "PENDING_PAUSE", True), (payment(), "PAUSE", False),
    ]  # fmt: skip
    return [
        *trial, *pauses,
        (now(lambda member: member.step("active")), "ACTIVE", True),
        (now(lambda member: member.step("cancel", CANCEL)), "PENDING_CANCEL", True),
        (payment(), "CANCELED", False),
    ]  # fmt: skip


FAILS_FOR_GOOD: list[tuple[Step, str, bool]] = [
    (now(lambda member: member.buys("product_basic", "price_basic_monthly")), "ACTIVE", True),
    (payment(), "ACTIVE", True),
    (payment(card_works=False), "UNPAID", False),
    (now(lambda member: member.changes_card()), "ACTIVE", True),
    (payment(card_works=False), "UNPAID", False),
    (payment(after_days=14, card_works=False), "EXPIRED", False),
]
TYPES = {
    "ACTIVE": "subscription.active", "PENDING_PAUSE": "subscription.active", "PENDING_CANCEL": "subscription.active",
    "UNPAID": "subscription.past_due", "PAUSE": "subscription.paused",
    "CANCELED": "subscription.ended", "EXPIRED": "subscription.ended",
}  # fmt: skip


@pytest.mark.parametrize(
    ("seed", "steps"),
    [
        pytest.param(None, life(recovers=1, pause="LAZY"), id="undisturbed"),
        pytest.param(None, FAILS_FOR_GOOD, id="undisturbed, fails for good"),
        *(
            pytest.param(seed, life(recovers=days, pause=pause), id=f"seed {seed}, recovers on day {days}")
            for seed, days, pause in ((1, 3, "LAZY"), (2, 5, "IMMEDIATE"), (3, 10, "LAZY"), (4, 14, "IMMEDIATE"))
        ),
        pytest.param(5, FAILS_FOR_GOOD, id="seed 5, fails for good"),
    ],
)
def test_within_a_day_the_shop_knows_what_steppay_knows(
    seed: int | None, steps: list[tuple[Step, str, bool]], migrated: Path, tmp_path: Path
) -> None:
    database = tmp_path / "life.db"
    copy(migrated, database)
    with member_of_a_shop(database, seed) as member:
        for step, status, access in steps:
            member.wait_until(step(member))
            member.a_day()
            check(member, status, access=access)
        member.wait_until(member.clock.now + 10 * DAY)
        check(member, status, access=access)
        check_deliveries(member, [status for _step, status, _access in steps])
    drop(database)


def check(member: Member, status: str, *, access: bool) -> None:
    """StepPay, this server and the merchant backend say the same. Asking does not help the backend."""
    known = member.backend.members[member.number]
    shown, actual = member.shown(), member.at_steppay()
    assert actual["status"] == shown["status"] == known["status"] == status
    assert shown["access"] is known["access"] is access
    assert actual["currentPeriod"]["endDateTime"] == shown["currentPeriodEnd"][:19] == known["currentPeriodEnd"][:19]


def check_deliveries(member: Member, statuses: list[str]) -> None:
    """Each renewal once; each state once, under an id of its own; none left out that lasted a day."""
    paid = [one["orderCode"] for one in member.at_steppay()["relatedOrders"] if one["paymentDate"]]
    assert member.backend.renewals() == sorted(paid[1:])
    changes = member.backend.changes()
    assert all(before != after for before, after in itertools.pairwise(changes))
    assert [status for _type, status, _end in changes] == statuses
    assert [kind for kind, _status, _end in changes] == [TYPES[status] for status in statuses]
    cards = [one for one in member.backend.acted_on.values() if one.type == "subscription.payment_method_changed"]
    assert len(cards) == ("EXPIRED" in statuses)
    if member.events.chance is not None:
        assert member.events.lost >= 3
