"""No work that a stranger can order stands before work that money depends on."""

from __future__ import annotations

import ast
import inspect
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.integration.test_ledger import HALF, job_subjects, stands
from tests.integration.test_rechecks import asked_at
from tests.support.app_fixture import COMPLETE, NOW, PAID, STANDBY, UNPAID, FakeStepPay, World
from tests.support.job_helpers import V1_PATH, FakeMerchant, event_body, kept_events, send, tools, work, work_for
from tests.support.merchant import bind, verify
from widget_server.adapters.store import checkouts
from widget_server.adapters.store.jobs import SqlJobs
from widget_server.adapters.store.tables import jobs
from widget_server.app import create_app
from widget_server.domain.job import ALERT_SLOTS, CHECK, SLOTS, UNCONFIRMED, Job, Queue, first_check
from widget_server.server.worker import Worker
from widget_server.services import job_handlers as working
from widget_server.services.job_handlers import handle_job

MINUTE = timedelta(minutes=1)


def queue_of(world: World, code: str) -> Queue:
    with world.engine.connect() as connection:
        wanted = select(jobs.c.kind, jobs.c.confirmed).where(jobs.c.subject == code)
        return Queue(*connection.execute(wanted).one())


def due_of(world: World, subject: str) -> datetime | None:
    with world.engine.connect() as connection:
        return connection.execute(select(jobs.c.due_at).where(jobs.c.subject == subject)).scalar()


def flood(world: World, number: int = 40) -> list[str]:
    """Openings for codes that StepPay has never heard of; their checks are due before everything else."""
    codes = [f"order_invented_{n}" for n in range(number)]
    for code in codes:
        SqlJobs(world.engine).restart(replace(first_check(code, NOW, confirmed=False), due_at=NOW - MINUTE))
    return codes


@contextmanager
def working_worker(world: World, merchant: FakeMerchant, gate: threading.Event) -> Iterator[list[Job]]:
    """A real worker whose StepPay does not answer about invented codes until `gate`; gives what it has begun."""
    begun: list[Job] = []
    given, stop = tools(world, merchant), threading.Event()

    def do(job: Job) -> None:
        begun.append(job)
        if job.subject.startswith("order_invented"):
            gate.wait(60)
        else:
            handle_job(job, given)

    thread = threading.Thread(target=Worker(SqlJobs(world.engine), do, lambda: None, world.clock).run, args=(stop,))
    thread.start()
    try:
        yield begun
    finally:
        gate.set()
        stop.set()
        thread.join(60)


def test_AV_09_an_event_and_its_delivery_pass_a_flood_of_invented_codes(world: World, steppay: FakeStepPay) -> None:
    code, gate, told = steppay.paid(), threading.Event(), threading.Event()
    merchant = FakeMerchant()
    deliver = merchant.send
    merchant.send = lambda *a: (deliver(*a), told.set())[0]  # type: ignore[method-assign]
    flood(world)
    send(world, event_body(code))
    with working_worker(world, merchant, gate) as begun:
        assert told.wait(60), "the delivery waits behind checks of invented codes"
        assert len([job for job in begun if job.subject.startswith("order_invented")]) <= SLOTS[UNCONFIRMED]
    assert (stands(world, code), merchant.types()) == ("paid", ["payment.paid"])


def test_AV_09_each_kind_of_work_has_places_of_its_own() -> None:
    """A merchant that hangs holds up no event, and a slow StepPay no delivery."""
    handled = set(working._HANDLERS)
    assert {queue.kind for queue in {**SLOTS, **ALERT_SLOTS}} == handled
    assert all(slots > 0 for slots in SLOTS.values())
    assert SLOTS[UNCONFIRMED] < min(SLOTS[Queue(kind)] for kind in ("delivery", "webhook", "check"))


@pytest.mark.parametrize("queue", SLOTS, ids=str)
def test_AV_09_a_full_queue_takes_no_place_of_another(world: World, queue: Queue) -> None:
    leases = SqlJobs(world.engine)
    for other in SLOTS:
        for number in range(12):
            subject = f"order_{other.kind}_{other.confirmed}_{number}"
            late = timedelta() if other == queue else MINUTE  # the others have all waited longer
            leases.restart(Job(other.kind, subject, NOW - late, confirmed=other.confirmed))
    taken = leases.lease("one", NOW, SLOTS)
    assert len([job for job in taken if Queue(job.kind, job.confirmed) == queue]) == min(12, SLOTS[queue])


def test_AV_09_what_steppay_or_the_backend_has_named_is_no_strangers_work(keyed: World, steppay: FakeStepPay) -> None:
    seen, bound, later, invented = steppay.unpaid(), steppay.unpaid(), steppay.unpaid(), "order_invented"
    verify(keyed, seen)
    bind(keyed, bound)
    for code in (seen, bound, later, invented):
        keyed.create_checkout(code)
    assert [queue_of(keyed, code).confirmed for code in (seen, bound, later, invented)] == [True, True, False, False]
    bind(keyed, later)
    assert queue_of(keyed, later).confirmed


@pytest.mark.parametrize("made", [(UNPAID, STANDBY), (PAID, COMPLETE)])
def test_AV_09_a_check_joins_the_confirmed_ones_once_steppay_answers(
    world: World, steppay: FakeStepPay, made: tuple[Any, Any]
) -> None:
    code = steppay.order(*made)
    world.create_checkout(code)
    assert queue_of(world, code) == UNCONFIRMED
    verify(world, code)
    assert queue_of(world, code) == Queue(CHECK)


