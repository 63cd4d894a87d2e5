"""Authentic is not true: what StepPay's events say, and what StepPay's API says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.integration.test_ledger import FAILED, REFUNDED, stands
from tests.support.app_fixture import COMPLETE, PAID, STANDBY, UNPAID, FakeStepPay, World
from tests.support.job_helpers import V1_PATH, FakeMerchant, event_body, kept_events, send, signed, work
from widget_server.app import create_app
from widget_server.config import RateLimit


def test_WH_13_events_in_the_wrong_order_end_in_what_steppay_says(world: World, steppay: FakeStepPay) -> None:
    code, merchant = steppay.order(*REFUNDED), FakeMerchant()
    for name in ("payment.canceled", "payment.completed", "order.updated"):
        send(world, event_body(None if name.startswith("payment") else code, name, orderCode=code, x=name))
        work(world, merchant)
        world.clock.pass_by(timedelta(seconds=10))
    assert (stands(world, code), merchant.types()) == ("refunded", ["payment.refunded"])


@pytest.mark.parametrize(
    ("name", "order", "receipt", "verdict", "told"),
    [
        ("order.payment_completed", UNPAID, STANDBY, "pending", []),
        ("payment.failed", PAID, COMPLETE, "paid", ["payment.paid"]),
        ("payment.completed", *FAILED, "failed", ["payment.failed"]),
    ],
)
def test_WH_14_an_authentic_event_is_not_a_true_one(
    *,
    world: World,
    steppay: FakeStepPay,
    name: str,
    order: dict[str, Any],
    receipt: dict[str, Any],
    verdict: str,
    told: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    code, merchant = steppay.order(order, receipt), FakeMerchant()
    send(world, event_body(code, name, orderCode=code))
    for _ in range(6):
        work(world, merchant)
        world.clock.pass_by(timedelta(minutes=20))
    assert (stands(world, code), merchant.types()) == (verdict, told)
    assert (f"webhook_not_confirmed order={code}" in caplog.text) is (verdict != "paid")


def test_WH_14_an_event_that_overtakes_steppays_own_api_is_looked_into_again(
    world: World, steppay: FakeStepPay
) -> None:
    code = steppay.unpaid()
    send(world, event_body(code))
    work(world)
    assert (stands(world, code), kept_events(world)[0][1]) == ("pending", "new")
    steppay.order(PAID, COMPLETE, code)
    world.clock.pass_by(timedelta(seconds=6))
    work(world)
    assert (stands(world, code), kept_events(world)[0][1]) == ("paid", "done")


BAD_JSON = [b"{", b"[1]", b'{"event":"a","event":"b"}', b'{"a":NaN}', b"[" * 100_000, b'{"a":' * 60 + b"1" + b"}" * 60]


@pytest.mark.parametrize("raw", BAD_JSON, ids=range(len(BAD_JSON)))
def test_WH_16_the_signature_comes_before_the_parser(world: World, raw: bytes) -> None:
    assert send(world, raw, "timestamp=1,key=" + "A" * 43 + "=").status_code == 401
    answer = send(world, raw)
    assert (answer.status_code, answer.json["code"]) == (400, "invalid_json")
    assert kept_events(world) == []


def test_WH_16_what_is_too_large_is_not_even_hashed(world: World) -> None:
    big = b" " * (1024 * 1024 + 1)
    for header in (signed(big), ""):
        answer = send(world, big, header)
        assert (answer.status_code, answer.json["code"]) == (413, "too_large")
    assert send(world, event_body("order_a", x=" " * 1_000_000)).status_code == 200


def test_WH_16_an_event_of_a_foreign_order_leads_to_nothing(world: World, steppay: FakeStepPay) -> None:
    merchant = FakeMerchant()
    assert send(world, event_body("order_of_somebody_else")).status_code == 200
    assert send(world, event_body(None, "payment.completed", orderId="77")).status_code == 200
    for _ in range(6):
        work(world, merchant)
        world.clock.pass_by(timedelta(minutes=20))
    assert [state for _event, state in kept_events(world)] == ["ignored", "ignored"]
    assert (stands(world, "order_of_somebody_else"), merchant.told) == (None, [])


@pytest.mark.parametrize(
    "body", [{}, {"event": "customer.created", "data": {"id": 1}}, {"event": 7, "data": {}}, {"event": "order.updated"}]
)
def test_WH_16_an_event_that_names_nothing_of_ours_is_ignored(world: World, body: dict[str, Any]) -> None:
    answer = send(world, json.dumps(body).encode())
    assert (answer.status_code, answer.json["status"], kept_events(world)) == (200, "ignored", [])


def with_v1(world: World, **changes: Any) -> Any:
    settings = replace(world.settings, webhook_v1=True, **changes)
    return create_app(settings, replace(world.deps, settings=settings)).test_client()


def test_WH_17_the_old_route_is_off_by_default_and_the_new_one_takes_nothing_unsigned(world: World) -> None:
    body = {"webHookType": "PAYMENT", "orderId": 183682}
    answer = world.client.post(V1_PATH, json=body)
    assert (answer.status_code, answer.json["code"]) == (404, "webhooks_disabled")
    assert world.client.post("/v1/webhooks/steppay", json=body).status_code == 401
    assert world.client.post("/v1/webhooks/steppay", data=body).status_code == 401


def test_WH_17_a_forged_old_event_changes_nothing_that_steppay_does_not_say(world: World, steppay: FakeStepPay) -> None:
    unpaid, paid = (
        steppay.order({**UNPAID, "orderId": 881}, STANDBY),
        steppay.order({**PAID, "orderId": 882}, COMPLETE),
    )
    client, merchant = with_v1(world), FakeMerchant()
    answers = [
        client.post(V1_PATH, json={"webHookType": "PAYMENT", "orderId": 881}),
        client.post(V1_PATH, json={"webHookType": "CANCELED", "orderId": 882}),
        client.post(V1_PATH, data={"webHookType": "PAYMENT", "orderId": "881"}),
        client.post(V1_PATH, data=b"\xff{", content_type="application/json"),
        client.post(V1_PATH, json={"orderId": "1_0"}),
    ]
    assert [(answer.status_code, answer.json) for answer in answers] == [(200, {"status": "stored"})] * 5
    world.clock.pass_by(timedelta(seconds=10))
    work(world, merchant)
    assert (stands(world, unpaid), stands(world, paid)) == ("pending", "paid")
    assert merchant.types() == ["payment.paid"]


def test_WH_17_a_flood_buys_few_calls(world: World, steppay: FakeStepPay) -> None:
    client = with_v1(world, rate_limit=None)
    answers = [client.post(V1_PATH, json={"orderId": number % 300 + 1}) for number in range(1000)]
    assert {answer.status_code for answer in answers} == {200, 503}
    work(world)
    assert len(steppay.calls()) == 1, "one a second"
    limited = with_v1(world, rate_limit=RateLimit(5, 60))
    assert [limited.post(V1_PATH, json={"orderId": 1}).status_code for _ in range(7)].count(429) == 2


def test_WH_17_a_forged_old_event_does_not_hide_the_real_one(world: World, steppay: FakeStepPay) -> None:
    code, client = steppay.order({**UNPAID, "orderId": 883}, STANDBY), with_v1(world)
    client.post(V1_PATH, json={"webHookType": "PAYMENT", "orderId": 883})
    work(world)
    steppay.order({**PAID, "orderId": 883}, COMPLETE, code)
    world.clock.pass_by(timedelta(minutes=1))
    client.post(V1_PATH, json={"webHookType": "PAYMENT", "orderId": 883})
    work(world)
    assert stands(world, code) == "paid"


def test_an_event_that_cannot_be_kept_is_not_confirmed(world: World) -> None:
    """StepPay sends it again then."""
    world.break_storage()
    answer = send(world, event_body("order_a"))
    assert (answer.status_code, answer.json["code"]) == (503, "storage_unavailable")


def test_without_a_secret_the_signed_route_is_off(world: World) -> None:
    settings = replace(world.settings, webhook_secrets=())
    client = create_app(settings, replace(world.deps, settings=settings)).test_client()
    raw = event_body("order_a")
    answer = client.post("/v1/webhooks/steppay", data=raw, headers={"Steppay-Signature": signed(raw)})
    assert answer.status_code == 404
