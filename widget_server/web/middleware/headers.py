"""Headers that every answer carries."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Flask

from widget_server.logs import request_id

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    Headers = list[tuple[str, str]]

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_HTTPS_ONLY = "max-age=31536000"
"""A year, this host alone: the domain's other hosts are the merchant's business."""


def register_headers(app: Flask, public_url: str) -> None:
    """Strict defaults; a route that needs something else sets it itself and keeps it.

    Never `Cross-Origin-Opener-Policy`: the return page must find the window that opened it (docs/decisions/0014).
    """
    always = _ALWAYS | ({"Strict-Transport-Security": _HTTPS_ONLY} if public_url.startswith("https://") else {})
    app.wsgi_app = RequestIdMiddleware(app.wsgi_app, always)  # type: ignore[method-assign]  # Flask's own way to put something in front


class RequestIdMiddleware:
    """Wraps `app`: names the request while it is answered, and completes what is answered (docs/decisions/0036)."""

    def __init__(self, app: WSGIApplication, always: Mapping[str, str]) -> None:
        self._app = app
        self._always = [(name.lower(), (name, value)) for name, value in always.items()]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        name = os.urandom(8).hex()

        def start(status: str, headers: Headers, *error: Any) -> Callable[[bytes], object]:
            there = {header[0].lower() for header in headers}
            missing = [header for lower, header in self._always if lower not in there]
            return start_response(status, [*headers, *missing, ("X-Request-Id", name)], *error)

        before = request_id.set(name)
        try:
            return self._app(environ, start)
        finally:
            request_id.reset(before)  # the thread lives on
