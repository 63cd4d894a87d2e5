"""Implements `ports.Metrics`: count in this process, add up over all of them."""

import logging
import threading
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

from widget_server.adapters.metrics.layout import Layout, width
from widget_server.adapters.metrics.mmap_values import ProcessValues, read_cells
from widget_server.logs import exception_summary
from widget_server.services.metrics import (
    BREAKER,
    UPSTREAM_FAULTS,
    UPSTREAM_SECONDS,
    Counter,
    Gauge,
    Histogram,
    Metric,
    Row,
)
from widget_server.services.upstream_stats import BreakerState, Bucket, Snapshot

log = logging.getLogger("widget_server.metrics")


class Totals:
    """The sums over all processes."""

    def __init__(self, layout: Layout, cells: Sequence[float], processes: int) -> None:
        self.layout = layout
        self.processes = processes
        self._cells = cells

    def numbers(self, metric: Metric, row: Row) -> Sequence[float]:
        """One number; for a histogram its buckets, each for itself, and the sum of seconds."""
        place = self.layout.places[metric.name][row]
        return self._cells[place : place + width(metric)]

    def number(self, metric: Metric, row: Row) -> int:
        return int(self.numbers(metric, row)[0])


class MultiProcessMetrics:
    """`metrics`: all there are. `folder`: shared with the other processes of this machine; None: this one alone.

    A folder that cannot be written costs the counts of the other processes, never an answer to a shopper.
    """

    def __init__(self, metrics: Sequence[Metric], folder: Path | None = None) -> None:
        self._layout = Layout(metrics)
        self._folder = folder
        try:
            self._own = ProcessValues(self._layout, folder)
        except OSError as error:
            log.error("metrics_not_shared error=%s", exception_summary(error))
            self._folder = None
            self._own = ProcessValues(self._layout, None)
        self._cells = self._own.cells
        self._lock = threading.Lock()

    def count(self, metric: Counter, *labels: str) -> None:
        place = self._layout.place(metric, labels)
        with self._lock:
            self._cells[place] += 1.0

    def observe(self, metric: Histogram, seconds: float, *labels: str) -> None:
        first = self._layout.place(metric, labels)
        with self._lock:
            self._cells[first + bisect_left(metric.bounds, seconds)] += 1.0
            self._cells[first + len(metric.bounds) + 1] += seconds

    def add(self, metric: Gauge, change: int, *labels: str) -> None:
        place = self._layout.place(metric, labels)
        with self._lock:
            self._cells[place] += change

    def set(self, metric: Gauge, value: int, *labels: str) -> None:
        self._cells[self._layout.place(metric, labels)] = float(value)

    def totals(self) -> Totals:
        layout = self._layout
        if self._folder is None:
            return Totals(layout, list(self._cells), 1)
        sums, processes = [0.0] * layout.size, 0
        for alive, cells in read_cells(layout, self._folder):
            processes += alive
            for place in range(layout.size if alive else layout.gauges_from):
                sums[place] += cells[place]
        return Totals(layout, sums, processes)

    def snapshot(self) -> Snapshot:
        """The sums over all processes of this machine, dead ones included, since their folder was made."""
        totals = self.totals()
        return Snapshot(
            breaker=_worst_breaker_state(totals),
            failed=sum(totals.number(UPSTREAM_FAULTS, row) for row in UPSTREAM_FAULTS.all_rows),
            latency=_latency(totals),
        )


def _worst_breaker_state(totals: Totals) -> BreakerState:
    """Of the living processes' circuit breakers."""
    states: tuple[BreakerState, ...] = ("open", "half-open")
    return next((state for state in states if totals.number(BREAKER, (state,))), "closed")


def _latency(totals: Totals) -> tuple[Bucket, ...]:
    rows = [totals.numbers(UPSTREAM_SECONDS, row)[:-1] for row in UPSTREAM_SECONDS.rows]
    counts = [int(sum(column)) for column in zip(*rows, strict=True)]
    return tuple(map(Bucket, (*UPSTREAM_SECONDS.bounds, None), counts))
