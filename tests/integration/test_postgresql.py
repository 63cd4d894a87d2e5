"""What only PostgreSQL can do: crash without the server, and take over what a SQLite file holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, func, select, update

from tests.attacks.test_storage import count_rows
from tests.integration.test_ledger import told
from tests.support.app_fixture import API_KEY, COMPLETE, PAID, FakeStepPay, World, environment
from tests.support.database_failures import full_by_trigger
from tests.support.databases import crashed, url_of
from tests.support.job_helpers import FakeMerchant, event_body, kept_events, send, work
from tests.support.merchant import bind, show, verify
from widget_server.adapters.store.checkouts import SqlCheckouts
from widget_server.adapters.store.copy_database import MoveRefused, move
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.deliveries import SqlDeliveries
from widget_server.adapters.store.expectations import SqlExpectations
from widget_server.adapters.store.inbox import SqlInbox
from widget_server.adapters.store.jobs import SqlJobs
from widget_server.adapters.store.ledger import SqlLedger
from widget_server.adapters.store.migrate import upgrade
from widget_server.adapters.store.ownership import VERSION_TABLE
from widget_server.adapters.store.tables import delivery_attempts, jobs, metadata
from widget_server.app import create_app
from widget_server.cli import main
from widget_server.domain.delivery import DeliveryResponse
from widget_server.errors import StorageError

pytestmark = pytest.mark.postgresql


def test_after_a_crash_of_the_database_everything_confirmed_is_there(world: World, steppay: FakeStepPay) -> None:
    code, other, shop = steppay.paid(), steppay.paid(), FakeMerchant()
    verify(world, code)
    with crashed():
        assert verify(world, other).json["verdict"] == "paid"
        assert world.client.get("/readyz").status_code == 503
        assert send(world, event_body(code)).status_code == 503
    verify(world, other)
    work(world, shop)
    assert sorted(event_id for event_id, _body in shop.told) == sorted(
        told(world, code)[0][1:] + told(world, other)[0][1:]
    )


@pytest.fixture
def old(keyed: World, tmp_path: Path) -> Iterator[World]:
    """The same application over a SQLite file; `keyed` is the one over PostgreSQL, where nothing happened yet."""
    engine = make_engine(f"sqlite:///{tmp_path / 'old.db'}")
    upgrade(engine)
    deps = replace(
        keyed.deps,
        checkouts=SqlCheckouts(engine, keyed.clock),
        expectations=SqlExpectations(engine),
        ledger=SqlLedger(engine, notify_merchant=True),
        inbox=SqlInbox(engine),
    )
    yield World(keyed.settings, deps, engine, create_app(keyed.settings, deps), keyed.clock, keyed.transport)
    engine.dispose()


def rows(engine: Engine) -> dict[str, Any]:
    with engine.connect() as connection:
        return {name: connection.execute(select(table)).all() for name, table in metadata.tables.items()}


def die_while_telling(world: World) -> str:
    """A worker takes every job, begins to tell the merchant, and is gone; gives what it began to tell."""
    for job in SqlJobs(world.engine).lease("dead", world.clock.now, 8):
        if job.kind == "delivery":
            SqlDeliveries(world.engine).begin_attempt(job.subject, world.clock.now)
            return job.subject
    raise AssertionError("there is nothing to tell")


def test_unfinished_work_moves_from_sqlite_and_is_finished_on_postgresql(
    old: World, keyed: World, steppay: FakeStepPay
) -> None:
    paid, opened, event, refused = steppay.paid(), steppay.unpaid(), steppay.paid(), steppay.paid()
    bind(old, opened)
    checkout = old.create_checkout(opened)
    verify(old, refused)
    work(old, FakeMerchant(lambda _number: DeliveryResponse("answered", 500)))
    verify(old, paid)
    send(old, event_body(event))
    begun = die_while_telling(old)
    old.clock.pass_by(timedelta(minutes=1))
    before = rows(old.engine)

    counts = move(old.engine, keyed.engine, old.clock.now)

    assert counts == count_rows(old) == count_rows(keyed)
    assert rows(old.engine) == before, "the source is only read"
    steppay.order(PAID, COMPLETE, opened)
    assert keyed.client.get(f"/v1/checkouts/{checkout}").json["state"] == "open"
    shop = FakeMerchant()
    work(keyed, shop)
    assert {event_id for event_id, _body in shop.told} == {
        told(keyed, code)[0][1] for code in (paid, opened, event, refused)
    }
    assert begun in {event_id for event_id, _body in shop.told}
    assert kept_events(keyed) == [("order.payment_completed", "done")]
    assert show(keyed, opened).json["expectation"]["settledAt"] is not None
    assert keyed.client.get(f"/v1/checkouts/{checkout}").json["verdict"]["verdict"] == "paid"
    with keyed.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(jobs)).scalar() == 0
        assert connection.execute(select(func.count()).select_from(delivery_attempts)).scalar() == 6


def target_with_rows(old: World, new: World) -> Engine:
    new.create_checkout("order_there")
    return new.engine


def target_on_sqlite(old: World, new: World) -> Engine:
    return old.engine


def target_of_another_version(old: World, new: World) -> Engine:
    with new.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    return new.engine


def source_of_another_version(old: World, new: World) -> Engine:
    with old.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '0000'")
    return new.engine


def source_in_use(old: World, new: World) -> Engine:
    SqlJobs(old.engine).lease("alive", old.clock.now + timedelta(minutes=1), 1)
    old.clock.pass_by(timedelta(minutes=1))
    return new.engine


@pytest.mark.parametrize(
    "prepare",
    [target_with_rows, target_on_sqlite, target_of_another_version, source_of_another_version, source_in_use],
    ids=lambda prepare: prepare.__name__,
)
def test_a_move_that_could_lose_or_mix_something_is_refused(
    old: World, keyed: World, prepare: Callable[[World, World], Engine]
) -> None:
    old.create_checkout("order_a")
    target = prepare(old, keyed)
    before = [rows(world.engine) for world in (old, keyed)]
    with pytest.raises(MoveRefused):
        move(old.engine, target, old.clock.now)
    assert [rows(world.engine) for world in (old, keyed)] == before


def test_a_move_that_breaks_in_the_middle_leaves_the_target_empty(old: World, keyed: World) -> None:
    old.create_checkout("order_a")
    with full_by_trigger(keyed.engine), pytest.raises(StorageError):
        move(old.engine, keyed.engine, old.clock.now)
    assert set(count_rows(keyed).values()) == {0}
    assert move(old.engine, keyed.engine, old.clock.now)["steppay_checkouts"] == 1


def test_the_command_moves_into_a_fresh_database_and_says_what(
    old: World, steppay: FakeStepPay, tmp_path: Path
) -> None:
    old.create_checkout(steppay.paid())
    with old.engine.begin() as connection:
        connection.execute(update(jobs).values(leased_by=None, leased_until=None))
    given = environment(steppay.url, tmp_path / "x.db", API_KEY) | {
        "WIDGET_DATABASE_URL": f"sqlite:///{tmp_path / 'old.db'}"
    }
    to = url_of(tmp_path / "fresh.db")
    engine = make_engine(to)
    with engine.begin() as shop:
        shop.exec_driver_sql("CREATE TABLE orders AS SELECT 1 AS hers")
    with_password = to.replace("widget@", "widget:canary-password@")
    done = CliRunner().invoke(main, ["copy-to-postgresql", "--to", with_password], env=given)
    again = CliRunner().invoke(main, ["copy-to-postgresql", "--to", with_password], env=given)
    assert (done.exit_code, again.exit_code) == (0, 1), done.output
    assert ["steppay_checkouts", "1"] in [line.split() for line in done.output.splitlines()]
    assert "not empty" in again.output
    assert "canary" not in done.output + again.output
    assert rows(engine) == rows(old.engine)
    engine.dispose()


@pytest.mark.parametrize("to", ["nonsense-canary", "mysql://canary@x/y", "sqlite:///canary/x.db"])
def test_a_target_that_cannot_be_meant_is_named_by_its_option(old: World, tmp_path: Path, to: str) -> None:
    given = environment("http://127.0.0.1:9", tmp_path / "x.db") | {
        "WIDGET_DATABASE_URL": f"sqlite:///{tmp_path / 'old.db'}"
    }
    result = CliRunner().invoke(main, ["copy-to-postgresql", "--to", to], env=given)
    assert result.exit_code == 2
    assert "--to: " in result.output
    assert "canary" not in result.output
