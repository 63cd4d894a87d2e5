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


class Event:
    """One event about a new paid order, default its payment."""

    def __init__(self, code: str | None = None, name: str = "order.payment_completed") -> None:
        body = {"timestamp": int(time.time()), "version": "v1", "event": name, "data": {"code": code or new_code()}}
        raw, at = json.dumps(body).encode(), int(time.time())
        key = hmac.digest(WEBHOOK_SECRET.encode(), f"{at}.".encode() + raw, hashlib.sha256)
        signature = f"Steppay-Signature: timestamp={at},key={base64.b64encode(key).decode()}"
        self.raw = request("POST", "/v1/webhooks/steppay", raw, signature)

    def take(self, status: int, head: bytes, body: bytes) -> None:
        if status not in (200, 202) or json.loads(body)["status"] != "stored":
            raise UnexpectedResponse(f"status {status}")
