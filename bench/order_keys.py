"""200 orders, each submitted twice at once, while the server is killed ten times and StepPay's answers are lost:
`python -m bench.order_keys`. Says how many orders StepPay has for how many keys; fails unless they are equal.

Minutes, not seconds: what StepPay never made is sent again after 60 s. CI has the single cases, and
`tests/integration/test_order_keys.py`, the same with fewer keys and quicker leases.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import requests

from bench.servers import free_port, settings
from tools.wsgi_server import serving
from widget_server.demo.simulator import create_simulator
from widget_server.web.assets import static_dir, templates_dir

API_KEY = "bench-K3y-9d2c7b1a6f5e4830b7c6d5e4f3a2c1"
TOKEN = "bench-T0ken-4f9a8b7c6d5e3a2b"
ITEM = {"productCode": "product_beans", "priceCode": "price_beans"}
FAULTS = (("late", 20), ("lost", 20), ("refused", 25), ("failed", 50))
"""What every so manieth POST of an order suffers: a tenth gets no answer, more get a wrong one."""


class Place(Protocol):
    @property
    def url(self) -> str: ...


class Server:
    """`widget-server serve` with two processes, which can be killed."""

    def __init__(self, steppay_url: str, folder: Path, workers: int) -> None:
        self.port, self.kills = free_port(), 0
        self._environ = os.environ | settings(steppay_url, folder, WIDGET_API_KEY=API_KEY, STEPPAY_SECRET_TOKEN=TOKEN)
        self._workers, self._log = workers, (folder / "server.log").open("ab")
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "widget_server.cli", "serve", "--port", str(self.port)]
        command += ["--workers", str(self._workers)]
        out = self._log
        self.process = subprocess.Popen(command, env=self._environ, start_new_session=True, stdout=out, stderr=out)

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.kills += 1

    def wait_until_up(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with suppress(requests.RequestException):
                if requests.get(f"{self.url}/readyz", timeout=5).ok:
                    return
            time.sleep(0.1)
        raise RuntimeError("the server did not start")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def submit(server: Place, number: int, customer: dict[str, Any], seen: Counter[str]) -> str:
    """As the documents tell a backend: the same request again until it is answered."""
    headers = {"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": f"bench-order-{number}"}
    body = {"customer": customer, "items": [ITEM]}
    until = time.monotonic() + 600
    while time.monotonic() < until:
        try:
            answer = requests.post(f"{server.url}/v1/orders", json=body, headers=headers, timeout=30)
        except requests.RequestException as error:
            seen[type(error).__name__] += 1
            time.sleep(0.2)
            continue
        if answer.status_code == 201:
            return str(answer.json()["orderCode"])
        code = answer.json()["code"]
        seen[code] += 1
        if not answer.headers.get("Retry-After"):
            return f"refused: {code}"
        time.sleep(random.uniform(0.5, 2))
    return "refused: no answer in ten minutes"


def run(keys: int, kills: int, workers: int) -> int:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    folders = {"templates_dir": templates_dir(), "static_dir": static_dir()}
    clock = lambda: datetime.now(UTC)  # noqa: E731
    app = create_simulator(secret_token=TOKEN, public_url="http://pay.localhost:8082", clock=clock, **folders)
    with tempfile.TemporaryDirectory() as place, serving(app) as steppay:
        known = [make_customer(steppay, number) for number in range(10)]
        for kind, every in FAULTS:
            fault = {"fault": kind, "every": every, "times": 10_000, "seconds": 16}
            requests.post(f"{steppay}/simulator/faults", json=fault, timeout=60).raise_for_status()
        server, seen = Server(steppay, Path(place), workers), Counter[str]()
        began = time.monotonic()
        done = threading.Event()
        killer = threading.Thread(target=_kill, args=(server, kills, done))
        killer.start()
        with ThreadPoolExecutor(24) as threads:
            twice = [number for number in range(keys) for _ in range(2)]
            wanted = [named(number, known) for number in range(keys)]
            codes = list(threads.map(lambda n: submit(server, n, wanted[n], seen), twice))
        done.set()
        killer.join()
        seconds = time.monotonic() - began
        status = _report(codes, seen, steppay, server, seconds)
        server.kill()
    return status


def named(number: int, known: list[int]) -> dict[str, Any]:
    if number % 3 == 0:
        return {"id": known[number % 5]}
    person = {"name": f"고객 {number % 5}", "email": f"known{5 + number % 5}@shop.kr"}
    return person | (
        {"name": f"고객 {5 + number % 5}", "reuse": True} if number % 3 == 1 else {"name": f"새 고객 {number}"}
    )


def make_customer(steppay: str, number: int, token: str = TOKEN) -> int:
    body = {"name": f"고객 {number}", "email": f"known{number}@shop.kr"}
    answer = requests.post(f"{steppay}/api/v1/customers", json=body, headers={"Secret-Token": token}, timeout=60)
    return int(answer.json()["id"])


def _kill(server: Server, kills: int, done: threading.Event) -> None:
    """Shortly after each start, in the middle of the orders."""
    while server.kills < kills and not done.is_set():
        server.wait_until_up()
        done.wait(random.uniform(0.2, 1.5))
        server.kill()
        server.start()
    server.wait_until_up()


def _report(codes: list[str], seen: Counter[str], steppay: str, server: Server, seconds: float) -> int:
    headers = {"Secret-Token": TOKEN}
    at_steppay = requests.get(f"{steppay}/api/v1/orders", headers=headers, timeout=60).json()["totalElements"]
    pairs = list(zip(codes[::2], codes[1::2], strict=True))
    equal, refused = sum(a == b for a, b in pairs), [code for code in codes if code.startswith("refused")]
    bound = sum(_is_bound(server, a) for a, _ in pairs)
    posts = requests.get(f"{steppay}/simulator/calls", timeout=60).json()
    sent = sum((call["method"], call["path"]) == ("POST", "/api/v1/orders") for call in posts)
    print(f"{len(pairs)} keys, each submitted twice; {server.kills} kills; {seconds:.0f} s")
    print(f"orders at StepPay {at_steppay}, POSTs {sent}, different codes {len(set(codes))}, bound {bound}")
    print(f"pairs with one code {equal}, refused {Counter(refused)}")
    print(f"answers on the way: {dict(seen.most_common())}")
    right = at_steppay == len(pairs) == equal == len(set(codes)) == bound and not refused
    print("exactly one order for each key" if right else "NOT one order for each key")
    return 0 if right else 1


def _is_bound(server: Server, code: str) -> bool:
    headers = {"Authorization": f"Bearer {API_KEY}"}
    answer = requests.get(f"{server.url}/v1/orders/{code}", headers=headers, timeout=60)
    return bool(answer.ok and answer.json()["expectation"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    sys.exit(run(given.keys, given.kills, given.workers))
