"""Webhooks as the widget server sends them to a merchant backend, and every way in which one can be wrong."""

import json
import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from standardwebhooks import Webhook

from widget_server.domain.model import Verdict
from widget_server.domain.order_record import Cause, Transition, event_text, webhook_payload
from widget_server.domain.transitions import (
    MISMATCH_TYPE,
    for_record,
    mismatch_step,
    state_from_verdict,
    webhook_id,
)
from widget_server.domain.verdict_json import mismatch_body, verdict_body
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.merchant.webhooks import Delivery
from widget_server.testing.answers import Question, answer, bound
from widget_server.testing.installation import NOTIFY_SECRET

_OUTCOMES = {
    "payment.paid": "paid",
    "payment.no_charge": "free_trial",
    "payment.failed": "failed",
    "payment.canceled": "canceled",
    "payment.mismatch": "paid",
    "payment.partially_refunded": "partially_refunded",
    "payment.refunded": "refunded",
    "renewal.paid": "renewal",
}
_REFUNDS = (VerdictKind.PARTIALLY_REFUNDED, VerdictKind.REFUNDED)


class SignedDelivery(NamedTuple):
    """A webhook: `body, headers = signed_delivery(...)`."""

    body: bytes
    headers: dict[str, str]

    @property
    def delivery(self) -> Delivery:
        """What a handler gets of it, unverified."""
        message = json.loads(self.body, parse_float=Decimal)
        return Delivery(self.headers["webhook-id"], message["type"], message["data"])

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
    fulfilled. `subscription_id`: the subscription that a payment begins, or that renews. A type `subscription.*` is an
    event of StepPay about it, passed on unverified. `wrong`: one of `WRONG_DELIVERIES`, and your check must refuse the
    webhook. Raises ValueError for an order that cannot exist.
    """
    at = now or datetime.now(UTC)
    if type.startswith("subscription."):
        event = _subscription_event(type, subscription_id or 1, at)
    elif not order_code:
        raise ValueError("order_code is missing")
    else:
        question = _question(type, reason, Question(
            order_code=order_code, outcome="paid", amount=amount, currency=currency, order_id=order_id,
            subscription_id=subscription_id, returned_amount=returned_amount,
        ), is_bound=is_bound)  # fmt: skip
        event = _order_event(type, answer(question, at))
    return _signed(replace(event, secret=secret), wrong)


def _question(kind: str, reason: str | None, asked: Question, *, is_bound: bool) -> Question:
    if kind not in _OUTCOMES:
        raise ValueError(f"type is one of {', '.join(_OUTCOMES)}, or a subscription's, such as subscription.updated")
    if kind == MISMATCH_TYPE:
        return replace(asked, expected=bound(asked.amount + 1000, asked.currency))
    outcome = "payment_method" if reason == "payment_method_registered" else _OUTCOMES[kind]
    amount = 0 if kind == "payment.no_charge" else asked.amount
    expected = bound(amount, asked.currency) if is_bound else None
    if outcome == "paid" and asked.subscription_id:
        outcome = "subscription"
    return replace(asked, outcome=outcome, amount=amount, expected=expected)


@dataclass(frozen=True)
class _Event:
    id: str
    body: str
    at: datetime
    secret: str = NOTIFY_SECRET


def _order_event(kind: str, verdict: Verdict) -> _Event:
    """As `adapters/store/ledger.py` stores it."""
    at, code = verdict.checked_at, verdict.order.order_code
    state = state_from_verdict(for_record(verdict))
    is_mismatch = kind == MISMATCH_TYPE
    step = mismatch_step(verdict) if is_mismatch else state.step
    body = mismatch_body(verdict) if is_mismatch else verdict_body(for_record(verdict))
    paid = Transition("paid", "paid", "payment_complete", str(Cause.WEBHOOK), at)
    last = Transition(step, str(state.kind), state.reason, str(Cause.WEBHOOK), at)
    history = [paid, last] if state.kind in _REFUNDS else [last]
    return _Event(webhook_id(code, step), webhook_payload(kind, at, body, history), at)


def _subscription_event(kind: str, subscription_id: int, at: datetime) -> _Event:
    """As `adapters/store/inbox.py` passes it on: StepPay was not asked."""
    data = {"subscriptionId": subscription_id, "verified": False}
    return _Event(webhook_id(str(subscription_id), kind), event_text(kind, at, data), at)


def _signed(event: _Event, wrong: str | None) -> SignedDelivery:
    if wrong is None:
        return _send(event)
    if wrong not in _WRONG:
        raise ValueError(f"wrong is one of {', '.join(_WRONG)}")
    return _WRONG[wrong][1](event)


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
    return sign(event.id, event.body, event.at, event.secret)


def _send_by_a_stranger(event: _Event) -> SignedDelivery:
    return _send(replace(event, secret="whsec_" + b64encode(secrets.token_bytes(32)).decode()))


def _send_changed(event: _Event) -> SignedDelivery:
    sent = _send(event)
    return SignedDelivery(sent.body.replace(b'"fulfill": false', b'"fulfill": true') + b" ", sent.headers)


def _send_unsigned(event: _Event) -> SignedDelivery:
    sent = _send(event)
    return SignedDelivery(sent.body, {name: value for name, value in sent.headers.items() if "signature" not in name})


_WRONG: Mapping[str, tuple[str, Callable[[_Event], SignedDelivery]]] = {
    "stale": ("stale", lambda event: _send(replace(event, at=event.at - timedelta(hours=1)))),
    "from_the_future": ("stale", lambda event: _send(replace(event, at=event.at + timedelta(hours=1)))),
    "forged": ("bad_signature", _send_by_a_stranger),
    "rewritten": ("bad_signature", _send_changed),
    "unsigned": ("malformed_headers", _send_unsigned),
    "not_json": ("malformed_body", lambda event: _send(replace(event, body="paid"))),
}

WRONG_DELIVERIES: Final[Mapping[str, str]] = {name: code for name, (code, _make) in _WRONG.items()}
"""Each way in which a webhook can be wrong, with the code that `verify_delivery` refuses it with."""
