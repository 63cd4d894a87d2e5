"""The figures of all processes of `serve`: each worker and the worker beside them, also after one was killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.integration.test_cli import todays_steppay
from tests.integration.test_production_server import running, until, workers_of
from tests.support.app_fixture import METRICS_KEY, FakeStepPay, environment
from tests.support.job_helpers import PATH, event_body, signed
from tests.support.metrics_helpers import BEARER, value
from widget_server.clock import utc_now

__all__ = ["todays_steppay"]
CALLS = 40


def test_all_processes_are_in_every_scrape_and_a_killed_one_takes_nothing_with_it(
    tmp_path: Path, todays_steppay: FakeStepPay, free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "tmp"
    shared.mkdir()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = environment(todays_steppay.url, tmp_path / "widget.db")
    settings |= {"WIDGET_METRICS_KEY": METRICS_KEY, "TMPDIR": str(shared)}

    def told(name: str, **labels: str) -> float:
        return value(requests.get(f"{url}/metrics", headers=BEARER, timeout=30).text, name, **labels)

    with running(tmp_path, settings, url, "--port", str(port), "--workers", "2") as server:
        until(lambda: told("widget_processes") == 3)
        paid = todays_steppay.paid()
        for _ in range(CALLS):  # a connection each: the kernel deals them out to both workers
            assert requests.post(f"{url}/v1/verify", json={"orderCode": paid}, timeout=30).json()["verdict"] == "paid"
        assert told("widget_verdicts_total", kind="paid", cause="verify") == CALLS
        raw = event_body(todays_steppay.paid())
        requests.post(url + PATH, data=raw, headers={"Steppay-Signature": signed(raw, utc_now())}, timeout=30)
        until(lambda: told("widget_verdicts_total", kind="paid", cause="webhook") == 1)

        before = workers_of(server.pid)
        for process in before:
            os.kill(process, signal.SIGKILL)
        until(lambda: not before & workers_of(server.pid) and answers_again(url))
        until(lambda: told("widget_processes") == 3)
        assert told("widget_verdicts_total", kind="paid", cause="verify") == CALLS
        (folder,) = shared.glob("widget-metrics-*")
        assert folder.stat().st_mode & 0o077 == 0
        assert len(list(folder.iterdir())) <= 4
        server.send_signal(signal.SIGTERM)
        server.wait(60)
        assert not list(shared.glob("widget-metrics-*"))


def answers_again(url: str) -> bool:
    try:
        return requests.get(f"{url}/metrics", headers=BEARER, timeout=30).ok
    except requests.ConnectionError:
        return False
