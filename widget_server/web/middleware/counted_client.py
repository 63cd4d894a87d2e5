"""Tells the doctor alone which client its request was counted for."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response

from widget_server.web.current import current_request
from widget_server.web.middleware.client_address import client_of

QUESTION, ANSWER = "X-Widget-Doctor", "X-Counted-Client"


def register_counted_client(app: Flask, is_doctor: Callable[[str], bool], trusted_proxies: int) -> None:
    @app.after_request
    def tell_the_doctor(response: Response) -> Response:
        request = current_request()
        proof = request.environ.get("HTTP_X_WIDGET_DOCTOR")
        if proof is not None and is_doctor(proof):
            response.headers[ANSWER] = client_of(request, trusted_proxies)
        return response
