"""P8: eight questions about one new order at the same moment, as from a page, its backend and a webhook."""

from __future__ import annotations

from bench import load
from bench.context import Bench
from bench.orders import new_code
from bench.result import Goal, Result, goal
from bench.workload import Verify

TOGETHER, DELAY_MS = 8, 50


def measure(bench: Bench) -> Result:
    result = Result("P8", "8 simultaneous verifications of one new order")
    result.rows = [("worker processes", "calls to StepPay for each verification", "p50 ms")]
    for workers, most in ((1, 0.26), (2, 0.5)):
        result.goals.append(_with(bench, workers, most, result))
    return result


def _with(bench: Bench, workers: int, most: float, result: Result) -> Goal:
    server = bench.starter.ours(f"{workers} workers", workers=workers)
    bench.warm(server)
    bench.say(f"P8: {workers} workers")
    bench.upstream.delay(DELAY_MS)
    bench.upstream.take_calls()
    orders = [new_code() for _ in range(10 if bench.quick else 50)]
    try:
        window = load.burst(server.port, [[Verify(code) for _ in range(TOGETHER)] for code in orders])
        calls = bench.upstream.take_calls() / (TOGETHER * len(orders))
    finally:
        bench.upstream.delay(0)
        bench.starter.stop(server)
    if window.wrong:
        raise RuntimeError(f"answered wrongly: {dict(window.wrong)}")
    result.rows.append((str(workers), f"{calls:.3f}", f"{window.percentile(0.5):.0f}"))
    where = "in one process" if workers == 1 else "across two processes"
    return goal(f"calls to StepPay for each, {where}", calls, most)
