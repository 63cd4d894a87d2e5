"""What operators count: the kinds of metrics, and those of StepPay, verdicts and deliveries.

Each metric lists every label value that it can have. So no metric grows without bound, and what a client or StepPay
sent cannot become a label: it is not in the list and counts as `other` (docs/decisions/0028).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from widget_server import errors
from widget_server.domain.order_record import Cause
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.domain.verdict_reasons import REASONS
from widget_server.services.upstream_stats import Snapshot

OTHER = "other"
Row = tuple[str, ...]


@dataclass(frozen=True)
class Metric:
    """`rows` are all combinations of label values, in the order of `labels`; `other` is added to them."""

    name: str
    text: str
    labels: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ((),)

    @property
    def all_rows(self) -> tuple[Row, ...]:
        return (*self.rows, self.other) if self.labels else self.rows

    @property
    def other(self) -> Row:
        return (OTHER,) * len(self.labels)


class Counter(Metric):
    """Only grows. Its name ends with `_total`."""


class Gauge(Metric):
    """What is so just now in one process; that of a dead process counts nothing."""


@dataclass(frozen=True)
class Histogram(Metric):
    """`bounds`: upper ends of the buckets in seconds, ascending."""

    bounds: tuple[float, ...] = ()


CALLS = (
    *("order", "receipt", "number", "customer", "customers", "subscription", "orders"),
    *("new_customer", "new_order", "payment_method"),
)
"""What is read of StepPay (`number`: an order by its number, as unsigned events need it), and what is made there."""
BREAKER_STATES = ("closed", "half-open", "open")
_NO_ANSWER = (
    *(errors.UpstreamUnavailable, errors.UpstreamTimeout, errors.UpstreamRateLimited, errors.UpstreamBadResponse),
    *(errors.Overloaded, errors.OrderNotFound, errors.StorageError),
)
_FOR_OPERATORS = (errors.UpstreamAuthError, errors.UpstreamCertificate, errors.UpstreamNoAddress, errors.UpstreamProxy)
REASONS_BY_KIND: Mapping[VerdictKind, tuple[str, ...]] = {
    kind: tuple(reason for reason, facts in REASONS.items() if facts.kind is kind)
    + (tuple(error.code for error in _NO_ANSWER) if kind is VerdictKind.UNKNOWN else ())
    for kind in VerdictKind
}
"""The reasons that a verdict of each kind can have."""
VERDICTS = Counter(
    "widget_verdicts_total",
    "Verdicts, by kind, reason and cause. Unknown includes verifications that failed, by error code.",
    ("kind", "reason", "cause"),
    tuple(
        (kind.value, reason, cause)
        for kind, reasons in REASONS_BY_KIND.items()
        for reason in reasons
        for cause in Cause
    ),
)
UPSTREAM_SECONDS = Histogram(
    "widget_upstream_seconds",
    "Time of one call to StepPay, with its one retry.",
    ("call",),
    tuple((call,) for call in CALLS),
    bounds=(0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 3.0, 5.0, 8.0),
)
UPSTREAM_FAULTS = Counter(
    "widget_upstream_errors_total",
    "Calls to StepPay without a usable response, by error code.",
    ("call", "error"),
    tuple(product(CALLS, (*(error.code for error in _NO_ANSWER[:4]), *(error.log_code for error in _FOR_OPERATORS)))),
)
UPSTREAM_IN_FLIGHT = Gauge("widget_upstream_in_flight", "Calls to StepPay in flight.")
UPSTREAM_WAITING = Gauge("widget_upstream_queued", "Callers who wait for StepPay, those of shared calls included.")
UPSTREAM_REFUSED = Counter("widget_upstream_rejected_total", "Callers rejected because the bulkhead was full.")
BREAKER = Gauge(
    "widget_breaker_processes",
    "Processes by the state of their circuit breaker. Open: no calls to StepPay.",
    ("state",),
    tuple((state,) for state in BREAKER_STATES),
)
DELIVERY_ATTEMPTS = Counter(
    "widget_webhook_attempts_total",
    "Delivery attempts of webhooks, by what follows and by the response of the merchant backend.",
    ("result", "response"),
    tuple(
        product(
            ("delivered", "retry", "parked"),
            (
                *("2xx", "3xx", "4xx", "5xx", "timeout", "unreachable", "forbidden_address"),
                *("certificate", "no_address", "proxy"),
            ),
        )
    ),
)
UPSTREAM_METRICS: tuple[Metric, ...] = (
    *(VERDICTS, UPSTREAM_SECONDS, UPSTREAM_FAULTS, UPSTREAM_IN_FLIGHT, UPSTREAM_WAITING, UPSTREAM_REFUSED),
    *(BREAKER, DELIVERY_ATTEMPTS),
)


class NullMetrics:
    """`ports.Metrics` without metrics."""

    def count(self, metric: Counter, *labels: str) -> None:
        """Nothing."""

    def observe(self, metric: Histogram, seconds: float, *labels: str) -> None:
        """Nothing."""

    def add(self, metric: Gauge, change: int, *labels: str) -> None:
        """Nothing."""

    def set(self, metric: Gauge, value: int, *labels: str) -> None:
        """Nothing."""

    def snapshot(self) -> Snapshot | None:
        return None
