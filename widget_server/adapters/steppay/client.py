"""One call of StepPay: its path, the one retry of a GET, and what its answer or fault is called here."""

import logging
import random
import re
import time
from collections.abc import Callable, Mapping
from urllib.parse import quote

from widget_server import errors
from widget_server.adapters.steppay.transport import (
    DeadlineExceeded,
    IncompleteResponse,
    RawResponse,
    Transport,
    TransportError,
    Unreachable,
    request_headers,
)
from widget_server.domain.model import ID_KEY, ORDER_CODE
from widget_server.domain.strict_json import NotStrictJson, loads
from widget_server.services.steppay_call import Body, Deadline, NewResource, Posting, Request

try:
    from widget_server.adapters.steppay.fast_json import read_json
except ImportError:  # msgspec is an extra
    read_json = loads

log = logging.getLogger("widget_server.steppay")

RETRY_PAUSE_SECONDS = (0.1, 0.4)
DEFAULT_RETRY_SECONDS = 10
_JSON_TYPE = re.compile(r"\s*application/([a-z0-9.-]+\+)?json\s*(;|$)", re.IGNORECASE | re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,3}")
_WITH_TOKEN = frozenset({200, 404})
"""StepPay answers a call with a wrong token by neither."""
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")
_ERROR_CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
"""Of StepPay's `ErrorResponse`, such as PRODUCT_NOT_FOUND. Its other members are text, which may name a customer."""
_PAGE_SIZE = 100
_BY_NUMBER: Mapping[str, str] = {
    "number": "/api/v1/orders",
    "customer": "/api/v1/customers",
    "subscription": "/api/v1/subscriptions",
}
_NEW: Mapping[NewResource, str] = {
    "new_customer": "/api/v1/customers",
    "new_order": "/api/v1/orders",
    "payment_method": "/api/v1/subscriptions/{}/payment-method",
}
_UNCONFIRMED: Mapping[NewResource, str] = {
    "new_customer": "StepPay did not confirm the new customer; no order was made",
    "payment_method": "StepPay did not confirm the order that changes the card: send the request again",
}
"""Of what is harmless if it was made: a customer, and an order that charges nothing and whose code no page has."""


class TokenUse:
    """What StepPay said to the Secret-Token, for a reader who takes it away."""

    __slots__ = ("accepted", "refused")

    def __init__(self) -> None:
        self.accepted = self.refused = False

    def take(self) -> tuple[bool, bool]:
        """Whether it was accepted, and refused, since the last time."""
        seen = self.accepted, self.refused
        self.accepted = self.refused = False
        return seen


