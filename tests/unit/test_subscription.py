"""Who may come in: every status of StepPay, before, at and after the end of the period."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_server.domain.parsing import SEOUL, MalformedResponse
from widget_server.domain.subscription import (
    Subscription,
    SubscriptionStatus,
    has_access,
    next_look,
    read_subscription,
    subscription_body,
)

START = datetime(2026, 11, 1, tzinfo=SEOUL)
END = datetime(2026, 12, 1, tzinfo=SEOUL)
NONE, WEEK = timedelta(0), timedelta(days=7)
BODY = {
    "id": 77,
    "status": "ACTIVE",
    "currentPeriod": {"startDateTime": "2026-11-01T00:00:00", "endDateTime": "2026-12-01T00:00:00"},
    "nextPaymentDate": "2026-12-01T00:00:00.5",
    "items": [{"productCode": "product_tea", "priceCode": "price_tea", "productName": "CANARY"}],
    "relatedOrders": [{"orderCode": "order_one", "createdAt": "2026-11-01T00:00:00"}, {"code": "order_two"}, 7],
    "customer": {"name": "CANARY", "email": "CANARY@example.com"},
    "paymentMethod": {"paymentInfo": "CANARY"},
}


def subscription(status: str = "ACTIVE", **changes: object) -> Subscription:
    return replace(read_subscription(BODY, 77), status=SubscriptionStatus(status), **changes)


@pytest.mark.parametrize(
    ("status", "before", "after", "after_in_grace"),
    [
        ("ACTIVE", True, True, True),  # StepPay's word counts, also at the moment of a renewal
        ("PENDING_CANCEL", True, False, False),
        ("PENDING_PAUSE", True, False, False),
        ("UNPAID", False, False, True),
        ("PAUSE", False, False, False),
        ("EXPIRED", False, False, False),
        ("CANCELED", False, False, False),
        ("INCOMPLETE", False, False, False),
        ("QUEUEING", False, False, False),
    ],
)
def test_access_by_status(status: str, before: bool, after: bool, after_in_grace: bool) -> None:
    found = subscription(status)
    assert has_access(found, END - timedelta(days=1), NONE) is before
    assert has_access(found, END, NONE) is after
    assert has_access(found, END + timedelta(days=3), WEEK) is after_in_grace
    assert has_access(found, END + WEEK, WEEK) is (status == "ACTIVE")


def test_a_renewal_that_failed_gives_no_free_month_where_the_period_has_moved() -> None:
    moved = subscription("UNPAID", period_start=END, period_end=END + timedelta(days=31))
    assert has_access(moved, END + timedelta(days=6), WEEK)
    assert not has_access(moved, END + timedelta(days=7), WEEK)
    assert not has_access(moved, END - timedelta(seconds=1), NONE), "StepPay's clock is ahead of ours"


@given(st.sampled_from(SubscriptionStatus), st.integers(-60, 400), st.integers(0, 30))
def test_no_grace_ever_takes_access_away(status: SubscriptionStatus, day: int, grace: int) -> None:
    found, now = subscription(status), END + timedelta(days=day)
    assert has_access(found, now, NONE) <= has_access(found, now, timedelta(days=grace))


@given(st.sampled_from(SubscriptionStatus), st.integers(-400, 400))
def test_each_living_subscription_is_looked_at_again(status: SubscriptionStatus, hours: int) -> None:
    found, now = subscription(status), END + timedelta(hours=hours)
    at = next_look(found, now)
    if status in (SubscriptionStatus.CANCELED, SubscriptionStatus.EXPIRED):
        assert at is None
    else:
        assert at is not None
        assert now < at < now + timedelta(days=1)
        assert not now <= END < at - timedelta(hours=1, seconds=1)  # a renewal is due


@pytest.mark.parametrize(
    "change",
    [
        {"id": 78}, {"id": "77"}, {"id": True}, {"status": "VIP"}, {"status": None}, {"currentPeriod": None},
        {"currentPeriod": {"startDateTime": "2026-11-01T00:00:00"}}, {"currentPeriod": {"endDateTime": "soon"}},
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_neither_yes_nor_no(change: dict[str, object]) -> None:
    with pytest.raises(MalformedResponse):
        read_subscription({**BODY, **change}, 77)


def test_the_answer_is_an_allow_list() -> None:
    now = datetime(2026, 11, 30, 1, 2, 3, tzinfo=UTC)
    assert subscription_body(subscription("PENDING_CANCEL"), now, NONE) == {
        "subscriptionId": 77,
        "status": "PENDING_CANCEL",
        "access": True,
        "currentPeriodEnd": "2026-12-01T00:00:00+09:00",
        "nextPaymentDate": "2026-12-01T00:00:00.500000+09:00",
        "cancelAtPeriodEnd": True,
        "items": [{"productCode": "product_tea", "priceCode": "price_tea"}],
        "checkedAt": "2026-11-30T01:02:03.000Z",
    }
    assert [order.order_code for order in subscription().related_orders] == ["order_one", "order_two"]