def test_AV_09_unconfirmed_checks_are_capped_and_an_opening_still_works(
    keyed: World, steppay: FakeStepPay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkouts, "MOST_UNCONFIRMED", 3)
    invented = [f"order_invented_{n}" for n in range(5)]
    for code in invented:
        keyed.create_checkout(code)
    assert len(job_subjects(keyed, CHECK)) == 3
    code = steppay.unpaid()
    bind(keyed, code)
    keyed.create_checkout(code)
    assert code in job_subjects(keyed, CHECK), "the cap is the strangers' own"


def test_AV_09_an_invented_code_that_breaks_steppay_does_not_stay_for_ever(world: World, steppay: FakeStepPay) -> None:
    code = steppay.order(400)
    world.create_checkout(code)
    work_for(world, timedelta(days=8))
    assert job_subjects(world, CHECK) == []


def test_AV_11_an_order_that_is_opened_again_and_again_is_checked_on_time(world: World, steppay: FakeStepPay) -> None:
    code, merchant = steppay.paid(), FakeMerchant()
    world.create_checkout(code)
    for _ in range(5):
        world.clock.pass_by(timedelta(seconds=40))
        assert world.client.get(f"/v1/pay/{code}").status_code in {200, 302}  # 200: known as paid by then
        work(world, merchant)
    assert (stands(world, code), merchant.types()) == ("paid", ["payment.paid"])


def test_AV_11_an_opening_brings_a_slow_series_nearer_and_keeps_its_end(world: World, steppay: FakeStepPay) -> None:
    code = steppay.unpaid()
    world.create_checkout(code)
    ends = [job.until for job in SqlJobs(world.engine).lease("x", NOW + MINUTE, 1)]
    SqlJobs(world.engine).release("x")
    work_for(world, timedelta(days=2))
    opened = world.clock.now
    world.create_checkout(code)
    assert due_of(world, code) == opened + MINUTE
    [job] = SqlJobs(world.engine).lease("x", opened + MINUTE, 1)
    assert [job.until] == ends
    SqlJobs(world.engine).release("x")
    minutes = [int((at + NOW - opened).total_seconds() // 60) for at in asked_at(world, opened - NOW + 20 * MINUTE)]
    assert minutes == [1, 5, 15]


def test_AV_11_an_opening_during_a_check_is_followed_too(world: World, steppay: FakeStepPay) -> None:
    code = steppay.unpaid()
    world.create_checkout(code)
    world.clock.pass_by(MINUTE)
    [job] = SqlJobs(world.engine).lease("x", world.clock.now, 1)
    opened = world.clock.now
    world.create_checkout(code)
    handle_job(job, tools(world))
    assert due_of(world, code) == opened + MINUTE


def test_AV_11_nothing_that_a_stranger_sends_restarts_a_job() -> None:
    """`restart_job` may put work off: only a person's command may."""
    from widget_server.adapters.store import inbox, ledger

    for module in (checkouts, inbox, ledger):
        names = {node.id for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.Name)}
        assert "restart_job" not in names


def test_WH_18_a_number_that_waits_keeps_its_time(world: World, steppay: FakeStepPay) -> None:
    code = steppay.order({**PAID, "orderId": 8831}, COMPLETE)
    settings = replace(world.settings, webhook_v1=True, rate_limit=None)
    client = create_app(settings, replace(world.deps, settings=settings)).test_client()
    for number in range(20):
        client.post(V1_PATH, json={"orderId": number + 1})
    for _ in range(60):
        assert client.post(V1_PATH, json={"orderId": 8831}).status_code == 200
        world.clock.pass_by(timedelta(seconds=0.45))
        work(world)
    assert stands(world, code) == "paid"


def test_WH_19_a_signed_repetition_looks_again_once_a_minute(world: World, steppay: FakeStepPay) -> None:
    code, merchant = steppay.order(*HALF), FakeMerchant()
    raw = event_body(code, "payment.canceled", orderCode=code)
    assert send(world, raw).json["status"] == "stored"
    work(world, merchant)
    steppay.order({**PAID, "returnedAmount": 8000}, HALF[1], code)
    steppay.forget_calls()
    for _ in range(10):
        assert send(world, raw).json["status"] == "known"
        world.clock.pass_by(timedelta(seconds=6))
    work(world, merchant)
    assert len([path for path in steppay.calls() if "/orders/" in path]) == 1
    assert merchant.types() == ["payment.partially_refunded"] * 2
    assert [state for _name, state in kept_events(world)] == ["done"]


def test_WH_19_an_ignored_event_is_looked_into_when_it_comes_again(world: World, steppay: FakeStepPay) -> None:
    code, merchant = f"order_late_{id(world)}", FakeMerchant()
    raw = event_body(code)
    send(world, raw)
    work_for(world, timedelta(hours=2))
    assert [state for _name, state in kept_events(world)] == ["ignored"]
    steppay.order(PAID, COMPLETE, code)
    send(world, raw)
    work_for(world, 2 * MINUTE, merchant)
    assert (stands(world, code), merchant.types()) == ("paid", ["payment.paid"])
