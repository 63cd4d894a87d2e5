"""The edges of the merchant's helper for messages: the last one that is believed, and the first that is not."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from standardwebhooks import Webhook

from widget_server.merchant import webhooks
from widget_server.merchant.webhooks import (
    ERROR_CODES,
    TOLERANCE_SECONDS,
    TYPES,
    Delivery,
    WebhookVerificationError,
    verify_delivery,
)

KEY = b"canary key of 24 bytes.."
SECRET = "whsec_" + base64.b64encode(KEY).decode()
NOW = datetime(2026, 11, 23, 3, 16, tzinfo=UTC)
BODY = b'{"type": "payment.paid", "timestamp": "2026-11-23T03:16:00Z", "data": {"amount": 0.1}}'
WANTED = Delivery("evt_1", "payment.paid", {"amount": Decimal("0.1")})


def headers(body: bytes = BODY, event_id: str = "evt_1", at: datetime = NOW, **changes: str) -> dict[str, str]:
    """As the reference library of Standard Webhooks signs; a change is named with `_` for `-`."""
    signature = Webhook(SECRET).sign(event_id, at, body.decode())
    told = {"webhook-id": event_id, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}
    return told | {name.replace("_", "-"): text for name, text in changes.items()}


def read(body: Any = BODY, given: Any = None, secrets: Any = (SECRET,), now: datetime | None = NOW) -> Delivery:
    return verify_delivery(body, headers() if given is None else given, secrets=secrets, now=now)


def refusal(*args: Any, **changes: Any) -> str:
    with pytest.raises(WebhookVerificationError) as refused:
        read(*args, **changes)
    assert str(refused.value) == f"{refused.value.code}: {ERROR_CODES[refused.value.code]}"
    return refused.value.code


def test_the_meaning_of_a_refusal_stays_the_same() -> None:
    """Backends log these sentences, and people search for them."""
    assert ERROR_CODES == {
        "malformed_headers": "webhook-id, webhook-timestamp or webhook-signature is missing, repeated or misshapen",
        "bad_signature": "not signed with any of your secrets, or the body was changed on the way",
        "stale": "signed more than five minutes ago or ahead: a replay, or one of two clocks is wrong",
        "malformed_body": "signed, but not a JSON object with type, timestamp and data",
        "test_message": "signed, and an operator's test: it is about no order. accept_test=True lets it through",
        "unusable_secrets": "a secret is not whsec_ and base64, or there is none",
        "unusable_input": "body must be the raw bytes as they came, now must have a time zone",
    }
    assert TYPES == {
        "payment.paid": "paid in full, as it was bound: fulfill it, if the order is yours and its amount is what you "
        "sold",
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
    assert set(webhooks.__all__) == {"ERROR_CODES", "TYPES", "Delivery", "WebhookVerificationError", "verify_delivery"}


def test_a_message_cannot_be_changed_after_it_was_checked() -> None:
    with pytest.raises(FrozenInstanceError):
        read().type = "payment.refunded"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("kind", "data", "code", "fulfillable"),
    [
        ("payment.paid", {"orderCode": "order_a", "fulfill": True}, "order_a", True),
        ("renewal.paid", {"orderCode": "order_a", "fulfill": True}, "order_a", True),
        ("payment.no_charge", {"orderCode": "order_a", "fulfill": True}, "order_a", True),
        ("payment.no_charge", {"orderCode": "order_a", "fulfill": False}, "order_a", False),
        ("payment.paid", {"orderCode": "order_a", "fulfill": 1}, "order_a", False),
        ("payment.paid", {"orderCode": "order_a"}, "order_a", False),
        ("payment.mismatch", {"orderCode": "order_a", "fulfill": True}, "order_a", False),
        ("payment.refunded", {"orderCode": "order_a", "fulfill": True}, "order_a", False),
        ("subscription.active", {"subscriptionId": 77}, None, False),
        ("payment.paid", {"orderCode": 7, "fulfill": True}, None, True),
    ],
)
def test_only_a_paid_or_free_order_that_says_so_is_fulfillable(
    kind: str, data: dict[str, Any], code: str | None, fulfillable: bool
) -> None:
    message = Delivery("evt_1", kind, data)
    assert (message.order_code, message.is_fulfillable) == (code, fulfillable)


@pytest.mark.parametrize("seconds", [-300, 300])
def test_five_minutes_are_fresh_and_a_second_more_is_stale(seconds: int) -> None:
    assert TOLERANCE_SECONDS == 300
    assert read(now=NOW + timedelta(seconds=seconds)) == WANTED
    assert refusal(now=NOW + timedelta(seconds=seconds * 301 / 300)) == "stale"


def test_without_a_time_the_clock_of_this_machine_counts() -> None:
    assert read(given=headers(at=datetime.now(UTC)), now=None) == WANTED
    assert refusal(given=headers(at=datetime.now(UTC) - timedelta(hours=1)), now=None) == "stale"


@pytest.mark.parametrize("case", [str.lower, str.upper, str.title])
def test_the_headers_are_found_in_any_case_among_others(case: Callable[[str], str]) -> None:
    given = {case(name): text for name, text in headers().items()}
    assert read(given={"Host": "shop.kr", **given, "X-Request-Id": "1"}) == WANTED


@pytest.mark.parametrize("event_id", ["a", "z" * 64, "AZaz09_-"])
def test_each_id_of_the_documented_shape_is_read(event_id: str) -> None:
    assert read(given=headers(event_id=event_id)).id == event_id


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook_id": ""},
        {"webhook_id": "z" * 65},
        {"webhook_id": "evt 1"},
        {"webhook_timestamp": ""},
        {"webhook_timestamp": "1" * 13},
        {"webhook_timestamp": "-1"},
        {"Webhook_Id": "evt_1"},
    ],
    ids=repr,
)
def test_headers_of_another_shape_are_refused_for_their_shape(changes: dict[str, str]) -> None:
    assert refusal(given=headers(**changes)) == "malformed_headers"


@pytest.mark.parametrize("digits", [1, 12])
def test_a_timestamp_of_one_to_twelve_digits_is_one(digits: int) -> None:
    assert refusal(given=headers(webhook_timestamp="9" * digits)) == "bad_signature"


@pytest.mark.parametrize("given", [{}, {1: "x"}, "text", 5, {**headers(), "webhook-id": None}], ids=repr)
def test_what_is_no_headers_is_refused_for_its_shape(given: Any) -> None:
    assert refusal(given=given) == "malformed_headers"


def test_the_longest_list_of_signatures_is_read_and_a_longer_one_is_not() -> None:
    genuine = headers()["webhook-signature"]
    longest = "x" * (4096 - len(genuine) - 1) + " " + genuine
    assert read(given=headers(webhook_signature=longest)) == WANTED
    assert refusal(given=headers(webhook_signature="x" + longest)) == "malformed_headers"


@pytest.mark.parametrize("spoil", [lambda text: "v2" + text[2:], lambda text: text + "\n", lambda text: text[:-1]])
def test_a_signature_of_another_shape_is_none(spoil: Any) -> None:
    assert refusal(given=headers(webhook_signature=spoil(headers()["webhook-signature"]))) == "bad_signature"


@pytest.mark.parametrize("sign", ["+", "/", "0", "9", "A", "Z", "a", "z"])
def test_each_sign_of_base64_may_stand_in_a_signature(sign: str) -> None:
    bodies = (b'{"type": "%d", "data": {}}' % number for number in range(500))
    body = next(body for body in bodies if sign in headers(body)["webhook-signature"][3:])
    assert read(body, headers(body)).data == {}


@pytest.mark.parametrize(
    "body", [b"7", b"null", b"{", b"\xff", b"[" * 9999, b'{"type": 7, "data": {}}', b'{"type": "a", "data": []}', b"{}"]
)
def test_a_signed_body_of_another_shape_is_refused_for_its_shape(body: bytes) -> None:
    digest = hmac.digest(KEY, f"evt_1.{int(NOW.timestamp())}.".encode() + body, "sha256")
    signature = f"v1,{base64.b64encode(digest).decode()}"
    assert refusal(body, headers(webhook_signature=signature)) == "malformed_body"


def test_any_of_the_secrets_will_do_and_each_must_be_usable() -> None:
    other = "whsec_" + base64.b64encode(bytes(24)).decode()
    assert read(secrets=[other, SECRET]) == read(secrets=[SECRET, other]) == WANTED
    assert read(secrets=[SECRET.removeprefix("whsec_")]) == WANTED
    assert refusal(secrets=[other]) == "bad_signature"
    short = "whsec_" + base64.b64encode(bytes(23)).decode()
    for secrets in ([], [short], [SECRET, short], [None], None, SECRET, ["whsec_é"], [SECRET + "!"], ["whsec_QUJ"]):
        assert refusal(secrets=secrets) == "unusable_secrets"
    assert refusal(body=BODY.decode()) == "unusable_input"
    assert refusal(now=NOW.replace(tzinfo=None)) == "unusable_input"
