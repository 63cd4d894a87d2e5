"""P13: what a million orders in the ledger change, then ten million (`--large`): for a verification, an operator's
search and retention, each in turn with a ledger of a hundred thousand. In a smaller one, old orders share pages."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from bench import full_ledger, load, machine
from bench.context import Bench, median, ratio
from bench.postgresql import running_postgresql
from bench.result import Result, goal, not_measured
from bench.servers import Server
from bench.workload import Verify
from widget_server.adapters.store.database import for_writing, make_engine
from widget_server.adapters.store.maintenance import purge_older_than
from widget_server.adapters.store.overview import SqlOverview

SMALL, MILLION, TEN_MILLION = 100_000, 1_000_000, 10_000_000
MOST = 1.15
NEEDED_GB = 40
"""Ten million orders take 11 GB in each database, and sorting their indexes as much again."""
_KEPT, _AGE = timedelta(days=30), timedelta(days=60)
_OLD_ORDERS, _SEARCHES = 50, 100
WORK = ("verification", "search by an operator", f"retention of {_OLD_ORDERS} orders")
Figures = dict[str, list[float]]
"""For each of `WORK`, the cost of one in each round, in microseconds."""


@dataclass
class Ledger:
    """One database with `orders` orders. `database_cpu`: seconds that the database has computed outside of the server's
    processes."""

    orders: int
    url: str
    database_cpu: Callable[[], float]
    server: Server

    def cpu_seconds_here(self) -> float:
        """Of this process and the database."""
        return time.process_time() + self.database_cpu()


def measure(bench: Bench) -> Result:
    result = Result("P13", "A large ledger")
    result.rows = [("database", "orders", *(f"{work}, µs" for work in WORK))]
    sizes = [SMALL, *_large_sizes(bench, result)] if not bench.quick else [SMALL // 50, SMALL // 5]
    _compare(bench, "SQLite", [f"sqlite:///{_new_file(bench)}" for _ in sizes], sizes, result)
    for size in sizes[1:]:
        _compare_postgresql(bench, [sizes[0], size], result)
    result.notes.append(
        "CPU time, PostgreSQL's own too; interleaved, medians. A search is for one order by its code or number, with "
        "its history, and for the newest fifty of all and of a verdict."
    )
    return result


def _large_sizes(bench: Bench, result: Result) -> list[int]:
    free_gb = shutil.disk_usage(bench.folder).free / 1e9
    if bench.large and free_gb >= NEEDED_GB:
        return [MILLION, TEN_MILLION]
    why = f"needs {NEEDED_GB} GB of disk" if bench.large else 'only with `make bench BENCH_ARGS="P13 --large"`'
    result.goals.append(not_measured("ten million orders", why))
    return [MILLION]


def _new_file(bench: Bench) -> Path:
    return bench.starter.new_folder() / "widget.db"


def _compare_postgresql(bench: Bench, sizes: Sequence[int], result: Result) -> None:
    """Each in a cluster of its own: one cluster would clean up the large ledger while the small one is measured."""
    with running_postgresql() as small, running_postgresql() as large:
        if small is None or large is None:
            result.goals.append(not_measured("a large ledger in PostgreSQL", "PostgreSQL is not installed"))
        else:
            _compare(bench, "PostgreSQL", [small, large], sizes, result)


def _compare(bench: Bench, name: str, urls: Sequence[str], sizes: Sequence[int], result: Result) -> None:
    ledgers = [_make(bench, name, url, size) for url, size in zip(urls, sizes, strict=True)]
    bench.say(f"P13: ledgers of {name} in turn")
    figures: dict[int, Figures] = {ledger.orders: {work: [] for work in WORK} for ledger in ledgers}
    try:
        bench.warm(*(ledger.server for ledger in ledgers))
        for _ in range(2 * bench.rounds):
            for ledger in ledgers:
                figures[ledger.orders][WORK[0]].append(_verification_us(bench, ledger))
    finally:
        bench.starter.stop(*(ledger.server for ledger in ledgers))
    _look_after(ledgers, figures, rounds=3 * bench.rounds)
    for ledger in ledgers:
        found = figures[ledger.orders]
        result.rows.append((name, f"{ledger.orders:,}", *(f"{median(found[work]):,.0f}" for work in WORK)))
    for ledger in ledgers[1:]:
        for work in WORK:
            times = ratio(figures[ledger.orders][work], figures[sizes[0]][work])
            result.goals.append(goal(f"{work}, {name}, {ledger.orders:,} orders", times, MOST, " x"))


def _make(bench: Bench, name: str, url: str, size: int) -> Ledger:
    began = time.monotonic()
    full_ledger.fill(url, size)
    bench.say(f"P13: {size:,} orders in {name}, {time.monotonic() - began:.0f} s")
    options, environ = ["--no-jobs"], {"WIDGET_DATABASE_URL": url}
    server = bench.starter.ours(f"{name} with {size:,} orders", options=options, environ=environ)
    return Ledger(size, url, _database_cpu(url), server)


def _database_cpu(url: str) -> Callable[[], float]:
    if url.startswith("sqlite"):
        return lambda: 0.0
    with full_ledger.opened(url) as (session, _insert):
        folder = session.execute("SHOW data_directory").fetchone()[0]
    postmaster = int(Path(folder, "postmaster.pid").read_text("utf-8").split()[0])
    return machine.cpu_counter(postmaster)


def _verification_us(bench: Bench, ledger: Ledger) -> float:
    """Of orders that the ledger does not have yet."""
    before = ledger.server.cpu_seconds() + ledger.database_cpu()
    window = load.closed_loop(
        ledger.server.port, lambda: Verify(full_ledger.absent_code()), seconds=bench.window_seconds
    )
    if window.wrong:
        raise RuntimeError(f"{ledger.server.name} answered wrongly: {dict(window.wrong)}")
    return (ledger.server.cpu_seconds() + ledger.database_cpu() - before) / window.answered * 1e6


def _look_after(ledgers: Sequence[Ledger], figures: dict[int, Figures], rounds: int) -> None:
    """An operator's and the worker's part, by the server's own code in this process."""
    engines = [for_writing(make_engine(ledger.url)) for ledger in ledgers]
    try:
        for number in range(rounds + 1):
            for ledger, engine in zip(ledgers, engines, strict=True):
                search, retention = _search_us(engine, ledger), _retention_us(engine, ledger)
                if number:  # the first one opens connections and reads the schema
                    figures[ledger.orders][WORK[1]].append(search)
                    figures[ledger.orders][WORK[2]].append(retention)
    finally:
        for engine in engines:
            engine.dispose()


def _search_us(engine: Engine, ledger: Ledger) -> float:
    """By code, by number, and the newest of each: what the pages of the dashboard ask for."""
    overview, codes = SqlOverview(engine), [full_ledger.stored_code(ledger.orders) for _ in range(_SEARCHES)]
    began = ledger.cpu_seconds_here()
    for code in codes:
        if overview.find_code(random.choice((code, f"1{code[-10:]}"))) != code:
            raise RuntimeError("an order of the ledger was not found")
        overview.order(code)
        overview.orders(50)
        overview.orders(50, "paid")
    return (ledger.cpu_seconds_here() - began) / _SEARCHES * 1e6


def _retention_us(engine: Engine, ledger: Ledger) -> float:
    """Orders that have become old since the last minute, which is how often a worker looks."""
    now, codes = datetime.now(UTC), [full_ledger.absent_code() for _ in range(_OLD_ORDERS)]
    full_ledger.add_old(ledger.url, codes, now - _AGE)
    began = ledger.cpu_seconds_here()
    purge_older_than(engine, now - _KEPT)
    spent = ledger.cpu_seconds_here() - began
    if SqlOverview(engine).find_code(codes[0]):
        raise RuntimeError("an old order was not deleted")
    return spent * 1e6
