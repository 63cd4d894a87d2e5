"""P4: what the server adds to StepPay's own time under 300 verifications a second, each of two calls of 50 ms."""

from __future__ import annotations

from bench import load
from bench.benchmarks.comparison import OURS, VENDOR
from bench.context import Bench, median
from bench.load import Window
from bench.result import Result, goal
from bench.servers import Server, node_is_there
from bench.workload import Verify, direct

RATE, DELAY_MS = 300.0, 50


def measure(bench: Bench) -> Result:
    servers = [bench.starter.ours(OURS), bench.starter.asynchronous()]
    if node_is_there():
        servers.append(bench.starter.node(VENDOR, "vendor.mjs"))
    bench.warm(*servers)
    bench.say("P4: 300 a second")
    bench.upstream.delay(DELAY_MS)
    try:
        straight, windows = _windows(bench, servers)
    finally:
        bench.upstream.delay(0)
        bench.starter.stop(*servers)
    result = Result("P4", "300 verifications a second, StepPay takes 2 x 50 ms")
    base = median([window.percentile(0.5) for window in straight])
    added = {part: median([one.percentile(part) for one in windows[OURS]]) - base for part in (0.5, 0.99)}
    result.goals = [
        goal("time added at p50, of StepPay's time", added[0.5] / base * 100, 4, " %"),
        goal("time added at p99, of StepPay's time", added[0.99] / base * 100, 10, " %"),
    ]
    result.rows = [("", "p50 ms", "p99 ms", "wrong or lost"), _row("the two calls without a server", straight)]
    result.rows += [_row(name, taken) for name, taken in windows.items()]
    return result


def _windows(bench: Bench, servers: list[Server]) -> tuple[list[Window], dict[str, list[Window]]]:
    seconds, straight = (2.0 if bench.quick else 6.0), []
    windows: dict[str, list[Window]] = {server.name: [] for server in servers}
    for _ in range(1 if bench.quick else 3):
        straight.append(load.open_loop(bench.upstream.port, direct, rate=RATE, seconds=seconds / 2))
        for server in servers:
            windows[server.name].append(load.open_loop(server.port, Verify, rate=RATE, seconds=seconds))
    return straight, windows


def _row(name: str, windows: list[Window]) -> tuple[str, ...]:
    wrong = sum(sum(window.wrong.values()) for window in windows)
    return (name, *(f"{median([one.percentile(part) for one in windows]):.1f}" for part in (0.5, 0.99)), str(wrong))
