"""P1: verifications a second on one core, StepPay by plain HTTP."""

from __future__ import annotations

from bench.context import Bench, ratio
from bench.measures.side_by_side import NAIVE, NO_NODE, OURS, VENDOR, compare
from bench.result import Result, goal, not_measured


def measure(bench: Bench) -> Result:
    result = Result("P1", "Verifications a second, one core, plain HTTP to StepPay")
    rates = compare(bench, result, tls=False)
    what = f"speed, as a multiple of {VENDOR}"
    if VENDOR in rates:
        result.goals.append(goal(what, ratio(rates[OURS], rates[VENDOR]), 2.0, " x", at_least=True))
    else:
        result.goals.append(not_measured(what, NO_NODE))
    what = f"speed, as a multiple of {NAIVE}"
    result.goals.append(goal(what, ratio(rates[OURS], rates[NAIVE]), 4.0, " x", at_least=True))
    return result
