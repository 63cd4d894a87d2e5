"""`create_order` and `expect` of a shop whose widget server runs elsewhere: its merchant routes, by plain HTTP."""

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import requests
from urllib3.exceptions import NewConnectionError

from widget_server import errors
from widget_server.config import Secret
from widget_server.domain.parsing import exact_amount
from widget_server.domain.verdict_json import json_number
from widget_server.services.create_order import CreatedOrder

_TIMEOUT_SECONDS = (4.0, 20.0)
"""Longer than the server takes to make an order."""
_TRIES = 3
_NOT_REACHED, _NO_ANSWER = -1, 0
_LONGEST_PAUSE_SECONDS = 2.0
_UNKNOWN = "the widget server did not answer: repeat the call with the same idempotency_key"


class RemoteOrders:
    """With the WIDGET_API_KEY of the server at `url`."""

    def __init__(self, url: str, api_key: Secret | None, ca_file: str | None) -> None:
        self._url, self._key, self._ca_file = url, api_key, ca_file

    def create_order(
        self,
        *,
        customer: Mapping[str, object],
        items: Sequence[Mapping[str, object]],
        purchase_deadline: datetime | None = None,
        idempotency_key: str | None = None,
    ) -> CreatedOrder:
        """Repeated a few times under one key; without one of the caller's, under one of its own."""
        until = purchase_deadline.isoformat() if purchase_deadline else None
        members = {"customer": customer, "items": items, "purchaseDeadline": until}
        key = idempotency_key or str(uuid.uuid4())
        perhaps_made, fault = False, errors.WidgetServerError()
        for pause in (*[_LONGEST_PAUSE_SECONDS] * (_TRIES - 1), None):
            status, body = self._send("POST", "/v1/orders", members, {"Idempotency-Key": key})
            if status == requests.codes.created:
                return _created(body, purchase_deadline)
            fault = _fault_of(status, body)
            perhaps_made = perhaps_made or status == _NO_ANSWER or isinstance(fault, errors.OrderUnconfirmed)
            if pause is None or not fault.retryable:
                break
            time.sleep(min(fault.retry_after_seconds or 1, pause))
        if perhaps_made and fault.retryable:  # without a key of the caller's no later call can name it
            fault = errors.OrderUnconfirmed(_UNKNOWN) if idempotency_key else errors.OrderOutcomeUnknown()
        raise fault

    def expect(self, order_code: str, amount: int | Decimal, currency: str) -> None:
        exact = exact_amount(amount)
        members = {"amount": None if exact is None else json_number(exact), "currency": currency}
        status, body = self._send("PUT", f"/v1/orders/{quote(order_code, safe='')}/expectation", members, {})
        if status not in (requests.codes.ok, requests.codes.created):
            raise _fault_of(status, body)

    def _send(
        self, method: str, path: str, members: Mapping[str, object], headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, Any]]:
        """Status, `_NOT_REACHED` or `_NO_ANSWER`, and JSON. Nothing is raised where the customer's data is."""
        if self._key is None:
            raise errors.MerchantApiDisabled("set WIDGET_API_KEY to the one of the widget server")
        given = {"Authorization": f"Bearer {self._key.reveal()}", **headers}
        verify, url = self._ca_file or True, f"{self._url}{path}"
        try:  # no redirect: the key goes to exactly the address that is configured
            answer = requests.request(
                method, url, json=members, headers=given, timeout=_TIMEOUT_SECONDS, verify=verify, allow_redirects=False
            )
            body = answer.json(parse_float=Decimal)
        except (requests.RequestException, ValueError) as error:
            return (_NOT_REACHED if _was_not_sent(error) else _NO_ANSWER), {}
        seconds = answer.headers.get("Retry-After", "")
        more = {"retryAfter": int(seconds)} if seconds.isascii() and seconds.isdigit() else {}
        return answer.status_code, {**body, **more} if isinstance(body, dict) else {}


def _was_not_sent(error: Exception) -> bool:
    """By what requests wraps: a connection that was never made."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)


def _created(body: Mapping[str, Any], until: datetime | None) -> CreatedOrder:
    code, number, amount = body["orderCode"], body["orderId"], body["amount"]
    return CreatedOrder(code, number, amount, body["currency"], body["payUrl"], until)


def _kinds(base: type[errors.WidgetServerError]) -> Iterator[type[errors.WidgetServerError]]:
    yield base
    for kind in base.__subclasses__():
        yield from _kinds(kind)


def _fault_of(status: int, body: Mapping[str, Any]) -> errors.WidgetServerError:
    """The error that this server raised: as if it ran here."""
    code, detail = body.get("code"), str(body.get("detail", ""))
    if status in (_NOT_REACHED, _NO_ANSWER):
        return errors.UpstreamUnavailable(
            "the widget server did not answer: compare STEPPAY_CHECKOUT_URL, or try again"
        )
    if code == errors.InvalidRequest.code:
        return errors.InvalidRequest(body.get("errors", {}))
    kind = next((one for one in _kinds(errors.WidgetServerError) if one.code == code), None)
    if kind is None:
        return errors.UpstreamBadResponse("that is no answer of a widget server: compare the address in your settings")
    return kind(detail, retry_after_seconds=body.get("retryAfter"))
