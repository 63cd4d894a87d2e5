"""The worker as a process: taken over when it dies, started again beside the server, gone with it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from flask import Flask, Response, request
from sqlalchemy import Engine

from tests.attacks.test_deliveries import SECRET, backend
from tests.integration.test_cli import SECONDS, clean, command, run, started
from tests.integration.test_crash_points import database, paid_now, post_until_taken, rows, wait_until
from tests.support.app_fixture import FakeStepPay, environment
from tests.support.job_helpers import PATH, event_body
from tools.wsgi_server import serving
from widget_server.adapters.store.jobs import LEASE
from widget_server.adapters.store.tables import deliveries, jobs, orders
from widget_server.server import supervisor
from widget_server.server.worker import POLL_SECONDS

__all__ = ["database"]
pytestmark = pytest.mark.stores


@contextmanager
def worker(folder: Path, settings: dict[str, str], name: str) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / f"{name}.txt").open("wb") as out:
        process = subprocess.Popen(command("worker"), cwd=folder, env=clean(settings), stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.kill()
        process.wait(SECONDS)


def output(folder: Path, name: str) -> str:
    return (folder / f"{name}.txt").read_text("utf-8")


def test_a_lease_ends_within_ten_seconds() -> None:
    assert LEASE + timedelta(seconds=POLL_SECONDS) < timedelta(seconds=10)


@pytest.mark.timeout(600)
def test_the_jobs_of_a_dead_worker_are_taken_over_by_another(
    tmp_path: Path, steppay: FakeStepPay, database: object, free_port: Callable[[], int]
) -> None:
    came: list[str] = []
    gate, shop = threading.Event(), Flask("slow")

    @shop.post("/told")
    def slow() -> Response:
        came.append(request.headers["webhook-id"])
        if len(came) == 1:
            gate.wait(SECONDS)
        return Response(status=204)

    code, port = paid_now(steppay), free_port()
    with serving(shop) as url:
        settings = environment(steppay.url, tmp_path / "widget.db")
        settings |= {"WIDGET_NOTIFY_URL": f"{url}/told", "WIDGET_NOTIFY_SECRET": SECRET}
        address = f"http://127.0.0.1:{port}"
        with started(tmp_path, settings, address, "serve", "--port", str(port), "--no-jobs"):
            post_until_taken(address + PATH, event_body(code))
        with worker(tmp_path, settings, "first") as first:
            wait_until(lambda: came)
            with worker(tmp_path, settings, "second"):
                wait_until(lambda: "worker_started" in output(tmp_path, "second"))
                first.kill()
                wait_until(lambda: rows(database, deliveries.c.state) == [("delivered",)])
        gate.set()
    assert len(came) == 2
    assert len(set(came)) == 1


@pytest.mark.timeout(600)
def test_serve_runs_a_worker_process_and_starts_another_when_it_dies(
    tmp_path: Path, steppay: FakeStepPay, database: object, free_port: Callable[[], int]
) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with backend() as shop:
        settings = environment(steppay.url, tmp_path / "widget.db")
        settings |= {"WIDGET_NOTIFY_URL": shop.url, "WIDGET_NOTIFY_SECRET": SECRET}
        with started(tmp_path, settings, address, "serve", "--port", str(port)) as server:
            wait_until(lambda: len(workers(tmp_path)) == 1)
            os.kill(workers(tmp_path)[0], signal.SIGKILL)
            answer = requests.post(f"{address}/v1/verify", json={"orderCode": paid_now(steppay)}, timeout=SECONDS)
            assert answer.json()["verdict"] == "paid"
            wait_until(lambda: rows(database, jobs.c.kind) == [] and shop.came)
            wait_until(lambda: len(workers(tmp_path)) == 2)
            server.kill()
            wait_until(lambda: "worker_stopped" in output(tmp_path, "out"))
        wait_until(lambda: not is_running(workers(tmp_path)[1]))


def test_nothing_is_forked_while_the_worker_beside_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a web process inherits the pipe that reports the start, and the supervisor misses the worker's death."""
    held: list[bool] = []
    begin = subprocess._fork_exec  # type: ignore[attr-defined]

    def watched(*arguments: object) -> int:
        forking = threading.Thread(target=lambda: supervisor._fork_lock.acquire(blocking=False) or held.append(True))
        forking.start()
        forking.join(SECONDS)
        return int(begin(*arguments))

    monkeypatch.setattr(subprocess, "_fork_exec", watched)
    process = supervisor._start()
    process.kill()
    process.wait(SECONDS)
    assert held == [True]
    assert not supervisor._fork_lock.locked()


def workers(folder: Path) -> list[int]:
    """The numbers of the worker processes, by what they wrote."""
    return [
        int(pid) for pid in re.findall(r'"worker_started".*?"name": "[^"]*-(\d+)-[0-9a-f]{8}"', output(folder, "out"))
    ]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_worker_stops_on_a_signal(tmp_path: Path, steppay: FakeStepPay) -> None:
    settings = environment(steppay.url, tmp_path / "widget.db")
    with worker(tmp_path, settings, "only") as process:
        wait_until(lambda: "worker_started" in output(tmp_path, "only"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
    assert "worker_stopped" in output(tmp_path, "only")


def test_the_command_has_an_order_asked_about_that_nothing_else_follows(
    tmp_path: Path, steppay: FakeStepPay, database: Engine
) -> None:
    """What a verification could not record while the database was away (docs/durability.md)."""
    settings, code = environment(steppay.url, tmp_path / "widget.db"), paid_now(steppay)
    assert run(tmp_path, settings, "orders", "check", "183682").returncode == 1
    assert run(tmp_path, settings, "orders", "check", code).returncode == 0
    with worker(tmp_path, settings, "only"):
        wait_until(lambda: rows(database, orders.c.order_code, orders.c.verdict) == [(code, "paid")])


def test_the_commands_show_an_order_and_send_a_delivery_again(
    tmp_path: Path, steppay: FakeStepPay, database: Engine
) -> None:
    settings = environment(steppay.url, tmp_path / "widget.db")
    assert run(tmp_path, settings, "doctor", "--offline").returncode == 0
    with worker(tmp_path, settings, "only"):
        wait_until(lambda: "worker_started" in output(tmp_path, "only"))
    for arguments in (("orders", "show", "order_x"), ("deliveries", "show", "evt_x"), ("deliveries", "redeliver", "x")):
        result = run(tmp_path, settings, *arguments)
        assert (result.returncode, result.stdout, "Traceback" in result.stderr) == (1, "", False)
    listed = run(tmp_path, settings, "deliveries", "list", "--state", "parked")
    assert (listed.returncode, listed.stdout) == (0, "")
