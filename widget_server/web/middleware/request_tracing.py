"""One span for each request: method, route, status and request id. No header is read, also not
`traceparent`: any client could write it. No query, address, path value or body."""

from __future__ import annotations

from contextlib import ExitStack

from flask import Flask, Response, g, request

from widget_server.logs import request_id
from widget_server.services.ports import Tracer

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def register_traces(app: Flask, tracer: Tracer) -> None:
    """Register it before the guards, so that what they refuse shows, too."""

    @app.before_request
    def begin() -> None:
        route = request.url_rule.rule if request.url_rule else "-"
        method = request.method if request.method in _METHODS else "_OTHER"
        g.trace_end = ExitStack()
        g.set_attribute = set_attribute = g.trace_end.enter_context(tracer.span(f"{method} {route}"))
        set_attribute("http.request.method", method)
        set_attribute("http.route", route)

    @app.after_request
    def note(response: Response) -> Response:
        if set_attribute := g.get("set_attribute"):
            set_attribute("http.response.status_code", response.status_code)
            set_attribute("widget.request_id", request_id.get())
        return response

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        if "trace_end" in g:
            g.pop("trace_end").close()
