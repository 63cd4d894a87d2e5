"""One file a goal: `measure(bench)` gives a `Result`. P1 to P14 as in docs/maintainers/performance.md;
`PROFILE` explains them."""

from __future__ import annotations

from collections.abc import Callable

from bench.benchmarks import (
    cpu_profile,
    p01_speed,
    p02_tls,
    p03_workers,
    p04_waiting,
    p05_crowd,
    p06_idle,
    p07_repeat_verification,
    p08_coalescing,
    p09_ledger,
    p10_files,
    p11_widget,
    p12_webhooks,
    p13_large_ledger,
    p14_hosts,
)
from bench.context import Bench
from bench.result import Result

MEASURES: dict[str, Callable[[Bench], Result]] = {
    "P1": p01_speed.measure,
    "P2": p02_tls.measure,
    "P3": p03_workers.measure,
    "P4": p04_waiting.measure,
    "P5": p05_crowd.measure,
    "P6": p06_idle.measure,
    "P7": p07_repeat_verification.measure,
    "P8": p08_coalescing.measure,
    "P9": p09_ledger.measure,
    "P10": p10_files.measure,
    "P11": p11_widget.measure,
    "P12": p12_webhooks.measure,
    "P13": p13_large_ledger.measure,
    "P14": p14_hosts.measure,
    "PROFILE": cpu_profile.measure,
}
