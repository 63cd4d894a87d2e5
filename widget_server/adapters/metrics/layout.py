"""Which number stands where: every series of every metric has its fixed place."""

import hashlib
from collections.abc import Sequence

from widget_server.services.metrics import Gauge, Histogram, Metric, Row


class Layout:
    """`size` numbers. Gauges stand behind `gauges_from`. `digest` names the layout: only files of the same one can be
    added up, and an upgrade may bring another."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self.metrics = tuple(sorted(metrics, key=lambda metric: isinstance(metric, Gauge)))
        self.places: dict[str, dict[Row, int]] = {}
        self.gauges_from = self.size = 0
        for metric in self.metrics:
            rows = self.places[metric.name] = {}
            for row in metric.all_rows:
                rows[row] = self.size
                self.size += width(metric)
            if not isinstance(metric, Gauge):
                self.gauges_from = self.size
        self.digest = hashlib.sha256(repr(self.metrics).encode()).hexdigest()[:12]

    def place(self, metric: Metric, row: Row) -> int:
        """That of `other` for labels that the metric does not list."""
        rows = self.places[metric.name]
        found = rows.get(row)
        return rows[metric.other] if found is None else found


def width(metric: Metric) -> int:
    """A histogram has its buckets, one more for what is beyond them, and the sum."""
    return len(metric.bounds) + 2 if isinstance(metric, Histogram) else 1
