"""Kill -9 at every point once, with real processes and a real database: nothing is lost, nothing is recorded twice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import Engine, select

from tests.attacks.test_deliveries import SECRET, backend
from tests.integration.test_cli import clean
from tests.support.app_fixture import API_KEY, COMPLETE, PAID, FakeStepPay, environment
from tests.support.crash_injection import ORDER_POINTS, WEB_POINTS, WORKER_POINTS, mark_of
from tests.support.databases import url_of
from tests.support.job_helpers import PATH, event_body, signed
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.migrate import upgrade
from widget_server.adapters.store.tables import (
    checkouts,
    deliveries,
    expectations,
    jobs,
    order_requests,
    orders,
    transitions,
    webhooks,
)

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.stores
SECONDS = 200
"""Far more than any step takes; only a hanging test meets it."""


def wait_until(done: Callable[[], Any]) -> None:
    ends = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < ends, "it does not happen"
        time.sleep(0.05)


def paid_now(steppay: FakeStepPay) -> str:
    """Paid today, by the real clock."""
    return steppay.order(PAID | {"paymentDate": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")}, COMPLETE)


@contextmanager
def process(settings: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.support.crash_injection", *arguments]
    running = subprocess.Popen(command, cwd=ROOT, env=clean(settings))
    try:
        yield running
    finally:
        running.kill()
        running.wait()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    before = os.umask(0o077)  # as the server makes it
    engine = make_engine(url_of(tmp_path / "widget.db"))
    upgrade(engine)
    os.umask(before)
    yield engine
    engine.dispose()


def rows(database: Engine, *columns: Any) -> list[tuple[Any, ...]]:
    with database.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*columns))]


@pytest.mark.timeout(1500)  # many processes start, one after the other
def test_AV_08_a_worker_killed_at_every_point_loses_nothing_and_records_nothing_twice(
    tmp_path: Path, steppay: FakeStepPay, database: Engine, free_port: Callable[[], int]
) -> None:
    code, event = paid_now(steppay), b""
    with backend() as shop:
        settings = environment(steppay.url, tmp_path / "widget.db")
        settings |= {"WIDGET_NOTIFY_URL": shop.url, "WIDGET_NOTIFY_SECRET": SECRET}
        for point in WEB_POINTS:
            mark_of(tmp_path, point).touch()  # this test's web server lives
        port, event = free_port(), event_body(code)
        with process(settings, str(tmp_path), "web", str(port)):
            post_until_taken(f"http://127.0.0.1:{port}{PATH}", event)
        deaths = 0
        while not all(mark_of(tmp_path, point).exists() for point in WORKER_POINTS):
            with process(settings, str(tmp_path), "worker") as worker:
                assert worker.wait(SECONDS) == -9, "it ends at no other place"
                deaths += 1
        with process(settings, str(tmp_path), "worker"):
            wait_until(lambda: rows(database, jobs.c.kind) == [])
    assert deaths == len(WORKER_POINTS)
    assert rows(database, orders.c.verdict) == [("paid",)]
    assert rows(database, transitions.c.step) == [("paid",)]
    assert rows(database, webhooks.c.state) == [("done",)]
    [(event_id, state)] = rows(database, deliveries.c.id, deliveries.c.state)
    assert state == "delivered"
    assert {headers["Webhook-Id"] for _raw, headers in shop.came} == {event_id}
    assert len({raw for raw, _headers in shop.came}) == 1


def post_until_taken(url: str, raw: bytes) -> None:
    """As StepPay would: again, until an answer is 2xx."""

    def taken() -> bool:
        try:
            headers = {"Steppay-Signature": signed(raw, datetime.now(UTC))}
            return requests.post(url, data=raw, headers=headers, timeout=SECONDS).ok
        except requests.ConnectionError:
            return False

    wait_until(taken)


@pytest.mark.timeout(1500)
def test_a_web_server_killed_at_every_point_has_kept_all_that_it_confirmed(
    tmp_path: Path, steppay: FakeStepPay, database: Engine, free_port: Callable[[], int]
) -> None:
    code, port = paid_now(steppay), free_port()
    settings = environment(steppay.url, tmp_path / "widget.db")
    settings |= {"WIDGET_NOTIFY_URL": "http://127.0.0.1:9/", "WIDGET_NOTIFY_SECRET": SECRET}
    url = f"http://127.0.0.1:{port}"
    done = dict.fromkeys(("event", "checkout", "verify"), False)

    def ask_everything() -> bool:
        raw = event_body(code)
        headers = {"Steppay-Signature": signed(raw, datetime.now(UTC))}
        calls: dict[str, Callable[[], requests.Response]] = {
            "event": lambda: requests.post(url + PATH, data=raw, headers=headers, timeout=SECONDS),
            "checkout": lambda: requests.post(
                f"{url}/v1/checkouts", json={"orderCode": code, "mode": "tab"}, timeout=SECONDS
            ),
            "verify": lambda: requests.post(f"{url}/v1/verify", json={"orderCode": code}, timeout=SECONDS),
        }
        for name, call in calls.items():
            try:
                done[name] = done[name] or call().ok
            except requests.ConnectionError:
                return False
        return all(done.values())

    deaths = 0
    while not all(done.values()):
        with process(settings, str(tmp_path), "web", str(port)) as web:
            wait_until(lambda running=web: ask_everything() or running.poll() is not None)
            deaths += web.poll() == -9
    assert deaths == len(WEB_POINTS)
    assert rows(database, webhooks.c.state) == [("new",)]
    assert rows(database, transitions.c.step) == [("paid",)]
    assert sorted(kind for (kind,) in rows(database, jobs.c.kind)) == ["check", "delivery", "webhook"]
    assert {found for (found,) in rows(database, checkouts.c.order_code)} == {code}


@pytest.mark.timeout(1500)
def test_KE_06_a_server_killed_at_every_point_of_an_order_makes_one(
    tmp_path: Path, steppay: FakeStepPay, database: Engine, free_port: Callable[[], int]
) -> None:
    port, deaths, made = free_port(), 0, set[str]()
    settings = environment(steppay.url, tmp_path / "widget.db", API_KEY)
    headers = {"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": "shop-order-1042"}
    item = {"productCode": "product_beans", "priceCode": "price_beans"}
    body = {"customer": {"name": "a", "email": "a@shop.kr"}, "items": [item]}

    def ask() -> bool:
        try:
            url = f"http://127.0.0.1:{port}/v1/orders"
            answer = requests.post(url, json=body, headers=headers, timeout=SECONDS).json()
        except requests.ConnectionError:
            return False
        made.update([answer["orderCode"]] if "orderCode" in answer else [])
        assert made or answer["code"] in ("order_in_progress", "order_unconfirmed")
        return bool(made)

    while not made:
        with process(settings, str(tmp_path), "orders", str(port)) as web:
            wait_until(lambda running=web: ask() or running.poll() is not None)
            deaths += web.poll() == -9
    assert deaths == len(ORDER_POINTS)
    assert steppay.calls().count("/api/v1/orders") == 1
    assert rows(database, order_requests.c.order_code, order_requests.c.customer_id) == [(*made, None)]
    assert rows(database, expectations.c.order_code, expectations.c.amount) == [(*made, "18000")]
