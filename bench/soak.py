"""Does anything grow? Mixed traffic for minutes against `widget-server serve` with its worker, as shipped.

python -m bench.soak [--minutes 20] [--rate 20] [--database sqlite|postgresql] [--keep]

First a crowd, so that threads, pools and caches are as large as they get; then traffic at one rate. Months pass by in
minutes: every half minute all rows are made a month older, so that what should be forgotten is due.
Exit code 1 when something grows. `--keep` writes docs/maintainers/soak.md.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, Response
from sqlalchemy import ColumnElement, Connection, Engine, Interval, Table, func, literal, select, update

from bench import leak_detection, load, machine, report
from bench.postgresql import running_postgresql
from bench.servers import NOTIFY_SECRET, ROOT, Server, Starter, free_port
from bench.soak_traffic import flows
from bench.steppay import running_upstream
from bench.workload import visitors
from tools.wsgi_server import serving
from widget_server.adapters.store.database import for_writing, make_engine
from widget_server.adapters.store.tables import UtcDateTime, metadata

DAYS = 30
"""The shortest retention that may be set."""
_AGING_SECONDS, _SAMPLE_SECONDS = 30.0, 10.0
_FLOW = timedelta(seconds=20)
"""Longer than any flow of the traffic takes."""
_OVERDUE = timedelta(days=6 * (DAYS + 1))
"""Due for two and a half minutes at least: the worker sweeps once a minute."""
_CROWD, _CROWD_SECONDS = 64, 20.0
_VISITORS = 4_096
"""Who comes again is remembered already: the memory of the rate limit is not mistaken for a leak."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--rate", type=float, default=20.0, help="flows a second")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--keep", action="store_true", help="write the table into docs/maintainers/soak.md")
    asked = parser.parse_args()
    machine.prepare()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # the merchant's own access log
    visitors.number = _VISITORS
    with ExitStack() as stack:
        soak = begin(asked.database, stack)
        window = soak.run(asked.minutes * 60, asked.rate)
    grown = leak_detection.judge(soak.samples)
    about = f"{datetime.now(UTC):%Y-%m-%d}, {asked.minutes:.0f} minutes, {asked.database}, {machine.describe()}."
    text = "\n".join([about, "", summary(window, asked.rate), "", *leak_detection.table(soak.samples), ""])
    print(text)
    if asked.keep:
        report.put_into(ROOT / "docs" / "maintainers" / "soak.md", text)
    sys.exit(1 if window.wrong or any(one.grows for one in grown) else 0)


def summary(window: load.Window, rate: float) -> str:
    wrong = ", ".join(f"{count:,} x {what}" for what, count in window.wrong.most_common()) or "none"
    half, most = window.percentile(0.5), window.percentile(0.99)
    return (
        f"{window.done:,} flows at {rate:.0f} a second ended as they should; others: {wrong}. "
        f"p50 {half:.0f} ms, p99 {most:.0f} ms for a whole flow of one to four requests."
    )


@dataclass
class Soak:
    """One server under load, and what was sampled of it: `samples[i]` maps names to numbers."""

    server: Server
    engine: Engine
    samples: list[tuple[float, dict[str, float]]] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self, seconds: float, rate: float) -> load.Window:
        with ThreadPoolExecutor(1) as pool:
            watch = pool.submit(self._watch)
            try:
                load.closed_loop(self.server.port, flows(random.Random(0)), connections=_CROWD, seconds=_CROWD_SECONDS)
                window = load.open_loop(self.server.port, flows(random.Random(1)), rate=rate, seconds=seconds)
            finally:
                self._stop.set()
            watch.result()
        return window

    def _watch(self) -> None:
        began = aged = time.monotonic()
        while not self._stop.wait(_SAMPLE_SECONDS):
            if time.monotonic() - aged >= _AGING_SECONDS:
                aged = time.monotonic()
                age(self.engine, timedelta(days=DAYS + 1))
            self.samples.append((time.monotonic() - began, self._sample()))

    def _sample(self) -> dict[str, float]:
        seen = self.server.sample()
        numbers: dict[str, float] = {
            "memory, MB": seen.memory_mb,
            "threads": seen.threads,
            "file handles": seen.files,
            "of these connections": seen.sockets,
            "processes": seen.processes,
        }
        with self.engine.connect() as connection:
            for name, table in metadata.tables.items():
                numbers[f"rows of {name}"] = connection.execute(select(func.count()).select_from(table)).scalar_one()
            numbers[leak_detection.OVERDUE] = sum(_overdue(connection, table) for table in metadata.tables.values())
        numbers["log, KB"] = (self.server.folder / "log").stat().st_size / 1024
        return numbers


def _overdue(connection: Connection, table: Table) -> int:
    """Rows that should be gone."""
    old = _moments(table)[0] < datetime.now(UTC) - _OVERDUE
    return int(connection.execute(select(func.count()).select_from(table).where(old)).scalar_one())


def _moments(table: Table) -> list[ColumnElement[Any]]:
    return [each for each in table.c if isinstance(each.type, UtcDateTime)]


def age(engine: Engine, by: timedelta) -> None:
    """Every moment in every row, but of checkouts that are under way and of jobs that a worker has leased."""
    with engine.begin() as connection:
        for table in metadata.tables.values():
            columns = _moments(table)
            change = update(table).values({column: _earlier(column, by, engine) for column in columns})
            idle = (
                table.c.leased_by.is_(None) if table.name == "steppay_jobs" else columns[0] < datetime.now(UTC) - _FLOW
            )
            connection.execute(change.where(idle))


def _earlier(column: ColumnElement[Any], by: timedelta, engine: Engine) -> ColumnElement[Any]:
    if engine.dialect.name == "sqlite":
        return func.strftime("%Y-%m-%d %H:%M:%f000", column, f"-{by.days} days", type_=UtcDateTime)
    return column - literal(by, Interval())


def begin(database: str, stack: ExitStack) -> Soak:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
    cores = machine.share_cores()
    os.sched_setaffinity(0, cores.load)
    upstream = stack.enter_context(running_upstream(folder, (free_port(), free_port())))
    starter = Starter(upstream, folder, cores)
    stack.callback(starter.stop)
    environ = {
        "WIDGET_NOTIFY_URL": f"{stack.enter_context(serving(merchant()))}/webhooks",
        "WIDGET_NOTIFY_SECRET": NOTIFY_SECRET,
        "WIDGET_RETENTION_DAYS": str(DAYS),
        "WIDGET_WEBHOOK_V1": "on",
    }
    if database == "postgresql":
        url = stack.enter_context(running_postgresql())
        assert url is not None, "PostgreSQL is not installed"
        environ["WIDGET_DATABASE_URL"] = url
    server = starter.ours(environ=environ)
    url = environ.get("WIDGET_DATABASE_URL", f"sqlite:///{server.folder / 'widget.db'}")
    return Soak(server, for_writing(make_engine(url, busy_timeout_ms=60_000)))


def merchant() -> Flask:
    """A backend that accepts every webhook."""
    app = Flask("merchant")

    @app.post("/webhooks")
    def take() -> Response:
        return Response(status=204)

    return app


if __name__ == "__main__":
    main()
