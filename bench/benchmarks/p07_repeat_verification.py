"""P7: the second question about an order: while its settled verdict is remembered, and later, when both calls are
made again (decision 32)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench import load
from bench.benchmarks.comparison import OURS
from bench.context import Bench, measure_once, median, ratio
from bench.orders import new_code
from bench.result import Goal, Result, goal
from bench.servers import Server
from bench.workload import Verify

FORGOTTEN_SECONDS = 15.0
"""A settled verdict may be remembered for seconds, because of refunds: after this only the idKey can still be known."""


@dataclass(frozen=True)
class Asked:
    """About a batch of orders: CPU time of each answer in microseconds, calls to StepPay for each."""

    cpu_us: float
    calls: float


def measure(bench: Bench) -> Result:
    server = bench.starter.ours(OURS)
    bench.warm(server)
    bench.say("P7: orders asked about again")
    bench.upstream.take_calls()
    first, second, later, batches = [], [], [], []
    try:
        for _ in range(bench.rounds):
            codes = [new_code() for _ in range(200 if bench.quick else 600)]
            batches.append(codes)
            first.append(_ask_about(bench, server, codes))
            second.append(_ask_about(bench, server, codes))
        time.sleep(FORGOTTEN_SECONDS)
        later = [_ask_about(bench, server, codes) for codes in batches]
    finally:
        bench.starter.stop(server)
    result = Result("P7", "The second question about a paid order")
    result.goals = [
        *_goals("at once", first, second, 0, 0.40),
        *_goals(f"{FORGOTTEN_SECONDS:.0f} s later", first, later, 2, 0.85),
    ]
    result.rows = [("", "calls to StepPay each", "CPU µs each")]
    for name, asked in (("new order", first), ("again at once", second), ("again later", later)):
        result.rows.append((name, f"{_median(asked).calls:.2f}", f"{_median(asked).cpu_us:,.0f}"))
    return result


def _ask_about(bench: Bench, server: Server, codes: Sequence[str]) -> Asked:
    waiting = iter(codes)
    turn = measure_once(server, lambda: load.closed_loop(server.port, lambda: Verify(next(waiting)), count=len(codes)))
    return Asked(turn.cpu_us, bench.upstream.take_calls() / len(codes))


def _goals(when: str, first: list[Asked], then: list[Asked], calls: int, part: float) -> list[Goal]:
    cpu = ratio([one.cpu_us for one in then], [one.cpu_us for one in first])
    return [
        goal(f"calls to StepPay, {when}", _median(then).calls, calls),
        goal(f"CPU, {when}, of the first question's", cpu, part, " x"),
    ]


def _median(asked: list[Asked]) -> Asked:
    return Asked(median([one.cpu_us for one in asked]), median([one.calls for one in asked]))
