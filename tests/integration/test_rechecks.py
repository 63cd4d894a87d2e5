"""The shopper who pays and closes the tab is found without any event and without any page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.integration.test_ledger import job_subjects, stands, steps
from tests.support.app_fixture import COMPLETE, NOW, PAID, STANDBY, UNPAID, FakeStepPay, World
from tests.support.job_helpers import FakeMerchant, next_due, work, work_for
from tests.support.merchant import MORE, bind, verify
from widget_server.adapters.store.ledger import SqlLedger

DEPOSIT = {**STANDBY, "paymentStatus": "VIRTUAL_BANK_STANDBY"}


@pytest.fixture
def abandoned(world: World, steppay: FakeStepPay) -> str:
    """Opened, and the shopper never came back."""
    code = steppay.unpaid()
    world.create_checkout(code)
    return code


def asked_at(world: World, time: timedelta) -> Iterator[timedelta]:
    """When jobs ran, counted from the start."""
    while (due := next_due(world)) is not None and due <= NOW + time:
        world.clock.now = due
        work(world)
        yield due - NOW


def test_it_is_asked_after_1_5_15_minutes_1_6_24_hours_and_then_daily(world: World, abandoned: str) -> None:
    minutes = [int(time.total_seconds() // 60) for time in asked_at(world, timedelta(days=3))]
    assert minutes == [1, 5, 15, 60, 360, 1440, 2880, 4320]
    assert stands(world, abandoned) == "pending"


def test_a_payment_without_a_return_is_found_and_sent(world: World, steppay: FakeStepPay, abandoned: str) -> None:
    shop = FakeMerchant()
    work_for(world, timedelta(minutes=7), shop)
    steppay.order(PAID, COMPLETE, abandoned)
    work_for(world, timedelta(minutes=10), shop)
    assert (steps(world, abandoned), shop.types()) == (["pending", "paid"], ["payment.paid"])
    assert job_subjects(world, "check") == []


def test_an_order_that_is_settled_already_costs_no_call(world: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    world.create_checkout(code)
    verify(world, code)
    steppay.forget_calls()
    work_for(world, timedelta(days=2))
    assert (steppay.calls(), job_subjects(world, "check")) == ([], [])


def test_AV_05_an_outage_delays_the_check_and_loses_nothing(world: World, steppay: FakeStepPay, abandoned: str) -> None:
    steppay.order(429, None, abandoned)
    work_for(world, timedelta(hours=2))
    assert stands(world, abandoned) is None
    steppay.order(PAID, COMPLETE, abandoned)
    work_for(world, timedelta(minutes=20))
    assert stands(world, abandoned) == "paid"


def test_an_order_that_never_existed_is_asked_about_twice(world: World, steppay: FakeStepPay) -> None:
    world.create_checkout("order_of_nobody")
    work_for(world, timedelta(days=2))
    assert len(steppay.calls()) == 2
    assert job_subjects(world, "check") == []


def needs_review(world: World, code: str) -> bool:
    record = SqlLedger(world.engine, notify_merchant=True).find(code)
    return record is not None and record.needs_review


@pytest.mark.parametrize(
    ("receipt", "review"), [(DEPOSIT, True), ({**STANDBY, "paymentStatus": "NEW"}, True), (STANDBY, False)]
)
def test_at_the_end_a_review_is_asked_for_unless_nothing_was_paid(
    world: World, steppay: FakeStepPay, receipt: dict[str, object], review: bool
) -> None:
    code = steppay.order(UNPAID, receipt)
    world.create_checkout(code)
    work_for(world, timedelta(days=9))
    assert (needs_review(world, code), job_subjects(world, "check")) == (review, [])


def test_the_purchase_deadline_and_three_days_are_waited_for(world: World, steppay: FakeStepPay) -> None:
    code = steppay.order({**UNPAID, "purchaseDeadline": "2026-12-10T00:00:00"}, DEPOSIT)
    world.create_checkout(code)
    work_for(world, timedelta(days=17))
    assert not needs_review(world, code)
    work_for(world, timedelta(days=4))
    assert needs_review(world, code)


def test_a_payment_whose_receipt_is_still_missing_after_an_hour_is_put_before_a_person(
    world: World, steppay: FakeStepPay, caplog: pytest.LogCaptureFixture
) -> None:
    code = steppay.unpaid()
    world.create_checkout(code)
    steppay.order(PAID, 404, code)
    work_for(world, timedelta(minutes=30))
    assert not needs_review(world, code), "a matter of moments as yet"
    work_for(world, timedelta(minutes=40))
    assert needs_review(world, code)
    assert f"order_needs_review order={code} reason=receipt_missing" in caplog.text


def test_an_unpaid_mismatch_needs_no_review(keyed: World, steppay: FakeStepPay) -> None:
    code = steppay.unpaid()
    bind(keyed, code, MORE)
    keyed.create_checkout(code)
    work_for(keyed, timedelta(days=9))
    assert (stands(keyed, code), needs_review(keyed, code)) == ("mismatch", False)
    assert job_subjects(keyed, "check") == []
