"""P1: verifications a second on one core, StepPay by plain HTTP."""

from __future__ import annotations

from bench.benchmarks.comparison import NAIVE, OURS, compare
from bench.context import Bench, ratio
from bench.result import Result, goal


def measure(bench: Bench) -> Result:
    result = Result("P1", "Verifications a second, one core, plain HTTP to StepPay")
    rates = compare(bench, result, tls=False)
    what = f"speed, as a multiple of {NAIVE}"
    result.goals.append(goal(what, ratio(rates[OURS], rates[NAIVE]), 4.0, " x", at_least=True))
    return result
