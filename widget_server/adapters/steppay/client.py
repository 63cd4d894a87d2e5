"""Ask StepPay about one order: the order API, then the receipt API, within one time budget."""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable, Mapping
from urllib.parse import quote

from widget_server import errors
from widget_server.adapters.steppay import responses
from widget_server.adapters.steppay.deadline import Deadline
from widget_server.adapters.steppay.transport import (
    DeadlineExceeded,
    IncompleteResponse,
    RawResponse,
    Transport,
    Unreachable,
    request_headers,
)
from widget_server.domain.model import ID_KEY, ORDER_CODE

log = logging.getLogger("widget_server.steppay")

RETRY_PAUSE_SECONDS = (0.1, 0.4)
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")


class StepPayClient:
    """Implements `ports.StepPay`. `jitter(low, high)` gives the seconds to `sleep` before the one retry."""

    def __init__(
        self,
        transport: Transport,
        *,
        secret_token: str,
        api_url: str,
        budget_seconds: float = 8.0,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[float, float], float] = random.uniform,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not _TOKEN.fullmatch(secret_token):  # the HTTP library would refuse it too, but quote it
            raise ValueError("secret_token must be printable ASCII without spaces")
        self._transport = transport
        self._headers = request_headers({"Secret-Token": secret_token})
        self._api_url = api_url.rstrip("/")
        self._budget_seconds = budget_seconds
        self._clock = clock
        self._jitter = jitter
        self._sleep = sleep

    def __repr__(self) -> str:
        return f"StepPayClient(api_url={self._api_url!r}, secret_token='***')"

    def open_exchange(self) -> StepPayExchange:
        return StepPayExchange(self, Deadline(self._clock() + self._budget_seconds, self._clock))

    def fetch(self, path: str, deadline: Deadline) -> RawResponse:
        """One GET, repeated once after a 5xx answer or a failed connection: more multiplies an outage."""
        pause = self._jitter(*RETRY_PAUSE_SECONDS)
        try:
            answer = self._get(path, deadline)
            if answer.status < 500 or pause >= deadline.seconds_left():
                return answer
        except Unreachable:
            if pause >= deadline.seconds_left():
                raise
        self._sleep(pause)
        return self._get(path, deadline)

    def _get(self, path: str, deadline: Deadline) -> RawResponse:
        return self._transport.get(self._api_url + path, self._headers, deadline)


class StepPayExchange:
    """Implements `ports.Exchange`: the calls of one verification, for one thread."""

    def __init__(self, client: StepPayClient, deadline: Deadline) -> None:
        self._client = client
        self._deadline = deadline
        self._order_code = "-"

    def get_order(self, order_code: str) -> Mapping[str, object]:
        """Raises `ValueError` for a code StepPay cannot have given out; the rest is in `ports.Exchange`."""
        if not ORDER_CODE.fullmatch(order_code):
            raise ValueError("not an order code")
        self._order_code = order_code
        order = self._ask("get_order", f"/api/v1/orders/{quote(order_code, safe='')}")
        if order is None:
            raise errors.OrderNotFound("StepPay knows no such order")
        return order

    def get_order_by_number(self, order_id: int) -> Mapping[str, object] | None:
        """None for 404. StepPay's order API takes the number in the place of the code."""
        return self._ask("get_order_by_number", f"/api/v1/orders/{order_id:d}")

    def find_receipt(self, id_key: str) -> Mapping[str, object] | None:
        """Raises `ValueError` for a key of another shape; the rest is in `ports.Exchange`."""
        if not ID_KEY.fullmatch(id_key):
            raise ValueError("not a receipt key")
        return self._ask("find_receipt", f"/api/payment/receipt/{quote(id_key, safe='')}")

    def _ask(self, call: str, path: str) -> Mapping[str, object] | None:
        """None for 404. Every fault leaves exactly one log line, without path, body or token."""
        status = 0
        try:
            answer = self._client.fetch(path, self._deadline)
            status = answer.status
            return None if status == 404 else responses.json_object(answer)
        except errors.UpstreamError as error:
            fault = error
        except DeadlineExceeded:
            fault = errors.UpstreamTimeout("StepPay did not answer in time")
        except Unreachable as error:
            fault = _UNREACHABLE.get(str(error), errors.UpstreamUnavailable)("StepPay could not be asked")
        except IncompleteResponse:
            fault = errors.UpstreamBadResponse("StepPay's answer is incomplete or too large")
        self._log(call, status, fault)
        raise fault

    def _log(self, call: str, status: int, fault: errors.UpstreamError) -> None:
        facts = (call, status, self._order_code)
        hint = _HINTS.get(type(fault))
        if hint is not None:
            code = getattr(fault, "log_code", fault.code)
            log.error(f"{code} call=%s status=%d order=%s hint={hint}", *facts)
        else:
            log.warning(f"{fault.code} call=%s status=%d order=%s", *facts)


_UNREACHABLE: Mapping[str, type[errors.UpstreamError]] = {
    "certificate": errors.UpstreamCertificate,
    "no_address": errors.UpstreamNoAddress,
    "proxy": errors.UpstreamProxy,
}
_HINTS: Mapping[type[errors.UpstreamError], str] = {
    errors.UpstreamAuthError: "check_the_secret_token",
    errors.UpstreamCertificate: "a_private_authority_goes_into_WIDGET_CA_FILE",
    errors.UpstreamNoAddress: "check_the_name_servers_of_this_machine",
    errors.UpstreamProxy: "check_WIDGET_EGRESS_PROXY",
}
