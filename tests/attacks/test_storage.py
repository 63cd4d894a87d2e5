"""A broken disk is no fact about a payment."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.functional.world import FakeStepPay, World


def database(world: World) -> Path:
    return Path(str(world.engine.url.database))


@contextmanager
def locked(world: World) -> Iterator[None]:
    """Another program that has begun to write and does not finish."""
    with world.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(database(world), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def full(world: World) -> Iterator[None]:
    """SQLite may take no further page, as on a full disk; the rows fill theirs, so that a verdict needs a new one."""
    for _ in range(200):
        world.open_attempt("order_filler")
    with world.engine.connect() as one, world.engine.connect() as other:
        for connection in (one, other):
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
    yield


@contextmanager
def read_only(world: World) -> Iterator[None]:
    with world.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    yield


@contextmanager
def damaged(world: World) -> Iterator[None]:
    world.engine.dispose()
    for file in database(world).parent.glob("widget.db*"):
        file.write_bytes(b"this is no database " * 300)
    yield


@contextmanager
def without_tables(world: World) -> Iterator[None]:
    world.break_storage()
    yield


Trouble = Callable[[World], "contextmanager[None]"]
TROUBLES = [locked, full, read_only, damaged, without_tables]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
def test_AV_07_a_paid_order_is_paid_whatever_the_storage_does(
    world: World, steppay: FakeStepPay, trouble: Trouble, caplog: pytest.LogCaptureFixture
) -> None:
    code = steppay.paid()
    attempt = world.open_attempt(code)
    with trouble(world):
        answer = world.client.post("/v1/verify", json={"orderCode": code, "attempt": attempt})
    assert (answer.status_code, answer.json["verdict"], answer.json["fulfill"]) == (200, "paid", True)
    told = [record.getMessage() for record in caplog.records if record.name == "widget_server.checkout"]
    assert told == [f"answer_not_recorded order={code} recorded=false"]


@pytest.mark.parametrize("trouble", [damaged, without_tables], ids=lambda trouble: trouble.__name__)
def test_AV_07_the_probe_tells_of_broken_storage_and_the_page_never_says_failed(
    world: World, steppay: FakeStepPay, trouble: Trouble
) -> None:
    attempt = world.open_attempt(steppay.paid())
    with trouble(world):
        assert world.client.get("/readyz").status_code == 503
        assert world.client.get("/healthz").status_code == 200
        page = world.client.get(f"/v1/return/{attempt}?status=error")
        assert (page.status_code, 'data-kind="unknown"' in page.text) == (503, True)
        polled = world.client.get(f"/v1/attempts/{attempt}")
        assert (polled.status_code, polled.json["code"]) == (503, "storage_unavailable")


def test_AV_07_after_a_recovery_the_next_look_records_it(world: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    attempt = world.open_attempt(code)
    body = {"orderCode": code, "attempt": attempt}
    with locked(world):
        world.client.post("/v1/verify", json=body)
        assert world.client.get(f"/v1/attempts/{attempt}").json == {"state": "open", "verdict": None}
    world.client.post("/v1/verify", json=body)
    assert world.client.get(f"/v1/attempts/{attempt}").json["verdict"]["verdict"] == "paid"
