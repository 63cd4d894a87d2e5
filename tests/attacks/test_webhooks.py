"""StepPay's events, and forged ones. A signed event is a hint; StepPay's API alone says what is true."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.integration.test_ledger import job_subjects, stands, steps
from tests.support.app_fixture import COMPLETE, NOW, PAID, WEBHOOK_SECRET, FakeStepPay, World
from tests.support.job_helpers import FakeMerchant, event_body, kept_events, key_of, send, signed, work
from widget_server.app import create_app
from widget_server.config import Secret

T = int(NOW.timestamp())
RAW = event_body("order_a")
KEY = key_of(RAW, T)
OTHER = base64.b64encode(b"x" * 32).decode()
OTHER_SECRET = "canary-An0ther-9f8e7d6c5b4a"


def assert_refused(world: World, answer: Any, code: str = "invalid_signature") -> None:
    assert (answer.status_code, answer.json["code"]) == (401, code)
    assert answer.headers["WWW-Authenticate"] == "Steppay-Signature"
    assert KEY not in answer.text
    assert kept_events(world) == []
    assert job_subjects(world, "webhook") == []


def test_WH_01_a_signed_event_is_stored_then_confirmed_by_steppay_and_sent_on_once(
    world: World, steppay: FakeStepPay
) -> None:
    code, merchant = steppay.paid(), FakeMerchant()
    answer = send(world, event_body(code, "order.payment_completed"))
    assert (answer.status_code, answer.json) == (200, {"status": "stored"})
    assert (kept_events(world), stands(world, code), steppay.calls()) == (
        [("order.payment_completed", "new")],
        None,
        [],
    )
    work(world, merchant)
    assert (kept_events(world), stands(world, code)) == ([("order.payment_completed", "done")], "paid")
    assert [path.rpartition("/")[0] for path in steppay.calls()] == ["/api/v1/orders", "/api/payment/receipt"]
    assert merchant.types() == ["payment.paid"]


def test_WH_01_a_payment_event_names_the_order_by_its_number(world: World, steppay: FakeStepPay) -> None:
    code = steppay.order({**PAID, "orderId": 991234}, COMPLETE)
    assert send(world, event_body(None, "payment.completed", orderId="991234", idKey="abc")).json["status"] == "stored"
    work(world)
    assert stands(world, code) == "paid"


@pytest.mark.parametrize(
    "header",
    [
        "",
        f"timestamp={T}",
        f"key={KEY}",
        f"timestamp={T},timestamp={T},key={KEY}",
        f"timestamp={T},key={KEY},key={KEY}",
        f"timestamp={T},key={KEY},timestamp={T},key={KEY}",
        f"timestamp={T},key={KEY},x=1",
        f"timestamp={T},key={KEY}" + " " * 20_000,
        f"timestamp=+{T},key={KEY}",
        f"timestamp={T}.0,key={KEY}",
        f"timestamp=\u0661,key={KEY}",
        f"timestamp={'9' * 400},key={KEY}",
        f"timestamp={T};key={KEY}",
        f"Timestamp={T},key={KEY}",
        f"timestamp={T},key=={KEY}",
        ",,,===;;;",
        "\xff\xfe",
    ],
)
def test_WH_02_a_malformed_signature_is_refused_and_the_body_not_read(world: World, header: str) -> None:
    assert_refused(world, send(world, RAW, header))
    assert_refused(world, send(world, b"{not json", header))


def test_WH_02_without_the_header_nothing_is_taken(world: World) -> None:
    assert_refused(world, world.client.post("/v1/webhooks/steppay", data=RAW))


@pytest.mark.parametrize("header", [f"key={KEY},timestamp={T}", f"timestamp={T}, key={KEY}"])
def test_WH_02_another_order_and_one_space_are_accepted(world: World, header: str) -> None:
    assert send(world, RAW, header).status_code == 200


def test_WH_04_an_old_signature_is_refused_and_only_suggests_a_look(world: World) -> None:
    for _ in range(3):
        assert_refused(world, send(world, RAW, signed(RAW, NOW - timedelta(seconds=301))), "signature_expired")
    assert job_subjects(world, "check") == ["order_a"]
    assert send(world, RAW, signed(RAW, NOW - timedelta(seconds=300))).status_code == 200


def test_WH_05_a_signature_from_the_future_is_refused(world: World) -> None:
    assert_refused(world, send(world, RAW, signed(RAW, NOW + timedelta(seconds=301))), "signature_expired")
    assert send(world, RAW, signed(RAW, NOW + timedelta(seconds=300))).status_code == 200


def test_WH_07_any_right_key_of_a_few_is_enough(world: World) -> None:
    assert send(world, RAW, f"timestamp={T},key={OTHER};{KEY}").status_code == 200


@pytest.mark.parametrize(
    "keys", [f"{OTHER};{OTHER}", f";{KEY}", f"{KEY};", ";".join([OTHER] * 8 + [KEY]), ";".join([KEY] * 1000)]
)
def test_WH_07_wrong_empty_or_too_many_keys_are_refused(world: World, keys: str) -> None:
    assert_refused(world, send(world, RAW, f"timestamp={T},key={keys}"))


@pytest.mark.parametrize("secret", [WEBHOOK_SECRET, OTHER_SECRET])
def test_WH_07_each_of_several_secrets_counts(world: World, secret: str) -> None:
    settings = replace(world.settings, webhook_secrets=(Secret(OTHER_SECRET), Secret(WEBHOOK_SECRET)))
    client = create_app(settings, replace(world.deps, settings=settings)).test_client()
    answer = client.post("/v1/webhooks/steppay", data=RAW, headers={"Steppay-Signature": signed(RAW, NOW, secret)})
    assert answer.status_code == 200


@pytest.mark.parametrize("key", [f"AAAA{KEY}BBBB", KEY[:-1], KEY + "=", KEY.lower(), f" {KEY}", KEY[:-2] + "=="])
def test_WH_08_a_key_around_the_right_one_is_a_wrong_key(world: World, key: str) -> None:
    assert_refused(world, send(world, RAW, f"timestamp={T},key={key}"))


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: json.dumps(json.loads(raw), separators=(",", ":")).encode(),
        lambda raw: json.dumps(json.loads(raw), sort_keys=True).encode(),
        lambda raw: raw + b"\n",
        lambda raw: b"\xef\xbb\xbf" + raw,
        lambda raw: raw.replace(b"order_a", b"\\u006frder_a"),
        lambda raw: raw.decode().encode("utf-16"),
        lambda raw: b"",
    ],
)
def test_WH_10_a_single_changed_byte_breaks_the_signature(world: World, change: Callable[[bytes], bytes]) -> None:
    assert_refused(world, send(world, change(RAW), signed(RAW)))
    assert send(world, RAW, signed(RAW)).status_code == 200


def test_WH_11_a_repetition_is_known_whatever_its_header_looks_like(world: World, steppay: FakeStepPay) -> None:
    code, merchant = steppay.paid(), FakeMerchant()
    raw = event_body(code)
    key = key_of(raw, T)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    first = alphabet.index(key[-2]) & ~3
    spellings = [f"{key[:-2]}{alphabet[first + bits]}=" for bits in range(4)]
    headers = [f"timestamp={T},key={one}" for one in (*spellings, f"{OTHER};{key}")]
    answers = [send(world, raw, header) for header in headers] + [send(world, raw, signed(raw, NOW - timedelta(60)))]
    assert [answer.status_code for answer in answers] == [200] * 5 + [401]
    assert [answer.json["status"] for answer in answers[:5]] == ["stored"] + ["known"] * 4
    work(world, merchant)
    send(world, raw)
    work(world, merchant)
    assert (len(kept_events(world)), steps(world, code), merchant.types()) == (1, ["paid"], ["payment.paid"])
