"""Errors as RFC 9457 problem documents: a stable `code` for programs, a sentence for people, no internals."""

import logging
from collections.abc import Mapping
from typing import cast

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.http import HTTP_STATUS_CODES

from widget_server.errors import (
    ExpectationUnavailable,
    InvalidRequest,
    OrderNotFound,
    RateLimited,
    Unauthorized,
    UpstreamError,
    WebhookNotSigned,
    WidgetServerError,
)
from widget_server.logs import exception_summary, request_id
from widget_server.web.middleware.pipeline import OUTCOME
from widget_server.web.problem_codes import HTTP_CODES, OTHER_CODE

log = logging.getLogger("widget_server.web")

UPSTREAM_RETRY_SECONDS = 3
_SENTENCES = {
    "invalid_request": "Some members of the body are wrong; `errors` says which and why.",
    "origin_not_allowed": "This page's origin is not in WIDGET_ALLOWED_ORIGINS of the widget server.",
    "unauthorized": "Send `Authorization: Bearer` with the server's WIDGET_API_KEY (/metrics: its WIDGET_METRICS_KEY).",
    "browser_not_allowed": "Only the merchant's backend may call this, never a page: its visitors could read the key.",
    "merchant_api_disabled": "The routes of the merchant's backend are off: this server has no WIDGET_API_KEY.",
    "metrics_disabled": "Metrics are off: this server has no WIDGET_METRICS_KEY.",
    "expectation_settled": "A final verdict was given under the expectation of this order, so it cannot change.",
    "webhooks_disabled": "Webhooks of this kind are off.",
    "invalid_signature": "The signature is missing or wrong.",
    "signature_expired": "The signature is older than five minutes, or from the future.",
    "checkout_not_found": "No checkout was opened under this id, or it is too old.",
    "subscription_not_found": "No subscription with this number is known.",
    "offer_not_found": "No offer with this name is in the server's offers file.",
    "offer_changed": "StepPay's price is not the one of this offer. Nothing is charged; the operator must correct it.",
    "order_not_found": "No order with this code is known.",
    "storage_unavailable": "The server's database does not answer. This says nothing about a payment; try again.",
    "upstream_unavailable": "StepPay cannot be reached just now. This says nothing about the payment; ask again.",
    "upstream_timeout": "StepPay did not answer in time. This says nothing about the payment; ask again.",
    "upstream_rate_limited": "StepPay asks us to wait. This says nothing about the payment; ask again.",
    "upstream_bad_response": "StepPay's answer cannot be used. This says nothing about the payment; ask again.",
    "rate_limited": "Too many requests from this address. This says nothing about the payment; ask again later.",
    "overloaded": "The server is busy just now. This says nothing about the payment; ask again.",
    "internal_error": "Something broke in the server. The operator finds it in the log under `requestId`.",
}


def sentences() -> dict[str, str]:
    """The `detail` of each code whose text is fixed."""
    return dict(_SENTENCES)


def register_problems(app: Flask) -> None:
    """One handler for our errors, one for werkzeug's. None for `Exception`: a bug must still reach the tests
    and the log."""
    app.register_error_handler(WidgetServerError, problem_for)
    app.register_error_handler(HTTPException, problem_for_http)


def problem_for(error: WidgetServerError) -> Response:
    response = _respond(problem_body(error))
    if error.retryable:
        response.headers["Retry-After"] = str(_retry_seconds(error))
    if isinstance(error, Unauthorized):
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, WebhookNotSigned):
        response.headers["WWW-Authenticate"] = "Steppay-Signature"  # RFC 9110, 15.5.2: every 401 names a scheme
    return response


def problem_body(error: WidgetServerError) -> dict[str, object]:
    """The members of the problem document. The OpenAPI document makes its examples with it, so they cannot drift."""
    members: dict[str, object] = {}
    if isinstance(error, InvalidRequest):
        members["errors"] = error.errors
    if isinstance(error, (UpstreamError, OrderNotFound, ExpectationUnavailable, RateLimited)):
        members |= unknown_verdict(error)
    return _body(error.status, error.code, _SENTENCES.get(error.code) or error.detail, members)


def internal_error_body(name: str) -> dict[str, object]:
    """`name`: the request's, as its line in the log has it."""
    members = {"requestId": name, "verdict": "unknown", "fulfill": False, "final": False}
    return _body(500, "internal_error", _SENTENCES["internal_error"], members)


def http_problem_body(status: int, detail: str = "") -> dict[str, object]:
    """What werkzeug refuses before any route of ours is asked."""
    return _body(status, HTTP_CODES.get(status, OTHER_CODE), detail, {})


def unknown_verdict(error: WidgetServerError) -> dict[str, object]:
    """An error about a payment is never a failed payment."""
    return {
        "verdict": "unknown",
        "reason": error.code,
        "fulfill": False,
        "final": False,
        "retryAfter": _retry_seconds(error),
    }


def _retry_seconds(error: WidgetServerError) -> int:
    return error.retry_after_seconds or UPSTREAM_RETRY_SECONDS


def problem_for_http(error: HTTPException) -> Response:
    status = error.code or 500
    if status >= 500:
        cause = getattr(error, "original_exception", None)
        log.error("internal_error error=%s", exception_summary(cause) if cause else type(error).__name__)
        return _respond(internal_error_body(request_id.get()))
    detail = "The body is too large." if isinstance(error, RequestEntityTooLarge) else ""
    response = _respond(http_problem_body(status, detail))
    for name, value in error.get_response(request.environ).headers:
        if name in ("Allow", "Location"):
            response.headers[name] = value
    return response


def _body(status: int, code: str, detail: str, members: Mapping[str, object]) -> dict[str, object]:
    title = HTTP_STATUS_CODES.get(status, "Error")
    body = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail or title + "."}
    return {**body, **members}


def _respond(body: dict[str, object]) -> Response:
    response = jsonify(body)
    response.status_code = cast(int, body["status"])
    response.mimetype = "application/problem+json"
    request.environ[OUTCOME] = body["code"]
    return response
