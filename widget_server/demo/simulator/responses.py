"""Answers every part of the simulator gives: StepPay's error body, canned answers, request reading."""

import uuid
from typing import Any

from flask import Response, jsonify, request


class Problem(Exception):
    """Answer this request with StepPay's ErrorResponse."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def error_answer(status: int, code: str, message: str) -> Response:
    """ErrorResponse as the specification names its fields."""
    body = {"traceId": uuid.uuid4().hex[:16], "errorCode": code, "errorMessage": message, "details": {}}
    return json_answer(body, status)


def json_answer(body: Any, status: int = 200) -> Response:
    answer = jsonify(body)
    answer.status_code = status
    return answer


def canned_answer(value: Any) -> Response | None:
    """A whole answer set through the control API, or None when `value` is not one.

    An int is a status with ErrorResponse, "error" is 500, and
    {"raw": text, "status"?: int, "contentType"?: str} is served byte for byte.
    """
    if value == "error":
        return error_answer(500, "INTERNAL_SERVER_ERROR", "simulated failure")
    if isinstance(value, int):
        return error_answer(value, "SIMULATED", f"simulated status {value}")
    if isinstance(value, dict) and "raw" in value:
        kind = value.get("contentType", "application/json")
        return Response(value["raw"], status=value.get("status", 200), content_type=kind)
    return None


def page_context() -> dict[str, object]:
    """For every template: the language (the address's, the browser's, or Korean), and `t` that chooses a text."""
    given = request.values.get("lang")
    lang = given if given in ("ko", "en") else request.accept_languages.best_match(("ko", "en"), "ko")
    return {"lang": lang, "t": lambda korean, english: english if lang == "en" else korean}


def json_object() -> dict[str, Any]:
    """The request's JSON object. Raises Problem 400."""
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise Problem(400, "BAD_REQUEST", "a JSON object is expected")
    return body


def require(condition: object, message: str) -> None:
    """Raises Problem 400 with `message` unless `condition` holds."""
    if not condition:
        raise Problem(400, "INVALID_PARAMETER", message)
