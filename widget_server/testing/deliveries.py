"""Webhooks as the widget server sends them to a merchant backend, and every way in which one can be wrong."""

import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from standardwebhooks import Webhook

from widget_server.demo.answers import Question
from widget_server.demo.sample_deliveries import SampleDelivery, as_test, sample_delivery
from widget_server.merchant.webhooks import Delivery, read_unverified
from widget_server.testing.installation import NOTIFY_SECRET


class SignedDelivery(NamedTuple):
    """A webhook: `body, headers = signed_delivery(...)`."""

    body: bytes
    headers: dict[str, str]

    @property
    def delivery(self) -> Delivery:
        """What a handler gets of it, unverified."""
        return read_unverified(self.headers["webhook-id"], self.body)

    @property
    def type(self) -> str:
        return self.delivery.type


def signed_delivery(
    type: str = "payment.paid",
    *,
    order_code: str = "",
    amount: int = 10_000,
    currency: str = "KRW",
    reason: str | None = None,
    is_bound: bool = True,
    returned_amount: int | None = None,
    subscription_id: int | None = None,
    order_id: int | None = None,
    secret: str = NOTIFY_SECRET,
    wrong: str | None = None,
    now: datetime | None = None,
) -> SignedDelivery:
    """Body and headers of one webhook: `merchant.webhooks.verify_delivery` accepts them with `secret`.

    `type`: as in docs/deliveries.md. The same event has the same `webhook-id` every time: a second call is a repeat.
    `amount`: what StepPay charges, in whole won; ignored for `payment.no_charge`. `reason`: of `payment.no_charge`,
    also `payment_method_registered`. `is_bound` False: your backend has bound no amount, so a free order is not to be
    fulfilled. `subscription_id`: the subscription that a payment begins, or that renews, or that a type
    `subscription.*` is about. `wrong`: one of `WRONG_DELIVERIES`, and your check must refuse the
    webhook. Raises ValueError for an order that cannot exist.
    """
    if not order_code and not type.startswith("subscription."):
        raise ValueError("order_code is missing")
    asked = Question(
        order_code=order_code, outcome="paid", amount=amount, currency=currency, order_id=order_id,
        subscription_id=subscription_id, returned_amount=returned_amount,
    )  # fmt: skip
    sample = sample_delivery(type, asked, now or datetime.now(UTC), reason=reason, is_bound=is_bound)
    if wrong is not None and wrong not in _WRONG:
        raise ValueError(f"wrong is one of {', '.join(_WRONG)}")
    make = _send if wrong is None else _WRONG[wrong][1]
    return make(_Event(sample, secret))


@dataclass(frozen=True)
class _Event:
    sample: SampleDelivery
    secret: str

    def changed(self, **changes: Any) -> SignedDelivery:
        return _send(_Event(replace(self.sample, **changes), self.secret))


def sign(event_id: str, payload: str, at: datetime, secret: str = NOTIFY_SECRET) -> SignedDelivery:
    """With the headers of `adapters/webhooks_out/sender.py`."""
    headers = {
        "Content-Type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(event_id, at, payload),
    }
    return SignedDelivery(payload.encode(), headers)


def _send(event: _Event) -> SignedDelivery:
    return sign(event.sample.id, event.sample.body, event.sample.at, event.secret)


def _send_by_a_stranger(event: _Event) -> SignedDelivery:
    return _send(replace(event, secret="whsec_" + b64encode(secrets.token_bytes(32)).decode()))


def _send_changed(event: _Event) -> SignedDelivery:
    sent = _send(event)
    return SignedDelivery(sent.body.replace(b'"fulfill": false', b'"fulfill": true') + b" ", sent.headers)


def _send_unsigned(event: _Event) -> SignedDelivery:
    sent = _send(event)
    return SignedDelivery(sent.body, {name: value for name, value in sent.headers.items() if "signature" not in name})


_WRONG: Mapping[str, tuple[str, Callable[[_Event], SignedDelivery]]] = {
    "stale": ("stale", lambda event: event.changed(at=event.sample.at - timedelta(hours=1))),
    "from_the_future": ("stale", lambda event: event.changed(at=event.sample.at + timedelta(hours=1))),
    "forged": ("bad_signature", _send_by_a_stranger),
    "rewritten": ("bad_signature", _send_changed),
    "unsigned": ("malformed_headers", _send_unsigned),
    "not_json": ("malformed_body", lambda event: event.changed(body="paid")),
    "test_message": ("test_message", lambda event: _send(replace(event, sample=as_test(event.sample)))),
}

WRONG_DELIVERIES: Final[Mapping[str, str]] = {name: code for name, (code, _make) in _WRONG.items()}
"""Each way in which a webhook can be wrong, with the code that `verify_delivery` refuses it with."""
