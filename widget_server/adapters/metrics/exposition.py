"""The metrics in Prometheus's text format, with what the database counts."""

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.registry import Collector

from widget_server import __version__
from widget_server.adapters.metrics.multiprocess import MultiProcessMetrics, Totals
from widget_server.adapters.store.backlog import Backlog
from widget_server.errors import StorageError
from widget_server.logs import exception_summary
from widget_server.services.metrics import Gauge, Histogram, Metric
from widget_server.services.ports import Clock

log = logging.getLogger("widget_server.metrics")


class Exposition(Collector):
    """`read_backlog` may raise `StorageError`: then the rest is served without it."""

    def __init__(self, metrics: MultiProcessMetrics, read_backlog: Callable[..., Backlog], clock: Clock) -> None:
        self._metrics = metrics
        self._read_backlog = read_backlog
        self._clock = clock
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def text(self) -> bytes:
        return generate_latest(self._registry)

    def describe(self) -> Sequence[Family]:
        """Nothing: the registry would otherwise ask the database when it is made."""
        return ()

    def collect(self) -> Iterator[Family]:
        totals = self._metrics.totals()
        yield _plain("widget_build_info", "The running release.", 1, version=__version__, python=_python())
        yield _plain("widget_processes", "Living processes that count here.", totals.processes)
        for metric in totals.layout.metrics:
            yield _family(metric, totals)
        try:
            backlog = self._read_backlog(self._clock())
        except StorageError as fault:
            log.error("backlog_unread error=%s", exception_summary(fault))
            yield _plain("widget_database_up", "Whether the database answered this scrape.", 0)
        else:
            yield _plain("widget_database_up", "Whether the database answered this scrape.", 1)
            yield from _backlog(backlog)


def _python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _plain(name: str, text: str, value: float, **labels: str) -> Family:
    family = GaugeMetricFamily(name, text, labels=tuple(labels))
    family.add_metric(tuple(labels.values()), value)
    return family


def _family(metric: Metric, totals: Totals) -> Family:
    if isinstance(metric, Histogram):
        return _histogram(metric, totals)
    kind = GaugeMetricFamily if isinstance(metric, Gauge) else CounterMetricFamily
    family = kind(metric.name, metric.text, labels=metric.labels)
    for row in metric.all_rows:
        value = totals.number(metric, row)
        if value or row in metric.rows:  # zeros too: the first of anything must show as an increase
            family.add_metric(row, value)
    return family


def _histogram(metric: Histogram, totals: Totals) -> Family:
    family = HistogramMetricFamily(metric.name, metric.text, labels=metric.labels)
    names = [*(str(bound) for bound in metric.bounds), "+Inf"]
    for row in metric.all_rows:
        *counts, seconds = totals.numbers(metric, row)
        if any(counts):
            family.add_metric(row, list(zip(names, accumulate(counts), strict=True)), seconds)
    return family


def _backlog(backlog: Backlog) -> Iterator[Family]:
    jobs = GaugeMetricFamily("widget_jobs", "Jobs that are not done, by kind.", labels=["kind"])
    for kind, number in backlog.jobs.items():
        jobs.add_metric([kind], number)
    yield jobs
    yield _plain("widget_jobs_oldest_due_seconds", "Age of the job that is due longest.", backlog.oldest_due_seconds)
    yield _plain("widget_checkouts_open", "Opened checkouts without a return.", backlog.checkouts_open)
    yield _plain("widget_deliveries_waiting", "Messages the merchant has not taken.", backlog.deliveries_waiting)
    yield _plain("widget_deliveries_oldest_seconds", "Age of the oldest of them.", backlog.oldest_delivery_seconds)
    yield _plain("widget_deliveries_parked", "Messages given up after three days.", backlog.deliveries_parked)
