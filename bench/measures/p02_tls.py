"""P2: the same with TLS between the server and StepPay, as in production."""

from __future__ import annotations

from bench.context import Bench, ratio
from bench.measures.side_by_side import NO_NODE, OURS, VENDOR, compare
from bench.result import Result, goal, not_measured


def measure(bench: Bench) -> Result:
    result = Result("P2", "Verifications a second, one core, TLS to StepPay")
    rates = compare(bench, result, tls=True)
    what = f"speed, as a multiple of {VENDOR}"
    if VENDOR in rates:
        result.goals.append(goal(what, ratio(rates[OURS], rates[VENDOR]), 2.0, " x", at_least=True))
    else:
        result.goals.append(not_measured(what, NO_NODE))
    result.notes.append(
        "The slowest of them builds its list of authorities anew for every call; with TLS nothing costs more."
    )
    return result
