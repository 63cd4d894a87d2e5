"""P4: what the server adds to StepPay's own time at 40 % of what one core can do, each with two calls of 50 ms."""

from __future__ import annotations

from bench import load
from bench.benchmarks.comparison import EXPRESS, NO_NODE, OURS, guaranteed
from bench.context import Bench, median, take_turns
from bench.load import Window
from bench.result import Result, goal, not_measured
from bench.servers import Server
from bench.workload import Verify, direct

DELAY_MS = 50
NOT_COMPARED = not_measured(f"time added, compared with {EXPRESS}", NO_NODE)
LOAD = 0.4
"""Of the rate that this server reached just before on the same core."""


def measure(bench: Bench) -> Result:
    servers = [bench.starter.ours(OURS), *map(bench.starter.guaranteed, guaranteed())]
    bench.warm(*servers)
    capacity = median([turn.window.rate for turn in take_turns(bench, servers[:1])[OURS]])
    rate = round(LOAD * capacity)
    bench.say(f"P4: {rate} a second")
    bench.upstream.delay(DELAY_MS)
    try:
        straight, windows = _windows(bench, servers, rate)
    finally:
        bench.upstream.delay(0)
        bench.starter.stop(*servers)
    result = Result("P4", f"{rate} verifications a second ({LOAD:.0%} of what one core can), StepPay takes 2 x 50 ms")
    base = median([window.percentile(0.5) for window in straight])
    added = {
        name: {part: median([one.percentile(part) for one in taken]) - base for part in (0.5, 0.99)}
        for name, taken in windows.items()
    }
    ours, express = added[OURS], added.get(EXPRESS)
    result.goals = [
        goal("time added at p50, of StepPay's time", ours[0.5] / base * 100, 4, " %"),
        goal("time added at p99, of StepPay's time", ours[0.99] / base * 100, 15, " %"),
        goal(f"added at p50, at most as {EXPRESS}", ours[0.5], express[0.5], " ms") if express else NOT_COMPARED,
        goal(f"added at p99, at most as {EXPRESS}", ours[0.99], express[0.99], " ms") if express else NOT_COMPARED,
    ]
    result.rows = [("", "p50 ms", "p99 ms", "wrong or lost"), _row("the two calls without a server", straight)]
    result.rows += [_row(name, taken) for name, taken in windows.items()]
    return result


def _windows(bench: Bench, servers: list[Server], rate: float) -> tuple[list[Window], dict[str, list[Window]]]:
    seconds, straight = (2.0 if bench.quick else 6.0), []
    windows: dict[str, list[Window]] = {server.name: [] for server in servers}
    for _ in range(1 if bench.quick else 3):
        straight.append(load.open_loop(bench.upstream.port, direct, rate=rate, seconds=seconds / 2))
        for server in servers:
            windows[server.name].append(load.open_loop(server.port, Verify, rate=rate, seconds=seconds))
    return straight, windows


def _row(name: str, windows: list[Window]) -> tuple[str, ...]:
    wrong = sum(sum(window.wrong.values()) for window in windows)
    return (name, *(f"{median([one.percentile(part) for one in windows]):.1f}" for part in (0.5, 0.99)), str(wrong))
