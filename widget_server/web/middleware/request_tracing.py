"""One span for each request: method, route, status and request id. No header is read, also not
`traceparent`: any client could write it. No query, address, path value or body."""

from __future__ import annotations

from contextlib import ExitStack

from flask import Flask, Request

from widget_server.logs import request_id
from widget_server.services.ports import Tracer
from widget_server.web.middleware.pipeline import Check, Headers, current_request

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_END, _SET_ATTRIBUTE = "widget_server.trace_end", "widget_server.set_attribute"


def begin_span(tracer: Tracer) -> Check:
    """Before the other checks, so that what they reject shows, too."""

    def begin(request: Request) -> None:
        route = request.url_rule.rule if request.url_rule else "-"
        method = request.method if request.method in _METHODS else "_OTHER"
        request.environ[_END] = end = ExitStack()
        request.environ[_SET_ATTRIBUTE] = set_attribute = end.enter_context(tracer.span(f"{method} {route}"))
        set_attribute("http.request.method", method)
        set_attribute("http.route", route)

    return begin


def note_status(request: Request, status: int, _headers: Headers, _seconds: float) -> None:
    if set_attribute := request.environ.get(_SET_ATTRIBUTE):
        set_attribute("http.response.status_code", status)
        set_attribute("widget.request_id", request_id.get())


def end_spans(app: Flask) -> None:
    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        request = current_request()
        if stack := request.environ.pop(_END, None):
            stack.close()
