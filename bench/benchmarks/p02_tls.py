"""P2: the same with TLS between the server and StepPay, as in production."""

from __future__ import annotations

from bench.benchmarks.comparison import compare
from bench.context import Bench
from bench.result import Result


def measure(bench: Bench) -> Result:
    result = Result("P2", "Verifications a second, one core, TLS to StepPay")
    compare(bench, result, tls=True)
    result.notes.append(
        "The slowest of them builds its list of authorities anew for every call; with TLS nothing costs more."
    )
    return result
