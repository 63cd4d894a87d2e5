"""What StepPay's HTTP answers mean: a JSON object, a missing thing, or one of our upstream errors."""

from __future__ import annotations

import re
from collections.abc import Mapping

from widget_server import errors
from widget_server.adapters.steppay.transport import RawResponse
from widget_server.domain.strict_json import NotStrictJson, loads

try:
    from widget_server.adapters.steppay.fast_json import read_json
except ImportError:  # msgspec is an extra
    read_json = loads

DEFAULT_RETRY_SECONDS = 10
_JSON_TYPE = re.compile(r"\s*application/([a-z0-9.-]+\+)?json\s*(;|$)", re.IGNORECASE | re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,3}")


def json_object(answer: RawResponse) -> Mapping[str, object]:
    """The body of a 200 answer; any other status raises the `errors.UpstreamError` that stands for it."""
    if answer.status != 200:
        raise _fault_of_status(answer)
    if not _JSON_TYPE.match(answer.headers.get("content-type", "")):
        raise errors.UpstreamBadResponse("StepPay's answer is not JSON")
    try:
        value = read_json(answer.body)
    except NotStrictJson:
        value = None  # raised from here, our error would carry the whole body along as its context
    if not isinstance(value, dict):
        raise errors.UpstreamBadResponse("StepPay's answer is not a valid JSON object")
    return value


def _fault_of_status(answer: RawResponse) -> errors.UpstreamError:
    if answer.status in (401, 403):
        return errors.UpstreamAuthError("StepPay could not be asked")
    if answer.status == 429:
        return errors.UpstreamRateLimited("StepPay asks to wait", retry_after_seconds=_retry_after(answer))
    if answer.status >= 500:
        return errors.UpstreamUnavailable("StepPay could not be asked")
    return errors.UpstreamBadResponse("StepPay's answer has an unexpected status")


def _retry_after(answer: RawResponse) -> int:
    """Seconds from 1 to 300. A date (also allowed: RFC 9110, 10.2.3) is not worth a second clock."""
    text = answer.headers.get("retry-after", "").strip()
    seconds = int(text) if _SECONDS.fullmatch(text) else 0
    return seconds if 1 <= seconds <= 300 else DEFAULT_RETRY_SECONDS
