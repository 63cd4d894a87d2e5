"""Backups, lost jobs, jobs that kill their worker, and what retention deletes."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from tests.integration.test_ledger import STATES, job_subjects, stands, told
from tests.support.app_fixture import FakeStepPay, World, application
from tests.support.database_failures import locked
from tests.support.job_helpers import FakeMerchant, event_body, kept_events, send, tools, work, work_for
from tests.support.merchant import verify
from widget_server.adapters.store import maintenance
from widget_server.adapters.store.jobs import SqlJobs
from widget_server.adapters.store.maintenance import purge_older_than, requeue_orphans
from widget_server.adapters.store.tables import deliveries, delivery_attempts, jobs, orders
from widget_server.domain.job import CHECK, Job, Queue
from widget_server.server.worker import PREFETCH, Worker
from widget_server.services.job_handlers import handle_job


@pytest.mark.sqlite
def test_a_backup_made_while_running_holds_the_work_and_sends_it_under_the_same_id(
    world: World, steppay: FakeStepPay, migrated: Path, tmp_path: Path
) -> None:
    code, first, second = steppay.paid(), FakeMerchant(), FakeMerchant()
    verify(world, code)
    (tmp_path / "restored").mkdir()
    backup = tmp_path / "backup.db"
    with closing(sqlite3.connect(str(world.engine.url.database))) as source, closing(sqlite3.connect(backup)) as copy:
        source.backup(copy)  # what `.backup` of the sqlite3 program does
    work(world, first)
    with application(steppay.url, migrated, tmp_path / "restored") as restored:
        shutil.copy(backup, str(restored.engine.url.database))
        work(restored, second)
    assert [event_id for event_id, _body in second.told] == [event_id for event_id, _body in first.told]


def test_work_whose_job_was_lost_gets_one_again(world: World, steppay: FakeStepPay) -> None:
    code, shop = steppay.paid(), FakeMerchant()
    verify(world, code)
    send(world, event_body(code))
    with world.engine.begin() as connection:
        connection.execute(delete(jobs))
    assert requeue_orphans(world.engine, world.clock.now) == 2
    assert requeue_orphans(world.engine, world.clock.now) == 0
    work(world, shop)
    assert (shop.types(), kept_events(world)[0][1]) == (["payment.paid"], "done")


def test_only_what_ended_long_ago_is_forgotten(world: World, steppay: FakeStepPay) -> None:
    codes = {name: steppay.order(*STATES[name]) for name in ("paid", "unpaid", "doubtful", "refunded")}
    for code in codes.values():
        verify(world, code)
    send(world, event_body(codes["paid"]))
    work(world, FakeMerchant())
    with world.engine.begin() as connection:
        connection.execute(update(orders).where(orders.c.order_code == codes["refunded"]).values(needs_review=True))
    verify(world, waiting := steppay.paid())
    purge_older_than(world.engine, world.clock.now)
    assert stands(world, codes["paid"]) == "paid", "nothing is older than now"
    purge_older_than(world.engine, world.clock.now + timedelta(seconds=1))
    assert (stands(world, codes["paid"]), kept_events(world)) == (None, [])
    assert [stands(world, codes[name]) for name in ("unpaid", "doubtful", "refunded")] == [
        "pending",
        "unknown",
        "refunded",
    ]
    assert len(told(world, waiting)) == 1, "what waits stays"
    with world.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(deliveries)).scalar() == 1
        assert connection.execute(select(func.count()).select_from(delivery_attempts)).scalar() == 0


def test_a_large_shop_is_kept_up_with(world: World, steppay: FakeStepPay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "_MOST_AT_ONCE", 2)
    codes = [steppay.paid() for _ in range(5)]
    for code in codes:
        verify(world, code)
    work(world, FakeMerchant())
    purge_older_than(world.engine, world.clock.now + timedelta(seconds=1))
    assert {stands(world, code) for code in codes} == {None}
    with world.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(deliveries)).scalar() == 0


def test_a_job_that_seems_to_kill_its_worker_gets_a_pause_and_an_alarm(
    world: World, steppay: FakeStepPay, caplog: pytest.LogCaptureFixture
) -> None:
    code = steppay.paid()
    leases = SqlJobs(world.engine)
    leases.restart(Job(CHECK, code, world.clock.now))
    for _ in range(20):
        leases.lease("dies", world.clock.now, 1)
        leases.release("dies")
    work(world)
    assert f"job_poisoned kind=check subject={code}" in caplog.text
    assert (stands(world, code), job_subjects(world, "check")) == (None, [code])
    work_for(world, timedelta(minutes=11))
    assert stands(world, code) == "paid"


def test_a_job_that_is_restarted_while_it_runs_is_not_taken_out(world: World) -> None:
    leases = SqlJobs(world.engine)
    leases.restart(Job(CHECK, "order_a", world.clock.now))
    [job] = leases.lease("one", world.clock.now, 1)
    leases.restart(Job(CHECK, "order_a", world.clock.now + timedelta(seconds=1)))
    leases.finish(job)
    world.clock.pass_by(timedelta(seconds=1))
    assert [found.subject for found in leases.lease("two", world.clock.now, 1)] == ["order_a"]


def test_two_workers_never_take_the_same_job(world: World) -> None:
    leases, now = SqlJobs(world.engine), world.clock.now
    for number in range(40):
        leases.restart(Job(CHECK, f"order_{number}", now))

    def take(worker: str) -> list[str]:
        taken: list[str] = []
        while found := leases.lease(worker, now, 3):
            taken += [job.subject for job in found]
        return taken

    with ThreadPoolExecutor(4) as threads:
        taken = [subject for part in threads.map(take, "abcd") for subject in part]
    assert sorted(taken) == sorted({f"order_{number}" for number in range(40)})


def run_until(worker: Worker, done: threading.Event) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    assert done.wait(60)
    stop.set()
    thread.join(60)
    assert not thread.is_alive()


def test_a_bug_in_one_job_does_not_end_the_worker(
    world: World, steppay: FakeStepPay, caplog: pytest.LogCaptureFixture
) -> None:
    code, done = steppay.paid(), threading.Event()
    leases, given = SqlJobs(world.engine), tools(world, FakeMerchant())
    leases.restart(Job(CHECK, "order_bug", world.clock.now))
    leases.restart(Job(CHECK, code, world.clock.now))

    def do(job: Job) -> None:
        if job.subject == "order_bug":
            raise RuntimeError("canary-inside")
        handle_job(job, given)
        done.set()

    run_until(Worker(leases, do, lambda: None, world.clock, slots={Queue(CHECK): 1}), done)
    assert "job_failed kind=check subject=order_bug" in caplog.text
    assert "canary-inside" not in caplog.text
    assert stands(world, code) == "paid"


def test_what_a_stopping_worker_has_not_begun_is_free_again_and_counts_as_no_start(world: World) -> None:
    leases, begun, some, stop, gate = SqlJobs(world.engine), [], threading.Event(), threading.Event(), threading.Event()
    for number in range(2 * PREFETCH):
        leases.restart(Job(CHECK, f"order_{number}", world.clock.now))

    def do(job: Job) -> None:
        begun.append(job.subject)
        some.set()
        assert gate.wait(60)

    thread = threading.Thread(
        target=Worker(leases, do, lambda: None, world.clock, slots={Queue(CHECK): 1}).run, args=(stop,)
    )
    thread.start()
    assert some.wait(60)
    with world.engine.connect() as connection:
        held = connection.execute(select(func.count()).where(jobs.c.leased_by.is_not(None))).scalar()
    assert held == PREFETCH, "several jobs of a queue are leased in one transaction"
    stop.set()
    gate.set()
    thread.join(60)
    with world.engine.connect() as connection:
        rows = connection.execute(select(jobs.c.subject, jobs.c.starts, jobs.c.leased_by)).all()
    assert sorted(rows) == [(f"order_{n}", int(f"order_{n}" in begun), None) for n in range(2 * PREFETCH)]


def test_a_worker_outlives_a_database_that_is_away(
    world: World, steppay: FakeStepPay, caplog: pytest.LogCaptureFixture
) -> None:
    code, done, refused = steppay.paid(), threading.Event(), threading.Event()
    leases, given = SqlJobs(world.engine), tools(world, FakeMerchant())
    leases.restart(Job(CHECK, code, world.clock.now))

    def do(job: Job) -> None:
        handle_job(job, given)
        done.set()

    worker, stop = Worker(leases, do, refused.set, world.clock), threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    with locked(world):
        thread.start()
        assert not done.wait(1)
    assert done.wait(60)
    stop.set()
    thread.join(60)
    assert "worker_database_unavailable" in caplog.text
    assert stands(world, code) == "paid"
