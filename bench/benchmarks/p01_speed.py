"""P1: verifications a second on one core, StepPay by plain HTTP."""

from __future__ import annotations

from bench.benchmarks.comparison import compare
from bench.context import Bench
from bench.result import Result


def measure(bench: Bench) -> Result:
    result = Result("P1", "Verifications a second, one core, plain HTTP to StepPay")
    compare(bench, result, tls=False)
    return result
