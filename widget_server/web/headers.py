"""Headers that every answer carries."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g

from widget_server.logs import request_id

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

    @app.before_request
    def name_the_request() -> None:
        g.request_id = secrets.token_hex(8)
        request_id.set(g.request_id)

    @app.after_request
    def complete(response: Response) -> Response:
        there = {name.lower() for name, _value in response.headers}  # once; `setdefault` looks through all each time
        for name, value in always.items():
            if name.lower() not in there:
                response.headers.add(name, value)
        response.headers["X-Request-Id"] = g.get("request_id", "")
        return response

    @app.teardown_request
    def forget_the_request(_error: BaseException | None) -> None:
        request_id.set("-")  # the thread lives on
