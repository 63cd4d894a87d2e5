"""Errors as pages, for the operator."""

import logging

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from widget_server.domain.model import ORDER_CODE
from widget_server.errors import WidgetServerError
from widget_server.logs import exception_summary
from widget_server.services.ports import Clock
from widget_server.web.admin.rendering import page

log = logging.getLogger("widget_server.admin")


_ORDERS = "/admin/orders/"


def register_error_pages(app: Flask, clock: Clock) -> None:
    """No handler for `Exception`, as in web/problems.py: a bug reaches the tests and the log."""

    def refuse(error: WidgetServerError) -> Response:
        response = page("error.html", clock(), error.status, code=error.code, status_code=error.status)
        if error.retry_after_seconds:
            response.headers["Retry-After"] = str(error.retry_after_seconds)
        return response

    def explain(error: HTTPException) -> Response:
        status = error.code or 500
        if status >= 500:
            cause = getattr(error, "original_exception", None)
            log.error("internal_error error=%s", exception_summary(cause) if cause else type(error).__name__)
        response = page("error.html", clock(), status, code="", status_code=status, wanted_code=_wanted_code(status))
        for name, value in error.get_headers():
            if name == "Allow":
                response.headers[name] = value
        return response

    app.register_error_handler(WidgetServerError, refuse)
    app.register_error_handler(HTTPException, explain)


def _wanted_code(status: int) -> str | None:
    """The order whose page was asked for, where nothing is recorded of it."""
    code = request.path.removeprefix(_ORDERS)
    is_order = status == 404 and request.path.startswith(_ORDERS) and ORDER_CODE.fullmatch(code)
    return code if is_order else None
