"""The merchant's test kit: what it signs is accepted by the merchant's helpers, and refused as it promises."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from widget_server import testing
from widget_server.merchant import ERROR_CODES, Verdict, VerdictVerificationError, verify_verdict, webhooks
from widget_server.testing import (
    AUDIENCE,
    ISSUER,
    KEYS,
    NOTIFY_SECRET,
    OUTCOMES,
    WRONG_DELIVERIES,
    WRONG_VERDICTS,
    signed_delivery,
    signed_verdict,
)

CODE = "order_of_the_test"
FULFILLED = {"payment.paid", "payment.no_charge", "renewal.paid"}
OF_ORDERS = [kind for kind in webhooks.TYPES if not kind.startswith("subscription.") or "method" in kind]
FREE = ("payment.no_charge", "subscription.payment_method_changed")
SAME_STEP = ("renewal.paid", "subscription.payment_method_changed")
"""The first event of an order, as `payment.paid` and `payment.no_charge` are."""
KINDS = ("paid", "no_charge", "pending", "failed", "canceled", "partially_refunded", "refunded", "mismatch", "unknown")


def read(token: str, amount: int = 18_000, currency: str = "KRW", **changes: Any) -> Verdict:
    expected = {"keys": KEYS, "issuer": ISSUER, "audience": AUDIENCE, "order_code": CODE, **changes}
    return verify_verdict(token, amount=amount, currency=currency, **expected)


@pytest.mark.parametrize("kind", KINDS)
def test_a_signed_verdict_says_what_was_asked(kind: str) -> None:
    amount = 0 if kind == "no_charge" else 18_000
    verdict = read(signed_verdict(order_code=CODE, amount=amount, verdict=kind), amount)
    assert (verdict.verdict, verdict.is_fulfillable) == (kind, kind in {"paid", "no_charge"})


@pytest.mark.parametrize(
    "row", [row for row in OUTCOMES.values() if row.name not in {"outage", "renewal"}], ids=lambda row: row.name
)
def test_every_reason_of_the_table_can_be_signed(row: Any) -> None:
    amount = 0 if row.verdict == "no_charge" else 18_000
    token = signed_verdict(order_code=CODE, amount=amount, verdict=row.verdict, reason=row.reason)
    assert (read(token, amount).verdict, read(token, amount).reason) == (row.verdict, row.reason)


def test_a_free_order_that_was_not_bound_is_not_fulfillable() -> None:
    assert not read(signed_verdict(order_code=CODE, amount=0, verdict="no_charge", is_bound=False), 0).is_fulfillable
    registered = signed_verdict(order_code=CODE, amount=0, verdict="no_charge", reason="payment_method_registered")
    assert not read(registered, 0).is_fulfillable
    message = signed_delivery("payment.no_charge", order_code=CODE, is_bound=False)
    assert not webhooks.verify_delivery(*message, secrets=[NOTIFY_SECRET]).is_fulfillable


def test_issuer_audience_currency_number_and_time_are_the_callers() -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    others = {"issuer": "https://pay.shop.kr", "audience": "https://shop.kr"}
    token = signed_verdict(order_code=CODE, amount=18_000, currency="USD", order_id=7, now=now, **others)
    verdict = read(token, currency="USD", now=now + timedelta(minutes=9), **others)
    assert (verdict.order_id, verdict.is_fulfillable) == (7, True)


@pytest.mark.parametrize(("wrong", "code"), WRONG_VERDICTS.items())
def test_a_wrong_verdict_is_refused_with_its_code(wrong: str, code: str) -> None:
    for kind in ("paid", "pending"):
        with pytest.raises(VerdictVerificationError) as refused:
            read(signed_verdict(order_code=CODE, amount=18_000, verdict=kind, wrong=wrong))
        assert refused.value.code == code


def test_every_refusal_that_a_token_can_cause_has_a_wrong_verdict() -> None:
    of_the_caller = {"unusable_keys", "unusable_expectation"}
    assert set(WRONG_VERDICTS.values()) == set(ERROR_CODES) - of_the_caller


@pytest.mark.parametrize("kind", OF_ORDERS)
def test_a_signed_delivery_is_what_was_asked(kind: str) -> None:
    body, headers = signed_delivery(kind, order_code=CODE, amount=18_000, subscription_id=77)
    message = webhooks.verify_delivery(body, headers, secrets=[NOTIFY_SECRET])
    assert (message.type, message.order_code) == (kind, CODE)
    assert message.is_fulfillable is (kind in FULFILLED)
    assert set(message.data["subscriptionIds"]) <= {77}
    assert message.data["amount"] == (0 if kind in FREE else 18_000)


def test_a_repeat_has_the_same_id_and_another_event_has_not() -> None:
    def id_of(kind: str, code: str = CODE, **more: int) -> str:
        return signed_delivery(kind, order_code=code, **more).headers["webhook-id"]

    assert id_of("payment.paid") == id_of("payment.paid")
    kinds = [id_of(kind) for kind in OF_ORDERS if kind not in SAME_STEP]
    parts = [id_of("payment.partially_refunded", returned_amount=part) for part in (1_000, 2_000)]
    assert len({*kinds, *parts, id_of("payment.paid", "order_another")}) == len(kinds) + 3


@pytest.mark.parametrize(
    ("kind", "access"), [("active", True), ("past_due", False), ("paused", False), ("ended", False)]
)
def test_a_subscriptions_delivery_says_who_may_come_in(kind: str, access: bool) -> None:
    sent = signed_delivery(f"subscription.{kind}", order_code=CODE, subscription_id=7)
    message = webhooks.verify_delivery(*sent, secrets=[NOTIFY_SECRET])
    assert (message.subscription_id, message.order_code, message.data["access"]) == (7, None, access)
    assert (message.data["firstOrderCode"], message.data["verified"], message.is_fulfillable) == (CODE, True, False)


@pytest.mark.parametrize(("wrong", "code"), WRONG_DELIVERIES.items())
def test_a_wrong_delivery_is_refused_with_its_code(wrong: str, code: str) -> None:
    for kind in ("payment.paid", "payment.failed"):
        with pytest.raises(webhooks.WebhookVerificationError) as refused:
            webhooks.verify_delivery(*signed_delivery(kind, order_code=CODE, wrong=wrong), secrets=[NOTIFY_SECRET])
        assert refused.value.code == code


def test_every_refusal_that_a_webhook_can_cause_has_a_wrong_delivery() -> None:
    assert set(WRONG_DELIVERIES.values()) == set(webhooks.ERROR_CODES) - {"unusable_secrets", "unusable_input"}


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: signed_verdict(order_code=CODE, amount=0), "has an amount"),
        (lambda: signed_verdict(order_code=CODE, amount=5, verdict="no_charge"), "has the amount 0"),
        (lambda: signed_verdict(order_code=CODE, amount=5, verdict="good"), "no verdict 'good'"),
        (lambda: signed_verdict(order_code=CODE, amount=5, wrong="stale"), "wrong is one of expired"),
        (lambda: signed_delivery("payment.good", order_code=CODE), "type is one of payment.paid"),
        (lambda: signed_delivery("payment.paid"), "order_code is missing"),
        (lambda: signed_delivery("payment.paid", order_code=CODE, wrong="expired"), "wrong is one of stale"),
        (lambda: signed_delivery("payment.refunded", order_code=CODE, returned_amount=10_001), "returned_amount"),
        (lambda: testing.nothing, "no attribute 'nothing'"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(make: Any, says: str) -> None:
    with pytest.raises((ValueError, AttributeError), match=says):
        make()


def test_the_names_of_the_kit_are_those_that_it_lists() -> None:
    assert all(getattr(testing, name) is not None for name in testing.__all__)
    assert sorted(testing.__all__) == sorted(testing._HOME)


def test_the_plugin_loads_no_part_of_the_server() -> None:
    program = (
        "import sys, pytest; before = set(sys.modules); import widget_server.testing.plugin; "
        "print(sorted(name for name in set(sys.modules) - before if 'widget_server' not in name), "
        "sorted(name for name in sys.modules if name.startswith('widget_server')))"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    ours = ["widget_server", "widget_server.testing", "widget_server.testing.plugin"]
    assert loaded == f"[] {ours}\n"
