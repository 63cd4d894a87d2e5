"""One line for each answered request: method, route, status and time taken. Never the query string, an address or a
header of the visitor, nor the path of an unknown address: those are the visitor's own words."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import perf_counter

from flask import Flask, Response, g

from widget_server.domain.model import ORDER_CODE
from widget_server.web.current import current_request

log = logging.getLogger("widget_server.access")

_PROBES = ("/healthz", "/readyz", "/metrics")
"""Asked every few seconds by machines: for them only at DEBUG, or nobody would find the rest."""


def register_access_log(app: Flask, seconds: Callable[[], float] = perf_counter) -> None:
    @app.before_request
    def begin() -> None:
        g.began_at = seconds()

    @app.after_request
    def note(response: Response) -> Response:
        request = current_request()
        rule, named = request.url_rule, request.view_args
        route = rule.rule if rule else "-"
        order = str(named.get("order_code", "")) if named else ""
        taken_ms = round((seconds() - g.get("began_at", seconds())) * 1000)
        level = logging.DEBUG if route in _PROBES else logging.INFO
        log.log(
            level,
            "request method=%s route=%s order=%s status=%d duration_ms=%d",
            *(request.method, route, order if ORDER_CODE.fullmatch(order) else "-", response.status_code, taken_ms),
        )
        return response
