"""The edges of an event of StepPay's: the last signature that is right, the last member that is read."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from widget_server.domain.webhook_event import WebhookEvent, read_event, read_v1_event
from widget_server.domain.webhook_signature import BadSignature, StaleSignature, check_signature

T = 1706002316
RAW = b'{"event": "order.created"}'
CODE = "order_15XqwcM1f"
BIG = 2**63 - 1


def key_of(secret: str, raw: bytes = RAW, stamp: str = str(T)) -> str:
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + raw, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


KEY, WRONG = key_of("s"), base64.b64encode(b"x" * 32).decode()
GOOD = f"timestamp={T},key={KEY}"


def refusal(header: str | None, raw: bytes = RAW, secrets: tuple[str, ...] = ("s",), now: float = T) -> type | None:
    try:
        check_signature(header, raw, secrets, now)
    except BadSignature as bad:
        return type(bad)
    return None


def at(stamp: str, key: str | None = None) -> str:
    return f"timestamp={stamp},key={key or key_of('s', stamp=stamp)}"


SIGNED = {
    "as it is": GOOD,
    "turned round, with spaces": f"key={KEY} , timestamp={T} ",
    "with the longest timestamp": at("0" * 2 + str(T)),
    "the last of eight keys": f"timestamp={T},key={';'.join([WRONG] * 7 + [KEY])}",
    "the first of eight keys": f"timestamp={T},key={';'.join([KEY] + [WRONG] * 7)}",
    "of the longest header": GOOD + " " * (1024 - len(GOOD)),
}
UNSIGNED = {
    "nothing": None,
    "empty": "",
    "a wrong key": f"timestamp={T},key={WRONG}",
    "another moment": at(str(T + 1), KEY),
    "no keys": f"timestamp={T},key=",
    "a key cut short": GOOD[:-1],
    "a key that is not base64": f"timestamp={T},key={'!' * 43}=",
    "a good key beside one that is none": f"{GOOD};x",
    "nine keys": f"timestamp={T},key={';'.join([KEY] * 9)}",
    "too long a timestamp": at("0" * 3 + str(T)),
    "a timestamp of nothing": at("", key_of("s", stamp="")),
    "other letters before": f"X{GOOD}",
    "another number": at("\u0661"),
    "too long a header": GOOD + " " * (1025 - len(GOOD)),
    "twice the key": f"{GOOD},key={KEY}",
    "a third part": f"{GOOD},v=1",
    "an empty third part": f"{GOOD},",
    "other names": f"Timestamp={T},key={KEY}",
    "tabs": f"\ttimestamp={T},key={KEY}",
}


@pytest.mark.parametrize("name", SIGNED)
def test_a_signature_of_ours_is_right_however_it_is_written(name: str) -> None:
    assert refusal(SIGNED[name]) is None
    assert refusal(SIGNED[name], secrets=("other", "s")) is None
    assert refusal(SIGNED[name], raw=RAW + b" ") is BadSignature
    assert refusal(SIGNED[name], secrets=("other",)) is BadSignature
    assert refusal(SIGNED[name], secrets=()) is BadSignature


@pytest.mark.parametrize("stamp", ["9", "1234567890", "999999999999"])
def test_a_timestamp_has_one_to_twelve_digits(stamp: str) -> None:
    assert refusal(at(stamp), now=int(stamp)) is None


def test_a_key_may_have_every_letter_of_base64() -> None:
    keys = {number: key_of("s", str(number).encode()) for number in range(60)}
    assert all(refusal(at(str(T), key), str(number).encode()) is None for number, key in keys.items())
    assert len(set("".join(keys.values()))) == 65


@pytest.mark.parametrize("name", UNSIGNED)
def test_anything_else_is_refused(name: str) -> None:
    assert refusal(UNSIGNED[name]) is BadSignature


@pytest.mark.parametrize(
    ("seconds", "stale"), [(-300.01, True), (-300, False), (0, False), (300, False), (300.01, True), (10**10, True)]
)
def test_five_minutes_to_both_sides_are_fresh(seconds: float, stale: bool) -> None:
    assert refusal(GOOD, now=T + seconds) is (StaleSignature if stale else None)
    assert refusal(f"timestamp={T},key={WRONG}", now=T + seconds) is BadSignature, "the time is of no matter then"


def hint(event: object, **data: object) -> WebhookEvent:
    return read_event({"event": event, "data": data})


EVENTS = [
    ("order.created", {"code": CODE, "id": 7}, WebhookEvent("order.created", CODE, 7)),
    ("order.created", {"orderCode": CODE}, WebhookEvent("order.created", CODE)),
    ("order.created", {"code": "7", "orderCode": CODE, "orderId": 7}, WebhookEvent("order.created", CODE)),
    ("order.payment_completed", {"code": CODE}, WebhookEvent("order.payment_completed", CODE, claimed_status="paid")),
    (
        "payment.completed",
        {"orderCode": CODE, "orderId": "7"},
        WebhookEvent("payment.completed", CODE, 7, claimed_status="paid"),
    ),
    ("payment.failed", {"orderId": 7, "id": 8}, WebhookEvent("payment.failed", None, 7, claimed_status="failed")),
    ("payment.canceled", {"code": CODE}, WebhookEvent("payment.canceled", claimed_status="canceled")),
    ("payment.other", {"orderId": 7}, WebhookEvent("payment.other", None, 7)),
    ("invoice.paid", {"orderCode": CODE, "code": "invoice_1", "id": 8}, WebhookEvent("invoice.paid", CODE)),
    ("invoice.updated", {"orderId": "7", "id": 8}, WebhookEvent("invoice.updated", None, 7)),
    ("invoice.paid", {"order": {"code": CODE, "id": 7}, "id": 8}, WebhookEvent("invoice.paid", CODE, 7)),
    ("invoice.paid", {"order": "x", "code": CODE, "id": 8}, WebhookEvent("invoice.paid")),
    ("subscription.created", {"id": 5, "subscriptionId": 6}, WebhookEvent("subscription.created", subscription_id=5)),
    ("subscription.changed", {"subscriptionId": 6}, WebhookEvent("subscription.changed", subscription_id=6)),
    ("customer.created", {"id": 5, "code": CODE, "orderId": 7}, WebhookEvent("customer.created")),
    ("a" * 24 + "." + "b" * 32 + "." + "c" * 32, {}, WebhookEvent("a" * 24 + "." + "b" * 32 + "." + "c" * 32)),
    ("a.b", {}, WebhookEvent("a.b")),
    ("a.", {}, WebhookEvent("unknown")),
    ("a..b", {}, WebhookEvent("unknown")),
    ("a" * 25 + ".b", {}, WebhookEvent("unknown")),
    ("a." + "b" * 33, {}, WebhookEvent("unknown")),
    ("order", {"code": CODE}, WebhookEvent("unknown")),
    ("order.a.b.c", {"code": CODE}, WebhookEvent("unknown")),
    ("order.Created", {"code": CODE}, WebhookEvent("unknown")),
    ("order.created\n", {"code": CODE}, WebhookEvent("unknown")),
    (".order", {}, WebhookEvent("unknown")),
    (None, {"code": CODE}, WebhookEvent("unknown")),
    (7, {"code": CODE}, WebhookEvent("unknown")),
]


@pytest.mark.parametrize(("event", "data", "read"), EVENTS)
def test_an_event_hints_at_this_and_nothing_else(event: object, data: dict[str, object], read: WebhookEvent) -> None:
    assert hint(event, **data) == read
    assert hint(event, **data).names_an_order is (read.order_code == CODE or read.order_id == 7)


@pytest.mark.parametrize("data", [None, [], "x", 7])
def test_an_event_without_data_hints_at_nothing(data: object) -> None:
    assert read_event({"event": "order.created", "data": data}) == WebhookEvent("unknown")
    assert read_event({"event": "order.created"}) == WebhookEvent("unknown")


@pytest.mark.parametrize("code", [7, True, None, "", "123456", "order a", ["order_a"], "x" * 65])
def test_what_is_no_order_code_is_not_read(code: object) -> None:
    assert hint("order.created", code=code) == WebhookEvent("order.created")
    assert hint("payment.completed", orderCode=code) == WebhookEvent("payment.completed", claimed_status="paid")


@pytest.mark.parametrize(
    ("number", "read"),
    [
        *((value, value) for value in (1, 9, BIG)),
        *((str(value), value) for value in (1, 10, 99, BIG)),
        *((value, None) for value in (0, -1, BIG + 1, str(BIG + 1), True, 7.0, None, "", "0", "07", "+7")),
        *((value, None) for value in ("7 ", "\u0661", "1" * 20, [7], {"id": 7})),
    ],
)
def test_a_number_is_read_from_one_to_what_a_database_holds(number: object, read: int | None) -> None:
    assert read_v1_event({"orderId": number}) == WebhookEvent("v1", order_id=read)
    assert hint("order.created", id=number).order_id == read
    assert hint("payment.failed", orderId=number).order_id == read
    assert hint("subscription.created", id=number).subscription_id == read
