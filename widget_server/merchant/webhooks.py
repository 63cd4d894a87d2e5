"""For the merchant backend: verify a webhook of the widget server.

Guide: docs/deliveries.md. This file stands alone, on the standard library: import it, or copy it. The messages follow
Standard Webhooks, so any of its libraries does the same.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

__all__ = ["ERROR_CODES", "TYPES", "Delivery", "WebhookVerificationError", "verify_delivery"]

TYPES = {
    "payment.paid": "paid in full, as it was bound: fulfill it, if the order is yours and its amount is what you sold",
    "payment.no_charge": "completed without a charge: fulfill it where `fulfill` is true (you bound the amount 0)",
    "payment.failed": "the payment failed; a later one may succeed",
    "payment.canceled": "ended before payment",
    "payment.mismatch": "paid, but not the amount or currency that you bound (`expectation`): needs review",
    "payment.partially_refunded": "part of the money went back",
    "payment.refunded": "all of the money went back",
    "renewal.paid": "a subscription's next payment, under an order code of its own",
    "subscription.active": "it goes on, perhaps to the end of its period only (`cancelAtPeriodEnd`)",
    "subscription.past_due": "a renewal failed; StepPay tries again for about two weeks",
    "subscription.paused": "paused; it can become active again",
    "subscription.ended": "canceled or expired; it never comes back",
    "subscription.payment_method_changed": "later renewals are charged to another card",
}
"""Every `Delivery.type`. Those of subscriptions carry `access`: whether the member may come in."""
_FULFILLABLE = ("payment.paid", "renewal.paid", "payment.no_charge")

ERROR_CODES = {
    "malformed_headers": "webhook-id, webhook-timestamp or webhook-signature is missing, repeated or misshapen",
    "bad_signature": "not signed with any of your secrets, or the body was changed on the way",
    "stale": "signed more than five minutes ago or ahead: a replay, or one of two clocks is wrong",
    "malformed_body": "signed, but not a JSON object with type, timestamp and data",
    "test_message": "signed, and an operator's test: it is about no order. accept_test=True lets it through",
    "unusable_secrets": "a secret is not whsec_ and base64, or there is none",
    "unusable_input": "body must be the raw bytes as they came, now must have a time zone",
}
"""Every `WebhookVerificationError.code`, with its meaning."""

TOLERANCE_SECONDS = 300
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v1,([A-Za-z0-9+/]{43}=)")
_LONGEST = 4096
_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


class WebhookVerificationError(Exception):
    """The message proves nothing: do not act, answer 400. `code` is one of `ERROR_CODES`."""

    def __init__(self, code: str) -> None:
        super().__init__(f"{code}: {ERROR_CODES[code]}")
        self.code = code


@dataclass(frozen=True)
class Delivery:
    """One message. `id` is the same on every try: keep the ids you have acted on, and act once for each. `is_test`: an
    operator's test, about no order; it is never fulfillable."""

    id: str
    type: str
    data: Mapping[str, Any]
    is_test: bool = False

    @property
    def order_code(self) -> str | None:
        """The order that it is about; None: it is about a subscription."""
        code = self.data.get("orderCode")
        return code if isinstance(code, str) else None

    @property
    def subscription_id(self) -> int | None:
        """The subscription that it is about; None: it is about a payment."""
        number = self.data.get("subscriptionId")
        return number if type(number) is int else None

    @property
    def is_fulfillable(self) -> bool:
        """The order is paid, or it is free because you bound the amount 0 (or set WIDGET_FREE_ORDERS=fulfill). Fulfill
        it once, if it is an order of yours and its amount and currency are what you sold."""
        return self.data.get("fulfill") is True and self.type in _FULFILLABLE and not self.is_test


def verify_delivery(
    body: bytes,
    headers: Mapping[str, str],
    *,
    secrets: Sequence[str],
    accept_test: bool = False,
    now: datetime | None = None,
) -> Delivery:
    """The message, when it is genuine and fresh. `body`: the request's raw bytes, before any parser. `headers`: the
    request's, by names in any case. `secrets`: each `whsec_...`, several during a change. `accept_test`: also a test
    message; then look at `is_test`. `now` is for tests. Raises `WebhookVerificationError`, and nothing else, for every
    message."""
    if not isinstance(body, bytes):
        raise WebhookVerificationError("unusable_input")
    keys = _keys(secrets)
    event_id, timestamp, signatures = _read_headers(headers)
    signed = f"{event_id}.{timestamp}.".encode() + body
    wanted = [hmac.digest(key, signed, hashlib.sha256) for key in keys]
    # Every pair, each in constant time.
    matches = [hmac.compare_digest(given, right) for given in signatures for right in wanted]
    if not any(matches):
        raise WebhookVerificationError("bad_signature")
    if abs(_seconds(now) - int(timestamp)) > TOLERANCE_SECONDS:
        raise WebhookVerificationError("stale")
    delivery = read_unverified(event_id, body)
    if delivery.is_test and not accept_test:
        raise WebhookVerificationError("test_message")
    return delivery


def _keys(secrets: Sequence[str]) -> list[bytes]:
    """One secret instead of a list of them is refused too: none of its letters is a key."""
    try:
        keys = [base64.b64decode(secret.removeprefix("whsec_"), validate=True) for secret in secrets]
    except (ValueError, AttributeError, TypeError):
        raise WebhookVerificationError("unusable_secrets") from None
    if not keys or not all(len(key) >= 24 for key in keys):
        raise WebhookVerificationError("unusable_secrets")
    return keys


def _read_headers(headers: Mapping[str, str]) -> tuple[str, str, list[bytes]]:
    try:
        found = [(name.lower(), value) for name, value in headers.items() if name.lower() in _HEADERS]
        values = dict(found)
        event_id, timestamp, signature = (values[name] for name in _HEADERS)
        shaped = _ID.fullmatch(event_id) and _TIMESTAMP.fullmatch(timestamp) and len(signature) <= _LONGEST
        parts = signature.split(" ")
    except (KeyError, AttributeError, TypeError):
        raise WebhookVerificationError("malformed_headers") from None
    if not shaped or len(found) != len(_HEADERS):
        raise WebhookVerificationError("malformed_headers")
    # A list with spaces between; versions that we do not know are passed over.
    matches = [_SIGNATURE.fullmatch(part) for part in parts]
    return event_id, timestamp, [base64.b64decode(match[1]) for match in matches if match]


def _seconds(now: datetime | None) -> float:
    moment = now or datetime.now(UTC)
    if moment.tzinfo is None:
        raise WebhookVerificationError("unusable_input")
    return moment.timestamp()


def read_unverified(event_id: str, body: bytes | str) -> Delivery:
    """What a body says; only for one whose sender is known. Raises `WebhookVerificationError`."""
    try:
        message = json.loads(body, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):  # Decimal refuses an exponent beyond its range so
        raise WebhookVerificationError("malformed_body") from None
    kind, data = (message.get("type"), message.get("data")) if isinstance(message, dict) else (None, None)
    if not isinstance(kind, str) or not isinstance(data, dict):
        raise WebhookVerificationError("malformed_body")
    return Delivery(event_id, kind, data, is_test=message.get("test", False) is not False)
