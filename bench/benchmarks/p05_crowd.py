"""P5: a thousand shoppers at once on one worker, StepPay takes 2 x 500 ms: the ideal is a thousand a second."""

from __future__ import annotations

from collections import Counter

from bench import load
from bench.benchmarks.comparison import EXPRESS, NO_NODE, OURS, guaranteed
from bench.context import Bench
from bench.result import MET, MISSED, Goal, Result, goal, not_measured
from bench.servers import Server
from bench.workload import Verify

SHOPPERS, DELAY_MS, IDEAL = 1_000, 500, 1_000.0
RAMP_SECONDS = 3.0


def measure(bench: Bench) -> Result:
    servers = [bench.starter.ours(OURS), *map(bench.starter.guaranteed, guaranteed())]
    for server in servers:  # the crowd is what is measured, so a little warmth is enough
        load.closed_loop(server.port, Verify, count=300)
    bench.upstream.delay(DELAY_MS)
    result = Result("P5", "1,000 verifications in flight on one worker, StepPay takes 2 x 500 ms")
    result.rows = [("", "a second", "of the ideal", "not verified", "p99 ms", "memory grew by")]
    try:
        grown = {}
        for server in servers:
            bench.say(f"P5: a crowd at {server.name}")
            grown[server.name] = _crowd(bench, server, result)
        what = f"memory growth, at most that of {EXPRESS}"
        known = EXPRESS in grown
        result.goals.append(goal(what, grown[OURS], grown[EXPRESS], " MB") if known else not_measured(what, NO_NODE))
    finally:
        bench.upstream.delay(0)
        bench.starter.stop(*servers)
    return result


def _crowd(bench: Bench, server: Server, result: Result) -> float:
    """Gives by how many MB its memory grew."""
    before = server.sample()
    seconds = 4.0 if bench.quick else 8.0
    window = load.closed_loop(server.port, Verify, connections=SHOPPERS, seconds=seconds, ramp=RAMP_SECONDS)
    grown, wrong = server.sample().memory_mb - before.memory_mb, sum(window.wrong.values())
    part = window.rate / IDEAL * 100
    row = (f"{window.rate:,.0f}", f"{part:.0f} %", f"{wrong:,}", f"{window.percentile(0.99):,.0f}", f"{grown:.0f} MB")
    result.rows.append((server.name, *row))
    if server.name == OURS:
        result.goals = [
            goal("rate, of the ideal", part, 70, " %", at_least=True),
            Goal("not verified", "0", _told(window.wrong), MISSED if wrong else MET),
        ]
    return grown


def _told(wrong: Counter[str]) -> str:
    return ", ".join(f"{count:,} x {what}" for what, count in wrong.most_common(3)) or "0"
