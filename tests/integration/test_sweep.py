"""A refund whose event never came is found: settled orders are looked at again on day 1, 3, 7, 14, 30, 60 and 90."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import column, delete, func, insert, select, table

from tests.integration.test_ledger import HALF, REFUNDED, job_subjects, stands, steps
from tests.support.app_fixture import NOW, FakeStepPay, World
from tests.support.database_failures import locked
from tests.support.job_helpers import FakeMerchant, next_due, work
from tests.support.merchant import verify
from widget_server.adapters.store.jobs import SqlJobs
from widget_server.adapters.store.sql import _translate
from widget_server.adapters.store.sweep import _DUE, MOST_WAITING, sweep
from widget_server.adapters.store.tables import jobs, orders
from widget_server.domain.job import ASK, Job
from widget_server.domain.verdict_kinds import KINDS
from widget_server.errors import StorageError

DAYS = [1, 3, 7, 14, 30, 60, 90]


def live(world: World, days: int, shop: FakeMerchant | None = None) -> list[int]:
    """Let days pass with a worker that tidies and works; gives the days on which StepPay was asked."""
    end, asked = world.clock.now + timedelta(days=days), []
    while world.clock.now < end:
        world.clock.pass_by(timedelta(hours=12))
        if sweep(world.engine, world.clock.now):
            asked.append((world.clock.now - NOW).days)
        world.clock.pass_by(timedelta(minutes=2))
        work(world, shop)
    return asked


def test_a_settled_order_is_asked_about_on_seven_days_and_then_never(world: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    verify(world, code)
    work(world)
    steppay.forget_calls()
    assert live(world, 200) == DAYS
    assert len(steppay.calls()) == 2 * len(DAYS)
    assert (stands(world, code), job_subjects(world, ASK)) == ("paid", [])


@pytest.mark.parametrize("day", [0, 2, 29, 89])
def test_a_refund_without_an_event_is_sent(world: World, steppay: FakeStepPay, day: int) -> None:
    code, shop = steppay.paid(), FakeMerchant()
    verify(world, code)
    live(world, day, shop)
    steppay.order(*REFUNDED, code)
    live(world, 31, shop)
    assert shop.types() == ["payment.paid", "payment.refunded"]
    assert steps(world, code) == ["paid", "refunded"]


def test_after_a_partial_refund_the_rest_is_found_and_after_a_full_one_no_call_is_made(
    world: World, steppay: FakeStepPay
) -> None:
    code, shop = steppay.paid(), FakeMerchant()
    verify(world, code)
    for answer in (HALF, REFUNDED):
        steppay.order(*answer, code)
        live(world, 31, shop)
    steppay.forget_calls()
    assert live(world, 200, shop) == []
    assert shop.types() == ["payment.paid", "payment.partially_refunded", "payment.refunded"]
    assert steppay.calls() == []


def test_a_worker_that_was_away_makes_up_for_one_look_only(world: World, steppay: FakeStepPay) -> None:
    verify(world, steppay.paid())
    world.clock.pass_by(timedelta(days=20))
    assert live(world, 60) == [20, 30, 60]


def settled_before_the_upgrade(world: World, count: int, age: timedelta) -> list[str]:
    """Orders as a version writes them that knows no sweep."""
    codes = [f"order_old_{number:05d}" for number in range(count)]
    row = {"verdict": "paid", "reason": "payment_complete", "returned_amount": "0", "needs_review": False}
    written = [{"order_code": code, "checked_at": NOW - age, **row} for code in codes]
    known = [column(name, orders.c[name].type) for name in written[0]]
    with world.engine.begin() as connection:
        connection.execute(insert(table(orders.name, *known)), written)
    return codes


def test_orders_of_before_the_upgrade_are_swept(world: World, steppay: FakeStepPay) -> None:
    [code] = settled_before_the_upgrade(world, 1, timedelta(days=5))
    steppay.order(*REFUNDED, code)
    shop = FakeMerchant()
    live(world, 1, shop)
    assert shop.types() == ["payment.refunded"]


def test_an_upgrade_with_many_settled_orders_is_no_storm(world: World) -> None:
    settled_before_the_upgrade(world, 3 * MOST_WAITING, timedelta(days=5))
    settled_before_the_upgrade_long_ago = timedelta(days=400)
    with world.engine.begin() as connection:
        connection.execute(
            orders.update()
            .where(orders.c.order_code < "order_old_00010")
            .values(checked_at=NOW - settled_before_the_upgrade_long_ago)
        )
    assert [sweep(world.engine, NOW) for _ in range(3)] == [MOST_WAITING, 0, 0]
    with world.engine.connect() as connection:
        first, last = connection.execute(select(func.min(jobs.c.due_at), func.max(jobs.c.due_at))).one()
        assert last - first == timedelta(seconds=MOST_WAITING - 1)
    made = MOST_WAITING
    while True:
        with world.engine.begin() as connection:
            connection.execute(delete(jobs))
        if not (more := sweep(world.engine, NOW)):
            break
        made += more
    assert made == 3 * MOST_WAITING - 10, "those of more than 120 days ago stay alone"


def test_an_outage_of_steppay_keeps_the_looks_few_and_blocks_none_for_ever(world: World, steppay: FakeStepPay) -> None:
    code, shop = steppay.paid(), FakeMerchant()
    verify(world, code)
    work(world, shop)
    steppay.order(429, None, code)
    world.clock.pass_by(timedelta(days=1))
    sweep(world.engine, world.clock.now)
    tries = 0
    while (due := next_due(world)) is not None:
        world.clock.now = max(world.clock.now, due)
        tries += work(world, shop)
    assert 10 < tries < 40
    steppay.order(*REFUNDED, code)
    live(world, 3, shop)
    assert shop.types() == ["payment.paid", "payment.refunded"]


def test_what_the_sweep_notes_is_there_or_not_as_a_whole(world: World, steppay: FakeStepPay) -> None:
    verify(world, steppay.paid())
    world.clock.pass_by(timedelta(days=1))
    with locked(world), pytest.raises(StorageError):
        sweep(world.engine, world.clock.now)
    assert job_subjects(world, ASK) == []
    assert sweep(world.engine, world.clock.now) == 1


def test_a_look_that_a_person_wants_is_made_also_of_a_settled_order(world: World, steppay: FakeStepPay) -> None:
    code, shop = steppay.paid(), FakeMerchant()
    verify(world, code)
    steppay.order(*REFUNDED, code)
    SqlJobs(world.engine).restart(Job(ASK, code, world.clock.now))
    work(world, shop)
    assert sorted(shop.types()) == ["payment.paid", "payment.refunded"]


def test_the_sweep_finds_its_orders_by_an_index(world: World) -> None:
    settled_before_the_upgrade(world, 50, timedelta(days=5))
    if world.engine.dialect.name != "sqlite":
        return
    values = {"step": 0, "since": "2026-01-01", "until": "2026-12-01", "limit": 60}
    with world.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {_translate(_DUE, True)}", values)
        plan = " ".join(str(row) for row in rows)
    assert "SEARCH steppay_orders USING INDEX steppay_orders_sweep_ix" in plan
    assert "TEMP B-TREE" not in plan, "a sort would grow with the orders"


def test_the_index_of_the_sweep_holds_the_kinds_that_may_be_refunded() -> None:
    """A new kind needs a migration of this index, and its words in the query."""
    kinds = ", ".join(f"'{kind.value}'" for kind, facts in KINDS.items() if facts.may_be_refunded)
    [index] = [one for one in orders.indexes if one.name == "steppay_orders_sweep_ix"]
    conditions = [str(index.dialect_options[name]["where"]) for name in ("sqlite", "postgresql")]
    assert conditions == [f"verdict IN ({kinds})"] * 2
    assert conditions[0] in _DUE
