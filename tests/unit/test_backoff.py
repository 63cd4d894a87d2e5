"""When something is tried again: deliveries, questions to StepPay, the re-checks of an opened checkout."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import accumulate

import pytest

from widget_server.domain.backoff import delivery_pause, upstream_pause
from widget_server.domain.job import Job, first_check
from widget_server.domain.recheck_schedule import (
    AFTER_DEADLINE,
    FIRST,
    UNKNOWN_DEADLINE,
    ends_at,
    next_gap,
)
from widget_server.domain.rules import _NOT_PAID, _WITHOUT_PAID_DATE
from widget_server.domain.verdict_reasons import REASONS, Review

NOW = datetime(2026, 11, 23, 3, 16, tzinfo=UTC)
DELIVERIES = [5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 43200, 43200, 43200, 43200, 43200]
DAY = 24 * 3600


def test_a_delivery_is_tried_fifteen_times_in_about_three_days() -> None:
    pauses = [delivery_pause(tries, 0.5) for tries in range(1, 17)]
    assert pauses == [*(timedelta(seconds=seconds) for seconds in DELIVERIES), None, None]


@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, 27), (0.5, 30), (1.0, 33)])
def test_what_waits_comes_back_up_to_a_tenth_sooner_or_later(jitter: float, seconds: int) -> None:
    assert delivery_pause(2, jitter) == timedelta(seconds=seconds)
    assert upstream_pause(2, jitter) == timedelta(seconds=seconds / 2)


@pytest.mark.parametrize(
    ("asked", "seconds"), [(None, 30), (0, 30), (29, 30), (31, 31), (DAY, DAY), (DAY + 1, DAY), (10**9, DAY)]
)
def test_a_merchant_can_ask_for_a_longer_pause_of_a_day_at_most(asked: int | None, seconds: int) -> None:
    assert delivery_pause(2, 0.5, asked) == timedelta(seconds=seconds)


def test_steppay_is_asked_for_ever() -> None:
    seconds = [upstream_pause(tries, 0.5).total_seconds() for tries in (1, 2, 3, 4, 5, 6, 1000)]
    assert seconds == [5, 15, 60, 300, 900, 900, 900]


def test_an_opened_checkout_is_looked_at_soon_and_then_daily() -> None:
    at = accumulate([FIRST, *(next_gap(step) for step in range(8))])
    hour = 60
    assert [moment.total_seconds() / 60 for moment in at] == [1, 5, 15, hour, *(hour * n for n in (6, 24, 48, 72, 96))]


def test_it_is_followed_until_after_its_deadline_or_for_a_week() -> None:
    job, deadline = first_check("order_a", NOW), datetime(2026, 12, 1, tzinfo=UTC)
    assert job == Job("check", "order_a", NOW + timedelta(minutes=1), until=NOW + timedelta(days=7))
    assert (job.step, job.tries, job.starts, job.leased_by, job.leased_until) == (0, 0, 0, None, None)
    assert job.until is not None
    assert ends_at(job.until, None) == NOW + UNKNOWN_DEADLINE
    assert ends_at(job.until, deadline) == datetime(2026, 12, 4, tzinfo=UTC) == deadline + AFTER_DEADLINE


def test_a_review_ends_the_rechecks_unless_steppay_plainly_says_unpaid() -> None:
    plain = {"not_paid_yet", "payment_failed", "shopper_canceled", "payment_canceled"}
    reasons = {finding.reason for finding in (*_NOT_PAID.values(), *_WITHOUT_PAID_DATE.values())} | {"not_paid_yet"}
    assert {reason for reason in reasons if REASONS[reason].review is Review.NEVER} == plain
