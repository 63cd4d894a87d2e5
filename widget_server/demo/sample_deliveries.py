"""Webhooks about orders with a known outcome, as the server writes them: for the test kit and for test messages."""

import json
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from widget_server.demo.answers import Question, answer, bound
from widget_server.domain.model import Verdict
from widget_server.domain.order_record import Cause, Transition, event_text, webhook_payload
from widget_server.domain.subscription import Subscription, SubscriptionStatus, subscription_body
from widget_server.domain.transitions import (
    MISMATCH_TYPE,
    for_record,
    mismatch_step,
    state_from_verdict,
    webhook_id,
)
from widget_server.domain.verdict_json import mismatch_body, verdict_body
from widget_server.domain.verdict_kinds import VerdictKind

_OUTCOMES = {
    "payment.paid": "paid",
    "payment.no_charge": "free_trial",
    "payment.failed": "failed",
    "payment.canceled": "canceled",
    "payment.mismatch": "paid",
    "payment.partially_refunded": "partially_refunded",
    "payment.refunded": "refunded",
    "renewal.paid": "renewal",
    "subscription.payment_method_changed": "payment_method",
}
_STATUSES = {
    "subscription.active": SubscriptionStatus.ACTIVE,
    "subscription.past_due": SubscriptionStatus.UNPAID,
    "subscription.paused": SubscriptionStatus.PAUSE,
    "subscription.ended": SubscriptionStatus.CANCELED,
}
_REFUNDS = (VerdictKind.PARTIALLY_REFUNDED, VerdictKind.REFUNDED)


TEST_ORDER: Final = "order_of_a_test_message"


@dataclass(frozen=True)
class SampleDelivery:
    """What a webhook says: `id` is its `webhook-id`, `body` its text."""

    id: str
    body: str
    at: datetime


def sample_delivery(
    kind: str, asked: Question, at: datetime, *, reason: str | None = None, is_bound: bool = True
) -> SampleDelivery:
    """Of this type, about this order, or about its subscription. `is_bound`: the backend has bound the amount. Raises
    ValueError for a type or an order that cannot exist."""
    if kind in _STATUSES:
        return _subscription_event(kind, asked.subscription_id or 1, asked.order_code, at)
    return _order_event(kind, answer(_question(kind, reason, asked, is_bound=is_bound), at))


def as_test(sample: SampleDelivery) -> SampleDelivery:
    """Marked as a test, about which nothing is to be done: a backend that overlooks the mark finds an order code that
    it never made, and `fulfill` false. Each has an id of its own, or a backend would take the second for a repeat."""
    message = {"test": True, **json.loads(sample.body)}
    if "fulfill" in message["data"]:
        message["data"]["fulfill"] = False
    body = json.dumps(message, ensure_ascii=False)
    return replace(sample, id=f"evt_test_{secrets.token_hex(12)}", body=body)


def make_test_message(kind: str, at: datetime) -> SampleDelivery:
    """Raises ValueError for a type that there is not."""
    return as_test(sample_delivery(kind, Question(order_code=TEST_ORDER, outcome="paid", amount=10_000), at))


def _question(kind: str, reason: str | None, asked: Question, *, is_bound: bool) -> Question:
    if kind not in _OUTCOMES:
        raise ValueError(f"type is one of {', '.join((*_OUTCOMES, *_STATUSES))}")
    if kind == MISMATCH_TYPE:
        return replace(asked, expected=bound(asked.amount + 1000, asked.currency))
    outcome = "payment_method" if reason == "payment_method_registered" else _OUTCOMES[kind]
    amount = 0 if kind == "payment.no_charge" or outcome == "payment_method" else asked.amount
    expected = bound(amount, asked.currency) if is_bound else None
    if outcome == "paid" and asked.subscription_id:
        outcome = "subscription"
    return replace(asked, outcome=outcome, amount=amount, expected=expected)


def _order_event(kind: str, verdict: Verdict) -> SampleDelivery:
    """As `adapters/store/ledger.py` stores it."""
    at, code = verdict.checked_at, verdict.order.order_code
    state = state_from_verdict(for_record(verdict))
    is_mismatch = kind == MISMATCH_TYPE
    step = mismatch_step(verdict) if is_mismatch else state.step
    body = mismatch_body(verdict) if is_mismatch else verdict_body(for_record(verdict))
    paid = Transition("paid", "paid", "payment_complete", str(Cause.WEBHOOK), at)
    last = Transition(step, str(state.kind), state.reason, str(Cause.WEBHOOK), at)
    history = [paid, last] if state.kind in _REFUNDS else [last]
    return SampleDelivery(webhook_id(code, step), webhook_payload(kind, at, body, history), at)


def _subscription_event(kind: str, subscription_id: int, order_code: str, at: datetime) -> SampleDelivery:
    """As `adapters/store/subscriptions.py` stores it."""
    start = at - timedelta(days=31 if kind == "subscription.past_due" else 10)
    end = start + timedelta(days=30)
    found = Subscription(subscription_id, _STATUSES[kind], start, end, end, (("product_tea", "price_tea"),), ())
    body = subscription_body(found, at, timedelta(0))
    data = {**body, "firstOrderCode": order_code or None, "verified": True}
    return SampleDelivery(webhook_id(str(subscription_id), kind), event_text(kind, at, data), at)
