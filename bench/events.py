"""StepPay's signed events."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

from bench.orders import new_code
from bench.servers import WEBHOOK_SECRET
from bench.workload import UnexpectedResponse, request

EVENTS_PATH = "/v1/webhooks/steppay"


def event_body(code: str, name: str = "order.payment_completed") -> bytes:
    return json.dumps({"timestamp": int(time.time()), "version": "v1", "event": name, "data": {"code": code}}).encode()


def signature(body: bytes) -> str:
    """The value of `Steppay-Signature`, as of now."""
    at = int(time.time())
    key = hmac.digest(WEBHOOK_SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"timestamp={at},key={base64.b64encode(key).decode()}"


class Event:
    """One event about a new paid order, default its payment."""

    def __init__(self, code: str | None = None, name: str = "order.payment_completed") -> None:
        body = event_body(code or new_code(), name)
        self.raw = request("POST", EVENTS_PATH, body, f"Steppay-Signature: {signature(body)}")

    def take(self, status: int, head: bytes, body: bytes) -> None:
        if status not in (200, 202) or json.loads(body)["status"] != "stored":
            raise UnexpectedResponse(f"status {status}")
