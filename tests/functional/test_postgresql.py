"""The same code on PostgreSQL: migrations, the record, events, deliveries, leases, and the move from SQLite."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, func, inspect, select

from tests.attacks.test_deliveries import (
    test_AV_08_after_three_days_it_is_parked_and_can_be_sent_again as parked,
)
from tests.attacks.test_deliveries import (
    test_AV_08_whoever_dies_between_the_post_and_the_note_sends_it_again_under_the_same_id as died,
)
from tests.attacks.test_webhook_truth import test_WH_13_events_in_the_wrong_order_end_in_what_steppay_says as shuffled
from tests.functional.merchant import verify
from tests.functional.postgres import Cluster, cluster, find_programs
from tests.functional.test_ledger import told
from tests.functional.test_migrate_command import Database, back_and_forward
from tests.functional.working import FakeMerchant, work
from tests.functional.world import FakeStepPay, World, application
from widget_server.adapters.store import migrate
from widget_server.adapters.store.attempts import SqlAttempts
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.inbox import SqlInbox
from widget_server.adapters.store.jobs import SqlJobs
from widget_server.adapters.store.ledger import SqlLedger
from widget_server.adapters.store.tables import deliveries, jobs, metadata, transitions
from widget_server.app import create_app
from widget_server.domain.job import CHECK, Job

PROGRAMS = find_programs()
pytestmark = pytest.mark.skipif(PROGRAMS is None, reason="PostgreSQL is not installed: apt install postgresql")


@pytest.fixture(scope="module")
def running(free_port: Callable[[], int]) -> Iterator[Cluster]:
    assert PROGRAMS is not None
    with (
        tempfile.TemporaryDirectory(prefix="steppay-pg-") as folder,
        cluster(PROGRAMS, Path(folder), free_port()) as made,
    ):
        yield made


@pytest.fixture
def engine(running: Cluster) -> Iterator[Engine]:
    """Migrated and empty."""
    engine = make_engine(running.url)
    migrate.upgrade(engine)
    yield engine
    migrate.downgrade(engine, "base")
    engine.dispose()


@contextmanager
def on(engine: Engine, world: World) -> Iterator[World]:
    deps = replace(
        world.deps,
        attempts=SqlAttempts(engine, world.clock),
        ledger=SqlLedger(engine, tells=True),
        inbox=SqlInbox(engine, tells=True),
    )
    yield World(world.settings, deps, engine, create_app(world.settings, deps), world.clock, world.transport)


@pytest.fixture
def pg_world(engine: Engine, migrated: Path, tmp_path: Path, steppay: FakeStepPay) -> Iterator[World]:
    with application(steppay.url, migrated, tmp_path) as world, on(engine, world) as moved:
        yield moved


def test_the_migrated_tables_are_the_ones_the_code_uses(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    migrate.downgrade(engine, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    migrate.upgrade(engine)


@pytest.mark.parametrize("promise", [shuffled, died])
def test_what_holds_on_sqlite_holds_here(
    pg_world: World, steppay: FakeStepPay, promise: Callable[[World, FakeStepPay], None]
) -> None:
    promise(pg_world, steppay)


def test_a_parked_delivery_can_be_sent_again(
    pg_world: World, steppay: FakeStepPay, caplog: pytest.LogCaptureFixture
) -> None:
    parked(pg_world, steppay, caplog)


def test_an_attempt_and_its_check_are_kept(pg_world: World, steppay: FakeStepPay) -> None:
    code, shop = steppay.paid(), FakeMerchant()
    pg_world.open_attempt(code)
    pg_world.clock.pass_by(timedelta(minutes=1))
    work(pg_world, shop)
    assert shop.types() == ["payment.paid"]


def test_many_verifications_at_once_record_one_transition(pg_world: World, steppay: FakeStepPay) -> None:
    code, together = steppay.paid(), threading.Barrier(8)

    def ask(_number: int) -> str:
        together.wait(20)
        return str(pg_world.app.test_client().post("/v1/verify", json={"orderCode": code}).json["verdict"])

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(ask, range(8))) == {"paid"}
    with pg_world.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(transitions)).scalar() == 1
        assert connection.execute(select(func.count()).select_from(deliveries)).scalar() == 1


def test_two_workers_never_take_the_same_job(pg_world: World) -> None:
    leases, now = SqlJobs(pg_world.engine), pg_world.clock.now
    for number in range(40):
        leases.restart(Job(CHECK, f"order_{number}", now))

    def take(worker: str) -> list[str]:
        taken: list[str] = []
        while found := leases.claim(worker, now, 3):
            taken += [job.subject for job in found]
        return taken

    with ThreadPoolExecutor(4) as threads:
        taken = [subject for part in threads.map(take, "abcd") for subject in part]
    assert sorted(taken) == sorted({f"order_{number}" for number in range(40)})


def test_after_a_crash_of_the_database_everything_confirmed_is_there(
    pg_world: World, running: Cluster, steppay: FakeStepPay
) -> None:
    code, other, shop = steppay.paid(), steppay.paid(), FakeMerchant()
    verify(pg_world, code)
    running.crash()
    assert verify(pg_world, other).json["verdict"] == "paid"
    assert pg_world.client.get("/readyz").status_code == 503
    running.start()
    verify(pg_world, other)
    work(pg_world, shop)
    assert sorted(event_id for event_id, _body in shop.told) == sorted(
        told(pg_world, code)[0][1:] + told(pg_world, other)[0][1:]
    )


def test_unfinished_work_moves_from_sqlite(
    engine: Engine, migrated: Path, tmp_path: Path, steppay: FakeStepPay
) -> None:
    """docs/durability.md: copy every table, without the jobs' leases."""
    with application(steppay.url, migrated, tmp_path) as world:
        code, shop = steppay.paid(), FakeMerchant()
        verify(world, code)
        SqlJobs(world.engine).claim("left behind", world.clock.now, 8)
        move(world.engine, engine)
        with on(engine, world) as moved:
            work(moved, shop)
            assert [event_id for event_id, _body in shop.told] == [told(moved, code)[0][1]]


def test_a_rollback_and_the_next_upgrade_keep_what_both_versions_know(running: Cluster) -> None:
    database = Database(running.url)
    back_and_forward(database)
    database.close()


def move(old: Engine, new: Engine) -> None:
    with old.connect() as source, new.begin() as target:
        for table in metadata.sorted_tables:
            found = [dict(row._mapping) for row in source.execute(select(table))]
            if table is jobs:
                found = [row | {"leased_by": None, "leased_until": None} for row in found]
            if found:
                target.execute(table.insert(), found)
