"""`create_order` and `expect` of a shop whose widget server runs elsewhere: its merchant routes, by plain HTTP."""

import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import requests

from widget_server import errors
from widget_server.domain.parsing import exact_amount
from widget_server.domain.verdict_json import json_number
from widget_server.extension.remote_calls import NO_ANSWER, RemoteCalls, fault_of
from widget_server.services.create_order import CreatedOrder

_TRIES = 3
_LONGEST_PAUSE_SECONDS = 2.0
_UNKNOWN = "the widget server did not answer: repeat the call with the same idempotency_key"


class RemoteOrders:
    def __init__(self, calls: RemoteCalls) -> None:
        self._calls = calls

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
            status, body = self._calls.send("POST", "/v1/orders", members, {"Idempotency-Key": key})
            if status == requests.codes.created:
                return _created(body, purchase_deadline)
            fault = fault_of(status, body)
            perhaps_made = perhaps_made or status == NO_ANSWER or isinstance(fault, errors.OrderUnconfirmed)
            if pause is None or not fault.retryable:
                break
            time.sleep(min(fault.retry_after_seconds or 1, pause))
        if perhaps_made and fault.retryable:  # without a key of the caller's no later call can name it
            fault = errors.OrderUnconfirmed(_UNKNOWN) if idempotency_key else errors.OrderOutcomeUnknown()
        raise fault

    def expect(self, order_code: str, amount: int | Decimal, currency: str) -> None:
        exact = exact_amount(amount)
        members = {"amount": None if exact is None else json_number(exact), "currency": currency}
        status, body = self._calls.send("PUT", f"/v1/orders/{quote(order_code, safe='')}/expectation", members)
        if status not in (requests.codes.ok, requests.codes.created):
            raise fault_of(status, body)


def _created(body: Mapping[str, Any], until: datetime | None) -> CreatedOrder:
    code, number, amount = body["orderCode"], body["orderId"], body["amount"]
    return CreatedOrder(code, number, amount, body["currency"], body["payUrl"], until)
