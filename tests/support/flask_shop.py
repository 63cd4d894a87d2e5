"""examples/flask-shop as a merchant runs it: gunicorn behind nginx, one PostgreSQL for the shop and the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import Engine, NullPool, create_engine, make_url

from tests.support import plain_reverse_proxies
from tests.support.reverse_proxy import Places, find
from tools.postgres_cluster import cluster, find_programs
from widget_server.demo.run import run_simulator
from widget_server.demo.simulator.webhooks import Webhook

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "flask-shop"
PROGRAMS = find_programs()
NEEDED = pytest.mark.skipif(
    PROGRAMS is None or find("nginx") is None, reason="needs PostgreSQL and nginx: apt install postgresql nginx-light"
)
SECONDS = 60
_TOKEN, _SECRET, _REVISION = "rehearsal-7c41f0e2", "rehearsal-95d03ab8", "ae1027a6acf"
_BIN = Path(sys.executable).parent


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.1)


@dataclass(frozen=True)
class Shop:
    """`url`: as browsers see it. `behind`: gunicorn, without nginx. `simulator`: where StepPay answers."""

    folder: Path
    url: str
    behind: str
    simulator: str
    database: Engine
    environ: dict[str, str]

    @contextmanager
    def running(self, *command: str, worker: str = "") -> Iterator[subprocess.Popen[bytes]]:
        """A program with the shop's environment, in its folder. `worker`: STEPPAY_CHECKOUT_WORKER."""
        environ = {**self.environ, "STEPPAY_CHECKOUT_WORKER": worker}
        with (self.folder / f"{command[0]}.log").open("ab") as log:
            words = [str(_BIN / command[0]), *command[1:]]
            process = subprocess.Popen(words, cwd=self.folder, env=environ, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(SECONDS)

    @contextmanager
    def serving(self, worker: str = "") -> Iterator[subprocess.Popen[bytes]]:
        """gunicorn with two processes; it answers."""
        port = self.behind.rpartition(":")[2]
        command = ("gunicorn", f"--bind=127.0.0.1:{port}", "--workers=2", "--threads=4", "shop:app")
        with self.running(*command, worker=worker) as process:
            wait_until(lambda: _answers(self.behind) or process.poll() is not None)
            assert process.poll() is None, (self.folder / "gunicorn.log").read_text("utf-8")
            yield process

    def working(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        return self.running("flask", "--app", "shop", "steppay", "worker")

    def flask(self, *words: str) -> str:
        """`flask --app shop ...`, to its end."""
        done = subprocess.run(
            [str(_BIN / "flask"), "--app", "shop", *words],
            cwd=self.folder, env=self.environ, capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def step(self, code: str, step: str, **body: object) -> str:
        """What a shopper, StepPay or time does with an order, without a browser; the code of the order then."""
        answer = requests.post(f"{self.simulator}/simulator/orders/{code}/{step}", json=body, timeout=SECONDS)
        assert answer.ok, answer.text
        return str(answer.json()["orderCode"])

    def query(self, text: str) -> list[Any]:
        with self.database.begin() as rows:
            result = rows.exec_driver_sql(text)
            return list(result) if result.returns_rows else []

    def fulfilled(self, code: str) -> int:
        return int(self.query(f"SELECT count(*) FROM fulfillments WHERE payment = '{code}'")[0][0])


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/steppay/healthz", timeout=SECONDS).ok and requests.get(url, timeout=SECONDS).ok
    except requests.ConnectionError:
        return False


@contextmanager
def installed_shop(free_port: Callable[[], int]) -> Iterator[Shop]:
    """The shop with its tables, nginx, PostgreSQL and the simulated StepPay; `serving` runs the shop itself. The
    database has an Alembic of the shop's own."""
    assert PROGRAMS is not None
    front, behind, pay = free_port(), free_port(), free_port()
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="steppay-shop-"))) for _ in range(2)]
        folder = folders[0] / "flask-shop"
        shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__", "instance"))
        server = stack.enter_context(cluster(PROGRAMS, folders[1], free_port()))
        engine = create_engine(make_url(server.url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
        url, simulator = f"http://shop.localhost:{front}", f"http://127.0.0.1:{pay}"
        environ = _environment(url, simulator, server.url) | {"HOME": str(folder)}  # gunicorn has files there
        shop = Shop(folder, url, f"http://127.0.0.1:{behind}", simulator, engine, environ)
        shop.query("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
        shop.query(f"INSERT INTO alembic_version VALUES ('{_REVISION}')")
        shop.flask("create-tables")
        hook = Webhook(f"{url}/steppay/v1/webhooks/steppay", _SECRET)
        stack.enter_context(run_simulator(pay, f"http://pay.localhost:{pay}", _TOKEN, hook, ()))
        stack.enter_context(plain_reverse_proxies.nginx(Places(folders[0] / "nginx", front, front, [behind])))
        yield shop
        assert shop.query("SELECT version_num FROM alembic_version") == [(_REVISION,)]


def _environment(url: str, simulator: str, database: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "FLASK_SECRET_KEY": "of-the-tests",
        "FLASK_DATABASE_URL": database,
        "WIDGET_ENV": "sandbox",
        "WIDGET_PUBLIC_URL": url,
        "WIDGET_TRUSTED_PROXIES": "1",
        "WIDGET_RATE_LIMIT": "off",
        "STEPPAY_API_URL": simulator,
        "STEPPAY_SECRET_TOKEN": _TOKEN,
        "STEPPAY_WEBHOOK_SECRETS": _SECRET,
    }
