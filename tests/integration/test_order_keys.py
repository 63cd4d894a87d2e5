"""Double submissions while processes are killed and StepPay's answers are lost: one order for each key."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import requests
from sqlalchemy import select

from bench.order_keys import API_KEY, make_customer, named, submit
from tests.integration.test_cli import clean
from tests.integration.test_crash_points import ROOT
from tests.support.app_fixture import TOKEN, environment, simulator
from tests.support.databases import copy, drop
from tools.wsgi_server import serving
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.tables import expectations

KEYS, KILL_AT = 30, (4, 12, 20)
FAULTS = {"late": 12, "lost": 10, "failed": 15}
"""What each so manieth order suffers after StepPay has made it."""


class Servers:
    """Two processes over one database."""

    def __init__(self, settings: dict[str, str], ports: list[int]) -> None:
        self._environ, self._ports = clean(settings), ports
        self._running = {port: self._start(port) for port in ports}
        self.kills = 0

    def _start(self, port: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.support.order_server", str(port)], cwd=ROOT, env=self._environ
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{random.choice(self._ports)}"

    def kill_one(self) -> None:
        """SIGKILL; another one takes its place."""
        port = self._ports[self.kills % len(self._ports)]
        self._running[port].kill()
        self._running[port].wait()
        self._running[port] = self._start(port)
        self.kills += 1

    def stop(self) -> None:
        for process in self._running.values():
            process.kill()
            process.wait()


@contextmanager
def killing(servers: Servers, made: Callable[[], int]) -> Iterator[None]:
    """Each time StepPay has made so many orders, while others are on their way."""
    done = threading.Event()

    def watch() -> None:
        for number in KILL_AT:
            while made() < number and not done.is_set():
                time.sleep(0.005)
            servers.kill_one()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_KE_12_kills_and_lost_answers_leave_one_order_for_each_key(
    migrated: Path, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    seen, steppay = Counter[str](), simulator()
    engine = make_engine(copy(migrated, database := tmp_path / "widget.db"))
    store = steppay.extensions["simulator"]
    with serving(steppay) as url:
        known = [make_customer(url, number, TOKEN) for number in range(10)]
        for kind, every in FAULTS.items():
            fault = {"fault": kind, "every": every, "times": 1000, "seconds": 6}
            assert requests.post(f"{url}/simulator/faults", json=fault, timeout=60).ok
        servers = Servers(environment(url, database, API_KEY), [free_port(), free_port()])
        try:
            with killing(servers, lambda: len(store.orders)), ThreadPoolExecutor(12) as threads:
                twice = [number for number in range(KEYS) for _ in range(2)]
                wanted = {number: named(number, known) for number in range(KEYS)}
                codes = list(threads.map(lambda n: submit(servers, n, wanted[n], seen), twice))
        finally:
            servers.stop()
    assert codes[::2] == codes[1::2], seen
    assert len(set(codes)) == len(store.orders) == KEYS, seen
    assert {order.code for order in store.orders} == set(codes)
    with engine.connect() as connection:
        assert set(connection.execute(select(expectations.c.order_code)).scalars()) == set(codes), "each one is bound"
    assert servers.kills == len(KILL_AT)
    engine.dispose()
    drop(database)
