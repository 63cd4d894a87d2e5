"""P3: what a second worker process brings."""

from __future__ import annotations

import os

from bench import load
from bench.context import Bench, Sample, measure_once, median, ratio
from bench.result import Goal, Result, goal
from bench.servers import Server
from bench.workload import Verify


def measure(bench: Bench) -> Result:
    """Both run on the same two cores with `--pin`, as in deploy/, so that they differ in the number of workers alone.
    The third differs from the second in `--pin`."""
    cores = bench.cores
    servers = [
        bench.starter.ours(name, workers=number, cores=cores.two, options=options)
        for name, number, options in (
            ("1 worker", 1, ["--pin"]),
            ("2 workers", 2, ["--pin"]),
            ("2 workers, not pinned", 2, []),
        )
    ]
    turns: dict[str, list[Sample]] = {server.name: [] for server in servers}
    bench.warm(*servers)
    bench.say("P3: one and two workers in turn")
    os.sched_setaffinity(0, cores.load_beside_two)
    os.sched_setaffinity(bench.upstream.process.pid, cores.load_beside_two)
    try:
        for _ in range(bench.rounds):
            for server in servers:
                turns[server.name].append(measure_once(server, lambda: _window(bench, server)))  # noqa: B023
    finally:
        os.sched_setaffinity(0, cores.load)
        os.sched_setaffinity(bench.upstream.process.pid, cores.load)
        bench.starter.stop(*servers)
    rates = [[turn.window.rate for turn in turns[server.name]] for server in servers]
    result = Result("P3", "A second worker process")
    result.goals = [_two_workers(rates, turns, alone=len(os.sched_getaffinity(0) | cores.two) >= 4)]
    result.rows = [("workers", "verifications/s", "CPU µs each")]
    for server, rate in zip(servers, rates, strict=True):
        cpu = median([turn.cpu_us for turn in turns[server.name]])
        result.rows.append((server.name, f"{median(rate):,.0f}", f"{cpu:,.0f}"))
    if len(os.sched_getaffinity(0) | cores.two) < 4:
        result.notes.append(
            "Fewer than four cores: the load and the simulated StepPay take their share of the same two, which makes "
            "the second worker look smaller than it is."
        )
    return result


def _two_workers(rates: list[list[float]], turns: dict[str, list[Sample]], *, alone: bool) -> Goal:
    """`alone`: the load and StepPay have cores of their own. Where they have not, only CPU time can be compared."""
    if alone:
        return goal("speed of two workers, as a multiple of one", ratio(rates[1], rates[0]), 1.8, " x", at_least=True)
    one, two = ([turn.cpu_us for turn in turns[name]] for name in ("1 worker", "2 workers"))
    return goal("CPU for each with two workers, of one worker's", ratio(two, one), 1.1, " x")


def _window(bench: Bench, server: Server) -> load.Window:
    return load.closed_loop(server.port, Verify, connections=64, seconds=bench.window_seconds)
