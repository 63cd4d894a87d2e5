"""Around each request: its name and its client before it, and after it the headers that every answer carries, then the
steps. What is registered here runs in this order and nowhere else."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Request, Response
from flask import request as flask_request

from widget_server.domain.model import ORDER_CODE
from widget_server.logs import request_id
from widget_server.web.middleware.client_address import CLIENT, COUNTED_CLIENT, client_key

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("widget_server.access")

Headers = list[tuple[str, str]]
Check = Callable[[Request], Response | None]
"""Before the route (`flask_app.py`): None lets the request pass. A response, or a raised error, ends it."""
Step = Callable[[Request, int, Headers, float], None]
"""After it: gets the status, the headers as they leave, and the seconds that the request took so far."""
OUTCOME = "widget_server.outcome"
"""Where a request's environment keeps one word on what became of it: a problem's code, the status of an event."""
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""Strict defaults; a route that needs something else sets it itself and keeps it. Never `Cross-Origin-Opener-Policy`:
the return page must find the window that opened it (docs/decisions/0014)."""
_HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}
"""A year, this host alone: the domain's other hosts are the merchant's business. Below a path the host is, too: this
header would replace the one that the shop sends, with its `includeSubDomains` (RFC 6797, 8.1)."""
_PROBES = ("/healthz", "/readyz", "/metrics")
"""Machines request these every few seconds: at DEBUG, so that they do not hide the rest."""

current_request: Callable[[], Request] = flask_request._get_current_object  # type: ignore[attr-defined]  # Flask's documented way
"""The request of this thread. Flask's own `request` looks it up again for each attribute."""


class Pipeline:
    """Wraps Flask's WSGI application (docs/decisions/0036). `trusted_proxies`: `client_address.py`."""

    def __init__(self, app: WSGIApplication, public_url: str, trusted_proxies: int, steps: Sequence[Step]) -> None:
        self._app, self._trusted_proxies, self._steps = app, trusted_proxies, steps
        own_host = public_url.startswith("https://") and not urlsplit(public_url).path
        always = _ALWAYS | (_HTTPS_ONLY if own_host else {})
        self._always = [(name.lower(), (name, value)) for name, value in always.items()]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        name, began = os.urandom(8).hex(), perf_counter()
        forwarded_for = environ.get("HTTP_X_FORWARDED_FOR", "")
        environ[CLIENT] = client_key(environ.get("REMOTE_ADDR"), forwarded_for, self._trusted_proxies)

        def start(status: str, headers: Headers, *error: Any) -> Callable[[bytes], object]:
            there = {header[0].lower() for header in headers}
            headers = [*headers, *[header for lower, header in self._always if lower not in there]]
            headers.append(("X-Request-Id", name))
            request, seconds = current_request(), perf_counter() - began
            for step in self._steps:
                step(request, int(status[:3]), headers, seconds)
            return start_response(status, headers, *error)

        before = request_id.set(name)
        try:
            return self._app(environ, start)
        finally:
            request_id.reset(before)  # the thread lives on


def log_request(request: Request, status: int, _headers: Headers, seconds: float) -> None:
    """One log line: method, route, status and time. Never the query string, an address or a header of the client, nor
    the path of an unknown address: the client chose those words."""
    rule, named = request.url_rule, request.view_args
    route = rule.rule if rule else "-"
    order = str(named.get("order_code", "")) if named else ""
    log.log(
        logging.DEBUG if route in _PROBES else logging.INFO,
        "request method=%s route=%s order=%s status=%d duration_ms=%d",
        *(request.method, route, order if ORDER_CODE.fullmatch(order) else "-"),
        *(status, round(seconds * 1000)),
    )


def counted_client(is_doctor: Callable[[str], bool]) -> Step:
    """Tells the doctor alone which client its request was counted for."""

    def name_client(request: Request, _status: int, headers: Headers, _seconds: float) -> None:
        proof = request.environ.get("HTTP_X_WIDGET_DOCTOR")
        if proof is not None and is_doctor(proof):
            headers.append((COUNTED_CLIENT, request.environ[CLIENT]))

    return name_client
