"""The metrics of requests. The job worker shares their file (`metrics/layout.py`), and loads no Flask for it."""

from itertools import product

from widget_server.domain.rate_limit import RateLimitBucket
from widget_server.services.metrics import Counter, Histogram, Metric
from widget_server.web.problem_codes import all_codes
from widget_server.web.route_table import ROUTES

NO_ROUTE = "-"
"""No such address, or not this method: the client chose those words."""
_ROUTES = (*ROUTES, NO_ROUTE)
REQUESTS = Counter(
    "widget_http_requests_total",
    "Answered requests, by route and class of status.",
    ("route", "status"),
    tuple(product(_ROUTES, ("2xx", "3xx", "4xx", "5xx"))),
)
REQUEST_SECONDS = Histogram(
    "widget_http_request_seconds",
    "Time from a request's head to its answer's.",
    ("route",),
    tuple((route,) for route in _ROUTES),
    bounds=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
PROBLEMS = Counter(
    "widget_http_problems_total",
    "Answers that are problem documents, by code.",
    ("code",),
    tuple((code,) for code in all_codes()),
)
RATE_LIMITED = Counter(
    "widget_rate_limited_total",
    "Requests beyond a client's budget.",
    ("budget",),
    tuple((budget.value,) for budget in RateLimitBucket if budget is not RateLimitBucket.FREE),
)
_OUTCOMES = (
    *("stored", "known", "ignored", "invalid_signature", "signature_expired", "webhooks_disabled", "invalid_json"),
    *("too_large", "rate_limited", "overloaded", "storage_unavailable"),
)
WEBHOOKS = Counter(
    "widget_webhooks_total",
    "Events at the webhook routes, by what became of them.",
    ("kind", "outcome"),
    tuple(product(("signed", "unsigned"), _OUTCOMES)),
)
HTTP_METRICS: tuple[Metric, ...] = (REQUESTS, REQUEST_SECONDS, PROBLEMS, RATE_LIMITED, WEBHOOKS)
