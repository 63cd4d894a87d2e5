"""The extension under the servers that people run Flask with: real processes, one of each kind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.support.app_fixture import TOKEN, FakeStepPay

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
SHOP = "tests.support.host_application"
GUNICORN = (str(BIN / "gunicorn"), "--bind=127.0.0.1:{port}", "--workers=2", f"{SHOP}:app")
SERVERS = {
    "flask": (str(BIN / "flask"), "--app", SHOP, "run", "--port={port}"),
    "flask --debug": (str(BIN / "flask"), "--app", SHOP, "--debug", "run", "--port={port}"),
    "gunicorn": GUNICORN,
    "gunicorn gthread": (*GUNICORN, "--threads=4"),
    "gunicorn --preload": (*GUNICORN, "--preload"),
    "waitress": (str(BIN / "waitress-serve"), "--listen=127.0.0.1:{port}", f"{SHOP}:app"),
    "granian": (
        *(str(BIN / "granian"), "--interface=wsgi", "--host=127.0.0.1", "--port={port}", "--workers=2"),
        *("--blocking-threads=4", f"{SHOP}:app"),
    ),
}


def environment(steppay: FakeStepPay, folder: Path, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WIDGET_", "STEPPAY_"))}
    return kept | {
        "SHOP_FOLDER": str(folder),
        "STEPPAY_SECRET_TOKEN": TOKEN,
        "STEPPAY_API_URL": steppay.url,
        "STEPPAY_CHECKOUT_WORKER": "thread",
        "WIDGET_ENV": "sandbox",
        "WIDGET_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PYTHONPATH": str(ROOT),
    }


def wait(until: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not until():
        assert time.monotonic() < deadline
        threading.Event().wait(0.1)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=60).ok
    except requests.ConnectionError:
        return False


@contextmanager
def running(command: tuple[str, ...], environ: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        # What runs the tests may ignore Ctrl+C, as a shell's background jobs do, and its children inherit that.
        command = ("env", "--default-signal=INT", *command)
        process = subprocess.Popen(command, env=environ, cwd=environ["SHOP_FOLDER"], stdout=output, stderr=output)
        try:
            yield process
        finally:
            process.kill()
            process.wait(60)


def sells(url: str, steppay: FakeStepPay, folder: Path, orders: int) -> None:
    """Each order is fulfilled; the shop's own page answers."""
    codes = [steppay.paid() for _ in range(orders)]
    for code in codes:
        assert requests.get(url, timeout=60).text.startswith("shop ")
        answer = requests.post(f"{url}/steppay/v1/verify", json={"orderCode": code}, timeout=60)
        assert (answer.status_code, answer.json()["verdict"]) == (200, "paid")
    wait(lambda: (folder / "fulfilled").exists() and set(codes) <= set((folder / "fulfilled").read_text().split()))


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.sqlite
def test_it_sells_and_stops(name: str, steppay: FakeStepPay, tmp_path: Path, free_port: Callable[[], int]) -> None:
    port = free_port()
    environ, url = environment(steppay, tmp_path, port), f"http://127.0.0.1:{port}"
    if "preload" in name:
        environ["SHOP_ASKS_EARLY"] = "yes"
    command = tuple(word.format(port=port) for word in SERVERS[name])
    with running(command, environ, tmp_path / "log") as process:
        wait(lambda: process.poll() is not None or answers(url))
        assert process.poll() is None, (tmp_path / "log").read_text()
        sells(url, steppay, tmp_path, orders=4)
        process.send_signal(signal.SIGINT if name.startswith("flask") else signal.SIGTERM)
        process.wait(60)
    log = (tmp_path / "log").read_text()
    assert "Traceback" not in log, log
    assert "database is locked" not in log


@pytest.mark.sqlite
def test_the_worker_as_a_command(steppay: FakeStepPay, tmp_path: Path, free_port: Callable[[], int]) -> None:
    """gunicorn without threads of ours, and a separate `flask steppay worker`, which ends its work before it ends."""
    port = free_port()
    environ = {**environment(steppay, tmp_path, port), "STEPPAY_CHECKOUT_WORKER": ""}
    command = tuple(word.format(port=port) for word in GUNICORN)
    worker = (str(BIN / "flask"), "--app", SHOP, "steppay", "worker")
    with (
        running(command, environ, tmp_path / "log"),
        running(worker, environ, tmp_path / "worker.log") as process,
    ):
        url = f"http://127.0.0.1:{port}"
        wait(lambda: answers(url))
        sells(url, steppay, tmp_path, orders=2)
        assert {line.split()[1] for line in (tmp_path / "fulfilled").read_text().splitlines()} == {str(process.pid)}
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert "worker_stopped" in (tmp_path / "worker.log").read_text()