class StepPayClient:
    """Implements `ports.StepPay`. `jitter(low, high)` gives the seconds to `sleep` before the one retry."""

    def __init__(
        self,
        transport: Transport,
        *,
        secret_token: str,
        api_url: str,
        jitter: Callable[[float, float], float] = random.uniform,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not _TOKEN.fullmatch(secret_token):  # the HTTP library would refuse it too, but quote it
            raise ValueError("secret_token must be printable ASCII without spaces")
        self._transport = transport
        self._headers = request_headers({"Secret-Token": secret_token})
        self._api_url = api_url.rstrip("/")
        self._jitter = jitter
        self._sleep = sleep
        self.token_use = TokenUse()

    def __repr__(self) -> str:
        return f"StepPayClient(api_url={self._api_url!r}, secret_token='***')"

    def call(self, request: Request, deadline: Deadline) -> Body | None:
        """Raises `ValueError` for a key that StepPay cannot have given out; the rest is in `ports.StepPay`. Every fault
        leaves exactly one log line, without path, body or token."""
        url, status = self._api_url + _path(request), 0
        try:
            answer = self._fetch(url, deadline)
            status = answer.status
            self.token_use.accepted |= status in _WITH_TOKEN
            return None if status == 404 else _json_object(answer)
        except errors.UpstreamError as error:
            fault = error
        except DeadlineExceeded:
            fault = errors.UpstreamTimeout("StepPay did not answer in time")
        except Unreachable as error:
            fault = _UNREACHABLE.get(str(error), errors.UpstreamUnavailable)("StepPay could not be asked")
        except IncompleteResponse:
            fault = errors.UpstreamBadResponse("StepPay's answer is incomplete or too large")
        self.token_use.refused |= isinstance(fault, errors.UpstreamAuthError)
        _log(request, status, fault)
        raise fault

    def post(self, posting: Posting, deadline: Deadline) -> Body:
        """As `ports.StepPay` says. Where it is harmless that something may have been made, trying again is right."""
        status, fault = 0, errors.WidgetServerError()
        try:
            answer = self._transport.post(self._api_url + _new_path(posting), self._headers, posting, deadline)
            status = answer.status
            return _made(answer)
        except (errors.UpstreamError, errors.OrderRefused) as error:
            fault = error
        except Unreachable as error:
            fault = _UNREACHABLE.get(str(error), errors.UpstreamUnavailable)("StepPay could not be asked")
        except TransportError:
            fault = errors.OrderOutcomeUnknown()
        if isinstance(fault, errors.OrderOutcomeUnknown) and posting.resource in _UNCONFIRMED:
            fault = errors.UpstreamUnavailable(_UNCONFIRMED[posting.resource])
        self.token_use.refused |= isinstance(fault, errors.UpstreamAuthError)
        _log(posting, status, fault)
        raise fault

    def _fetch(self, url: str, deadline: Deadline) -> RawResponse:
        """One GET, repeated once after a 5xx answer or a failed connection: more multiplies an outage."""
        try:
            answer = self._transport.get(url, self._headers, deadline)
            if answer.status < 500 or not self._waits(deadline):
                return answer
        except Unreachable:
            if not self._waits(deadline):
                raise
        return self._transport.get(url, self._headers, deadline)

    def _waits(self, deadline: Deadline) -> bool:
        """Whether there was time for the pause before another try."""
        pause = self._jitter(*RETRY_PAUSE_SECONDS)
        if pause >= deadline.seconds_left():
            return False
        self._sleep(pause)
        return True


def _path(request: Request) -> str:
    """The patterns leave nothing to quote but in a search, whose text is a caller's."""
    if request.resource == "receipt":
        if not ID_KEY.fullmatch(request.key):
            raise ValueError("not a receipt key")
        return f"/api/payment/receipt/{request.key}"
    if request.resource in _BY_NUMBER:
        return f"{_BY_NUMBER[request.resource]}/{int(request.key)}"
    if request.resource == "customers":
        return f"/api/v1/customers?keyword={quote(request.key, safe='')}&size={_PAGE_SIZE}"
    if request.resource == "orders":  # by the time of creation, the newest first: both are StepPay's defaults
        return f"/api/v1/orders?size={_PAGE_SIZE}"
    if not ORDER_CODE.fullmatch(request.order_code):
        raise ValueError("not an order code")
    return f"/api/v1/orders/{request.order_code}"


def _new_path(posting: Posting) -> str:
    path = _NEW[posting.resource]
    return path.format(int(posting.key)) if posting.key else path


def _json_object(answer: RawResponse) -> Mapping[str, object]:
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


def _made(answer: RawResponse) -> Mapping[str, object]:
    """StepPay's guide has status 200, its specification 201. Only a status that refuses says that nothing was made."""
    if answer.status in (200, 201):
        value = _read_object(answer.body)
        if value is None:
            raise errors.OrderOutcomeUnknown
        return value
    if answer.status in (401, 403, 429):
        raise _fault_of_status(answer)
    if 400 <= answer.status < 500 and answer.status != 408:
        code = (_read_object(answer.body) or {}).get("errorCode")
        named = f" {code}" if isinstance(code, str) and _ERROR_CODE.fullmatch(code) else ""
        raise errors.OrderRefused(f"StepPay refuses it with status {answer.status}{named}; nothing was made")
    raise errors.OrderOutcomeUnknown


def _read_object(body: bytes) -> Mapping[str, object] | None:
    try:
        value = read_json(body)
    except NotStrictJson:
        return None
    return value if isinstance(value, dict) else None


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


def _log(request: Request | Posting, status: int, fault: errors.WidgetServerError) -> None:
    facts = (request.resource, status, request.order_code)
    hint = _HINTS.get(type(fault))
    if hint is not None:
        log.error(f"{fault.log_code} call=%s status=%d order=%s hint={hint}", *facts)
    else:
        log.warning(f"{fault.code} call=%s status=%d order=%s", *facts)


_UNREACHABLE: Mapping[str, type[errors.UpstreamError]] = {
    "certificate": errors.UpstreamCertificate,
    "no_address": errors.UpstreamNoAddress,
    "proxy": errors.UpstreamProxy,
}
_HINTS: Mapping[type[errors.WidgetServerError], str] = {
    errors.OrderOutcomeUnknown: "the_order_may_exist_at_StepPay",
    errors.UpstreamAuthError: "check_the_secret_token",
    errors.UpstreamCertificate: "a_private_authority_goes_into_WIDGET_CA_FILE",
    errors.UpstreamNoAddress: "check_the_name_servers_of_this_machine",
    errors.UpstreamProxy: "check_WIDGET_EGRESS_PROXY",
}
