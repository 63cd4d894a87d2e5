"""One log line for each request: method, route, status and time. Never the query string, an address or a header of the
client, nor the path of an unknown address: the client chose those words."""

from __future__ import annotations

import logging

from flask import Request, Response

from widget_server.domain.model import ORDER_CODE

log = logging.getLogger("widget_server.access")

_PROBES = ("/healthz", "/readyz", "/metrics")
"""Machines request these every few seconds: at DEBUG, so that they do not hide the rest."""


def log_request(request: Request, response: Response, seconds: float) -> None:
    rule, named = request.url_rule, request.view_args
    route = rule.rule if rule else "-"
    order = str(named.get("order_code", "")) if named else ""
    log.log(
        logging.DEBUG if route in _PROBES else logging.INFO,
        "request method=%s route=%s order=%s status=%d duration_ms=%d",
        *(request.method, route, order if ORDER_CODE.fullmatch(order) else "-"),
        *(response.status_code, round(seconds * 1000)),
    )
