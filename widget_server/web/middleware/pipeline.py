"""One pass before each route and one after it: what is registered here runs in this order and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter

from flask import Flask, Request, Response
from flask import request as flask_request

Check = Callable[[Request], Response | None]
"""Before the route: None lets the request pass. A response, or a raised error, ends it."""
Step = Callable[[Request, Response, float], None]
"""After the route: gets the seconds that the request took so far."""
_BEGAN = "widget_server.began"


def register_pipeline(app: Flask, checks: Sequence[Check], steps: Sequence[Step]) -> None:
    @app.before_request
    def before() -> Response | None:
        request = current_request()
        request.environ[_BEGAN] = perf_counter()
        for check in checks:
            response = check(request)
            if response is not None:
                return response
        return None

    @app.after_request
    def after(response: Response) -> Response:
        request, now = current_request(), perf_counter()
        seconds = now - request.environ.get(_BEGAN, now)
        for step in steps:
            step(request, response, seconds)
        return response


def current_request() -> Request:
    """The request of this thread. Flask's own `request` looks it up again for each attribute."""
    found: Request = flask_request._get_current_object()  # type: ignore[attr-defined]  # Flask's documented way
    return found
