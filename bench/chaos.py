"""Kill everything again and again while events come in, and count what is lost.

python -m bench.chaos [--database sqlite|postgresql] [--events 200] [--opened 100] [--kills 10] [--seed 1]

Time is compressed after the last kill: jobs that wait for their next try are made due every few seconds.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import requests
from sqlalchemy import Engine, func, select, update

from bench.events import EVENTS_PATH, event_body, signature
from bench.flaky import flaky_merchant, flaky_steppay
from bench.orders import new_code
from bench.servers import NOTIFY_SECRET, free_port, settings
from tools.postgres_cluster import Cluster, cluster, find_programs
from widget_server.adapters.store.database import for_writing, make_engine
from widget_server.adapters.store.migrate import upgrade
from widget_server.adapters.store.tables import jobs, orders, transitions

KILL_GAP_SECONDS = 4.0
SETTLE_SECONDS = 420


@dataclass
class Processes:
    """A web server and workers; `keep` starts each again when it is dead, as systemd would."""

    settings: dict[str, str]
    folder: Path
    commands: dict[str, list[str]]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    stopped: threading.Event = field(default_factory=threading.Event)

    def keep(self) -> None:
        while not self.stopped.wait(0.3):
            for name, arguments in self.commands.items():
                if name not in self.running or self.running[name].poll() is not None:
                    self._start(name, arguments)

    def _start(self, name: str, arguments: list[str]) -> None:
        command = [sys.executable, "-m", "widget_server.cli", *arguments]
        environ = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **self.settings}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, env=environ, cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, names: list[str]) -> None:
        for name in names:
            if name in self.running:
                with suppress(ProcessLookupError):
                    os.killpg(self.running[name].pid, signal.SIGKILL)  # the web server's own children too
                self.running[name].wait()

    def stop(self, keeper: threading.Thread) -> None:
        self.stopped.set()
        keeper.join()
        self.kill(list(self.running))


def until_taken(ask: Callable[[], requests.Response]) -> None:
    """As StepPay and a page would: again until the server confirms."""
    while True:
        try:
            if ask().ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.3)


def send_event(server: str, code: str) -> None:
    raw = event_body(code)

    def ask() -> requests.Response:
        headers = {"Steppay-Signature": signature(raw)}
        return requests.post(server + EVENTS_PATH, data=raw, headers=headers, timeout=15)

    until_taken(ask)


def open_checkout(server: str, code: str) -> None:
    until_taken(lambda: requests.post(f"{server}/v1/checkouts", json={"orderCode": code, "mode": "tab"}, timeout=15))


def paid_order(steppay: str) -> str:
    """A new order of the simulated StepPay at this address."""
    code = new_code()
    requests.put(f"{steppay}/simulator/orders/{code}/answer", json={}, timeout=30)
    requests.post(f"{steppay}/simulator/orders/{code}/scenario", json={"scenario": "paid"}, timeout=30)
    return code


@contextmanager
def database(kind: str, folder: Path) -> Iterator[tuple[str, Cluster | None]]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'widget.db'}", None
        return
    programs = find_programs()
    assert programs is not None, "apt install postgresql"
    with tempfile.TemporaryDirectory(prefix="chaos-pg-") as place, cluster(programs, Path(place), free_port()) as made:
        yield made.url, made


def cause_trouble(processes: Processes, made: Cluster | None, kills: int, dice: random.Random) -> int:
    """Kill web, workers or all, some seconds apart; on PostgreSQL the database too, twice."""
    crashes = 0
    for number in range(kills):
        time.sleep(KILL_GAP_SECONDS)
        names = list(processes.commands)
        processes.kill(dice.choice([["web"], [name for name in names if name != "web"], names]))
        if made is not None and number in (kills // 3, 2 * kills // 3):
            made.crash()
            time.sleep(1)
            made.start()
            crashes += 1
    return crashes


def settle(engine: Engine, most: float = SETTLE_SECONDS) -> float:
    """Seconds until no job is left, or `most`."""
    begun = time.monotonic()
    while time.monotonic() - begun < most:
        with engine.begin() as connection:
            now = datetime.now(UTC)
            if connection.execute(select(func.count()).select_from(jobs)).scalar_one() == 0:
                break
            waiting = (jobs.c.leased_by.is_(None), jobs.c.due_at > now)
            connection.execute(update(jobs).where(*waiting).values(due_at=now))
        time.sleep(3)
    return time.monotonic() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    for name, default in (("events", 200), ("opened", 100), ("kills", 10), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    with ExitStack() as stack:
        run(asked, stack)


def run(asked: argparse.Namespace, stack: ExitStack) -> None:
    dice = random.Random(asked.seed)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chaos-")))
    steppay = stack.enter_context(flaky_steppay(asked.seed))
    shop_url, came = stack.enter_context(flaky_merchant(asked.seed))
    url, made = stack.enter_context(database(asked.database, folder))
    upgrade(url)
    notify = {"WIDGET_NOTIFY_URL": shop_url, "WIDGET_NOTIFY_SECRET": NOTIFY_SECRET}
    environ = settings(steppay, folder, WIDGET_DATABASE_URL=url, WIDGET_RATE_LIMIT="off", **notify)
    workers = ["one"] if made is None else ["one", "two"]
    port = free_port()
    server = f"http://127.0.0.1:{port}"
    commands = {"web": ["serve", "--port", str(port), "--no-jobs"], **{name: ["worker"] for name in workers}}
    processes = Processes(environ, folder, commands)
    distinct = [paid_order(steppay) for _ in range(asked.events * 7 // 10)]
    opened = [paid_order(steppay) for _ in range(asked.opened)]
    calls: list[Callable[[], None]] = [lambda code=code: send_event(server, code) for code in distinct]  # type: ignore[misc]
    calls += dice.choices(calls, k=asked.events - len(distinct))
    calls += [lambda code=code: open_checkout(server, code) for code in opened]  # type: ignore[misc]
    dice.shuffle(calls)
    keeper = threading.Thread(target=processes.keep)
    keeper.start()
    try:
        with ThreadPoolExecutor(8) as senders:
            sent = [senders.submit(_slowly, call, asked.kills * KILL_GAP_SECONDS / len(calls) * 6) for call in calls]
            crashes = cause_trouble(processes, made, asked.kills, dice)
            for one in sent:
                one.result()
        engine = for_writing(make_engine(url, busy_timeout_ms=60_000))
        seconds = settle(engine)
        report(asked, engine, came, [*distinct, *opened], f"{crashes} database crashes, settled {seconds:.0f} s after")
        engine.dispose()
    finally:
        processes.stop(keeper)


def _slowly(call: Callable[[], None], seconds: float) -> None:
    """So that events come in during all of the trouble."""
    time.sleep(seconds)
    call()


def report(asked: argparse.Namespace, engine: Engine, came: object, codes: list[str], rest: str) -> None:
    assert isinstance(came, dict)
    with engine.connect() as connection:
        paid = set(connection.execute(select(orders.c.order_code).where(orders.c.verdict == "paid")).scalars())
        steps = connection.execute(select(func.count()).select_from(transitions).where(transitions.c.step == "paid"))
        twice = steps.scalar_one() - len(paid)
        left = connection.execute(select(func.count()).select_from(jobs)).scalar_one()
    notified = {name.split()[0] for name, _id in came}
    two_ids = len(came) - len({name for name, _id in came})
    again = sum(1 for times in came.values() if times > 1)
    print(f"{asked.database}: {asked.events} events, {asked.opened} opened, {asked.kills} kills, {rest}")
    print(f"  orders {len(codes)}  lost {len(set(codes) - paid)}  recorded twice {twice}")
    missed = len(set(codes) - notified)
    print(f"  not notified {missed}  under two ids {two_ids}  notified again {again}  jobs left {left}")
    sys.exit(0 if set(codes) <= paid & notified and twice == two_ids == left == 0 else 1)


if __name__ == "__main__":
    main()
