"""Counts requests: route, status, time, and what was rejected."""

from __future__ import annotations

from flask import Request

from widget_server.services.metrics import OTHER
from widget_server.services.ports import Metrics
from widget_server.web.http_metrics import NO_ROUTE, PROBLEMS, RATE_LIMITED, REQUEST_SECONDS, REQUESTS, WEBHOOKS
from widget_server.web.middleware.guard import REJECTED_BUDGET
from widget_server.web.middleware.pipeline import OUTCOME, Headers, Step

_WEBHOOK_KINDS = {"webhooks.receive_signed": "signed", "webhooks.receive_unsigned": "unsigned"}


def request_counter(metrics: Metrics) -> Step:
    def count(request: Request, status: int, _headers: Headers, seconds: float) -> None:
        rule, outcome = request.url_rule, request.environ.get(OUTCOME)
        route = rule.rule if rule else NO_ROUTE
        metrics.count(REQUESTS, route, f"{status // 100}xx")
        metrics.observe(REQUEST_SECONDS, seconds, route)
        if status >= 400 and outcome:
            metrics.count(PROBLEMS, outcome)
        if status == 429:
            metrics.count(RATE_LIMITED, request.environ.get(REJECTED_BUDGET, OTHER))
        kind = _WEBHOOK_KINDS.get(rule.endpoint) if rule else None
        if kind:
            metrics.count(WEBHOOKS, kind, outcome or OTHER)

    return count
