"""`POST {prefix}/deliveries`: the deliveries of a server that runs elsewhere, for the shop's own handlers."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from widget_server.extension.handlers import Handlers, run_handlers
from widget_server.merchant.webhooks import ERROR_CODES, Delivery, WebhookVerificationError, verify_delivery
from widget_server.web.problems import http_problem_body

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger("widget_server.remote")

_MOST_BYTES = 1024 * 1024
_DISABLED = "This shop takes no deliveries here: it has no WIDGET_NOTIFY_SECRET."
_FAILED = "A handler of this shop failed; its log says which. The server sends the delivery again."


class DeliveriesRoute:
    """A WSGI application. Nothing that is not signed reaches a handler."""

    def __init__(self, app: Flask, handlers: Handlers, secrets: Sequence[str]) -> None:
        self._app, self._handlers, self._secrets = app, handlers, secrets

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        response = self._answer(Request(environ))
        response.headers["Cache-Control"] = "no-store"
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.path != "/":  # what is left of it below this route
            return _problem(404)
        if request.method != "POST":
            response = Response(status=204) if request.method == "OPTIONS" else _problem(405)
            response.headers["Allow"] = "OPTIONS, POST"
            return response
        if not self._secrets:
            return _problem(404, "deliveries_disabled", _DISABLED)
        return self._receive(request)

    def _receive(self, request: Request) -> Response:
        request.max_content_length = _MOST_BYTES
        try:
            delivery = self._verify(request)
        except HTTPException as error:  # too large, or cut off
            return _problem(error.code or 400)
        except WebhookVerificationError as error:
            log.warning("delivery_rejected code=%s", error.code)
            return _problem(400, error.code, f"{ERROR_CODES[error.code]}.")
        if run_handlers(self._app, self._handlers, delivery):
            return _problem(500, "handler_failed", _FAILED)
        return Response(status=204)

    def _verify(self, request: Request) -> Delivery:
        body, headers = request.get_data(cache=False), dict(request.headers)
        delivery = verify_delivery(body, headers, secrets=self._secrets, accept_test=True)
        if delivery.is_test and not self._handlers.receivers(delivery):
            raise WebhookVerificationError("test_message")
        return delivery


def _problem(status: int, code: str = "", detail: str = "") -> Response:
    body = http_problem_body(status, detail) | ({"code": code} if code else {})
    return Response(json.dumps(body) + "\n", status, content_type="application/problem+json")
