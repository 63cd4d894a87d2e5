"""What counting costs one verification: nothing, our cells, prometheus_client's own files. `python -m
bench.metrics_overhead`

The same operations as a paid verification makes: two timed calls, two waits, a verdict, a request. Microseconds of this
process's computing time, the median of interleaved rounds.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values

from widget_server.adapters.metrics.exposition import Exposition
from widget_server.adapters.metrics.multiprocess import MultiProcessMetrics
from widget_server.adapters.store.backlog import Backlog
from widget_server.clock import utc_now
from widget_server.parts import ALL_METRICS
from widget_server.services import metrics
from widget_server.web import http_metrics as requests

ROUNDS, PER_ROUND = 41, 2000


def of_figures(figures: Any) -> Callable[[], None]:
    def one() -> None:
        for call in ("order", "receipt"):
            figures.add(metrics.UPSTREAM_WAITING, 1)
            figures.add(metrics.UPSTREAM_IN_FLIGHT, 1)
            figures.observe(metrics.UPSTREAM_SECONDS, 0.12, call)
            figures.add(metrics.UPSTREAM_IN_FLIGHT, -1)
            figures.add(metrics.UPSTREAM_WAITING, -1)
        figures.count(metrics.VERDICTS, "paid", "payment_complete", "verify")
        figures.count(requests.REQUESTS, "/v1/verify", "2xx")
        figures.observe(requests.REQUEST_SECONDS, 0.25, "/v1/verify")

    return one


def of_prometheus_client() -> Callable[[], None]:
    kept = CollectorRegistry()
    seconds = Histogram("a_seconds", "a", ["call"], registry=kept, buckets=[n / 10 for n in range(1, 14)])
    waiting, calls = (Gauge(name, "a", registry=kept, multiprocess_mode="livesum") for name in ("b", "c"))
    verdicts = Counter("d", "a", ["kind", "reason", "cause"], registry=kept)
    asked = Counter("e", "a", ["route", "status"], registry=kept)
    request_seconds = Histogram("f_seconds", "a", ["route"], registry=kept, buckets=[n / 10 for n in range(1, 12)])

    def one() -> None:
        for call in ("order", "receipt"):
            waiting.inc()
            calls.inc()
            seconds.labels(call).observe(0.12)
            calls.dec()
            waiting.dec()
        verdicts.labels("paid", "payment_complete", "verify").inc()
        asked.labels("/v1/verify", "2xx").inc()
        request_seconds.labels("/v1/verify").observe(0.25)

    return one


def main() -> None:
    with tempfile.TemporaryDirectory() as theirs, tempfile.TemporaryDirectory() as ours:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = theirs
        values.ValueClass = values.MultiProcessValue()  # what the library does at its import where that is set
        counted = MultiProcessMetrics(ALL_METRICS, Path(ours))
        contestants = {
            "off": of_figures(metrics.NullMetrics()),
            "our cells": of_figures(counted),
            "prometheus_client, files": of_prometheus_client(),
        }
        taken: dict[str, list[float]] = {name: [] for name in contestants}
        for _ in range(ROUNDS):
            for name, one in contestants.items():
                began = process_time()
                for _ in range(PER_ROUND):
                    one()
                taken[name].append((process_time() - began) / PER_ROUND * 1e6)
        for name, each in taken.items():
            print(f"{name:26} {median(each):6.2f} µs a verification")
        _scrape(counted)


def _scrape(counted: Any) -> None:
    nothing = Backlog({}, 0, 0, 0, 0, 0)
    exposition = Exposition(counted, lambda _now: nothing, utc_now)
    taken = []
    for _ in range(51):
        began = process_time()
        text = exposition.text()
        taken.append((process_time() - began) * 1e3)
    print(f"a scrape: {median(taken):.1f} ms, {len(text) / 1024:.0f} KiB, {len(text.splitlines())} lines")


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
