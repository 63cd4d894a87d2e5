"""P6: 500 browsers keep silent connections open; the next request does not wait for them."""

from __future__ import annotations

import asyncio
import time

from bench import load
from bench.benchmarks.comparison import OURS
from bench.context import Bench
from bench.event_loop import run
from bench.load import Connection
from bench.result import Result, goal
from bench.workload import Get, Step, Verify

SILENT = 500


def measure(bench: Bench) -> Result:
    server = bench.starter.ours(OURS)
    bench.warm(server)
    bench.say("P6: 500 silent connections")
    try:
        new, old = run(_ask_beside_silent_ones(server.port))
    finally:
        bench.starter.stop(server)
    result = Result("P6", "500 silent keep-alive connections")
    result.goals = [
        goal("verification on a new connection, median", new.percentile(0.5), 10, " ms"),
        goal("verification on one of the silent ones, median", old.percentile(0.5), 10, " ms"),
    ]
    result.rows = [("", "p50 ms", "slowest ms", "lost")]
    for name, window in (("new connection", new), ("a silent one wakes up", old)):
        lost = sum(window.wrong.values())
        result.rows.append((name, f"{window.percentile(0.5):.1f}", f"{window.percentile(1):.1f}", str(lost)))
    return result


async def _ask_beside_silent_ones(port: int) -> tuple[load.Window, load.Window]:
    silent = await load.connect(port, SILENT)
    for connection in silent:
        await ask_once(connection, Get("/healthz"), load.Window())
    await asyncio.sleep(2)
    new, old = load.Window(), load.Window()
    for number in range(30):
        (fresh,) = await load.connect(port, 1)
        await ask_once(fresh, Verify(), new)
        fresh.transport.close()
        await ask_once(silent[number * 7], Verify(), old)
        await asyncio.sleep(0.02)
    for connection in silent:
        connection.transport.close()
    return new, old


async def ask_once(connection: Connection, ask: Step, window: load.Window) -> None:
    ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    began = time.perf_counter()
    connection.send(ask, lambda _connection, problem: ended.set_result(problem))
    problem = await asyncio.wait_for(ended, 30)
    if problem:
        window.wrong[problem] += 1
    else:
        window.latencies_ms.append((time.perf_counter() - began) * 1000)
