"""Tells the doctor alone which client its request was counted for."""

from __future__ import annotations

from collections.abc import Callable

from flask import Request, Response

from widget_server.web.middleware.client_address import client_of
from widget_server.web.middleware.pipeline import Step

QUESTION, ANSWER = "X-Widget-Doctor", "X-Counted-Client"


def counted_client(is_doctor: Callable[[str], bool], trusted_proxies: int) -> Step:
    def name_client(request: Request, response: Response, _seconds: float) -> None:
        proof = request.environ.get("HTTP_X_WIDGET_DOCTOR")
        if proof is not None and is_doctor(proof):
            response.headers[ANSWER] = client_of(request, trusted_proxies)

    return name_client
