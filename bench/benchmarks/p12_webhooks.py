"""P12: an event of StepPay's is on the disk before it is confirmed; compared with one bare insert. Then 10,000 of them,
until the worker has asked StepPay about each."""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from bench import load
from bench.context import Bench, median
from bench.events import Event
from bench.postgresql import running_postgresql
from bench.result import MET, MISSED, Goal, Result, goal, not_measured
from bench.servers import Server

_PATIENCE_SECONDS = 300
_TABLE = "CREATE TABLE bare (digest VARCHAR(64) PRIMARY KEY, event VARCHAR(64), order_code VARCHAR(64), at VARCHAR(32))"
_ROW = "INSERT INTO bare VALUES ('%064d', 'order.payment_completed', 'order_p0000000001', '2026-11-23 03:16:00')"
_FLAT_MB = 20.0
Count = Callable[[], int]


@dataclass
class Place:
    """A database: the server that uses it, an insert of one row with its commit, and how many jobs wait."""

    name: str
    server: Server
    insert: Callable[[], Any]
    waiting: Count
    memory_mb: list[float] = field(default_factory=list)


def measure(bench: Bench) -> Result:
    result = Result("P12", "StepPay's events")
    result.rows = [("", "p50 ms", "a bare insert's p50 ms", "drained, events/s", "memory MB, first tenth to end")]
    with running_postgresql() as url, _places(bench, url) as places:
        if url is None:
            result.goals.append(not_measured("events on PostgreSQL", "PostgreSQL is not installed"))
        inserts = {place.name: _beside_inserts(bench, place) for place in places}
        for place in places:
            _judge(place, *inserts[place.name], _drain(bench, place), result)
    return result


@contextmanager
def _places(bench: Bench, url: str | None) -> Iterator[list[Place]]:
    """On the same disk each: a bare insert goes into a file next to the server's, or into the same cluster."""
    server = bench.starter.ours("SQLite")
    bare = sqlite3.connect(server.folder / "bare.db", isolation_level=None)
    for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", _TABLE):
        bare.execute(statement)
    numbers = count(1)
    places = [Place("SQLite", server, lambda: bare.execute(_ROW % next(numbers)), _sqlite_jobs(server.folder))]
    if url is None:
        yield places
    else:
        with psycopg.connect(url, autocommit=True) as own:
            own.execute(_TABLE)
            server = bench.starter.ours("PostgreSQL", environ={"WIDGET_DATABASE_URL": url})
            waiting: Count = lambda: int(own.execute("SELECT count(*) FROM steppay_jobs").fetchone()[0])  # type: ignore[index]  # noqa: E731
            insert = lambda: own.execute(_ROW % next(numbers), prepare=True)  # noqa: E731
            yield [*places, Place("PostgreSQL", server, insert, waiting)]
    bench.starter.stop()
    bare.close()


def _sqlite_jobs(folder: Path) -> Count:
    def waiting() -> int:
        with sqlite3.connect(folder / "widget.db", timeout=30) as connection:
            return int(connection.execute("SELECT count(*) FROM steppay_jobs").fetchone()[0])

    return waiting


def _beside_inserts(bench: Bench, place: Place) -> tuple[float, float]:
    """Medians in ms: an event, an insert; one at a time, in turn."""
    bench.say(f"P12: events one by one, {place.name}")
    number, events, inserts = (50 if bench.quick else 200), [], []
    load.closed_loop(place.server.port, Event, connections=1, count=100)
    for _ in range(bench.rounds):
        window = load.closed_loop(place.server.port, Event, connections=1, count=number)
        if window.wrong:
            raise RuntimeError(f"events were refused: {dict(window.wrong)}")
        events.append(window.percentile(0.5))
        inserts.append(_insert_ms(place.insert, number))
    return median(events), median(inserts)


def _insert_ms(insert: Callable[[], Any], number: int) -> float:
    times = []
    for _ in range(number):
        began = time.perf_counter()
        insert()
        times.append((time.perf_counter() - began) * 1000)
    return median(times)


def _drain(bench: Bench, place: Place) -> float:
    """Events a second, from the first that is sent to the last that is worked on."""
    number = 1_000 if bench.quick else 10_000
    bench.say(f"P12: {number} events to be drained, {place.name}")
    began = time.monotonic()
    for _tenth in range(10):
        window = load.closed_loop(place.server.port, Event, connections=16, count=number // 10)
        if window.wrong:
            raise RuntimeError(f"{place.name}: events were refused: {dict(window.wrong)}")
        place.memory_mb.append(place.server.sample().memory_mb)
    bench.say(f"P12: all sent, {place.waiting():,} wait")
    while left := place.waiting():
        if time.monotonic() - began > _PATIENCE_SECONDS:
            break
        time.sleep(0.1)
    took = time.monotonic() - began
    place.memory_mb.append(place.server.sample().memory_mb)
    return math.nan if left else number / took


def _judge(place: Place, event_ms: float, insert_ms: float, a_second: float, result: Result) -> None:
    grown = place.memory_mb[-1] - place.memory_mb[0]
    drained = not math.isnan(a_second)
    result.goals += [
        goal(f"an event kept, p50, of a bare insert's, {place.name}", event_ms / insert_ms, 4, " x"),
        Goal(f"every event worked on, {place.name}", "yes", "yes" if drained else "no", MET if drained else MISSED),
        goal(f"events worked on in a second, {place.name}", a_second if drained else 0.0, 250, at_least=True),
        goal(f"memory growth meanwhile, {place.name}", grown, _FLAT_MB, " MB"),
    ]
    memory = f"{place.memory_mb[0]:.0f} to {place.memory_mb[-1]:.0f}"
    speed = f"{a_second:,.0f}" if drained else f"not in {_PATIENCE_SECONDS} s"
    result.rows.append((place.name, f"{event_ms:.2f}", f"{insert_ms:.2f}", speed, memory))
