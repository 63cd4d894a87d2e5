"""StepPay's events (v2): signed as its guide says, sent again until somebody takes them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import requests

from widget_server.simulator.dates import Clock, local_text, utc_now
from widget_server.simulator.records import Order

_PAUSES_SECONDS = (1, 2, 5, 10, 30, 60)
"""StepPay does not say how often it repeats an event."""
_TIMEOUT_SECONDS = 10

Happened = Callable[[str, Order], None]


def nobody_listens(_event: str, _order: Order) -> None:
    """No webhook is set up."""


@dataclass(frozen=True)
class Webhook:
    """One address, as StepPay's portal takes it. `repr` shows no secret. Use as a context: it ends what still waits."""

    url: str
    secret: str = field(repr=False)
    clock: Clock = utc_now
    stopped: threading.Event = field(default_factory=threading.Event, repr=False)

    def happened(self, event: str, order: Order) -> None:
        """Send it beside everything else. While the order's answers are in trouble, its events are too."""
        if not order.trouble.is_over:
            return
        body = event_body(event, order, int(self.clock().timestamp()))
        threading.Thread(target=self._send, args=(body,), name="simulated-webhook", daemon=True).start()

    def stop(self) -> None:
        self.stopped.set()

    def _send(self, body: bytes) -> None:
        for pause in _PAUSES_SECONDS:
            if self._is_taken(body) or self.stopped.wait(pause):
                return

    def _is_taken(self, body: bytes) -> bool:
        at = int(self.clock().timestamp())
        headers = {"Content-Type": "application/json", "Steppay-Signature": signature(body, at, self.secret)}
        try:
            with requests.Session() as session:
                session.trust_env = False  # it never leaves this machine
                return session.post(
                    self.url, data=body, headers=headers, timeout=_TIMEOUT_SECONDS, allow_redirects=False
                ).ok
        except requests.RequestException:
            return False


def signature(body: bytes, at: int, secret: str) -> str:
    """The header's value; `at` in seconds since 1970."""
    key = hmac.digest(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"timestamp={at},key={base64.b64encode(key).decode()}"


def event_body(event: str, order: Order, at: int) -> bytes:
    """Orders' events carry the code, payments' events the number as text, as in StepPay's guide."""
    data = _order_data(order) if event.startswith("order.") else _payment_data(order)
    return json.dumps({"timestamp": at, "version": "v1", "event": event, "data": data}, ensure_ascii=False).encode()


def _order_data(order: Order) -> dict[str, object]:
    return {
        "id": order.id,
        "code": order.code,
        "idKey": order.payment.id_key,
        "paymentDate": local_text(order.payment_date),
        "paidAmount": order.amount,
        "returnedAmount": order.payment.returned,
    }


def _payment_data(order: Order) -> dict[str, object]:
    return {
        "idKey": order.payment.id_key,
        "orderId": str(order.id),
        "status": order.payment.status,
        "paidAmount": order.amount,
        "paidAt": local_text(order.payment.paid_at),
    }
