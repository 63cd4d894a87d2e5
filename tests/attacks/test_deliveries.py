"""What the merchant backend receives: each transition, at least once, under one id, and only from us."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask, Response, request
from standardwebhooks import Webhook

from tests.integration.test_ledger import REFUNDED, told
from tests.support.app_fixture import COMPLETE, PAID, FakeStepPay, World
from tests.support.job_helpers import FakeMerchant, event_body, next_due, send, tools, work, work_for
from tests.support.merchant import verify
from tools.wsgi_server import serving
from widget_server.adapters.store.deliveries import SqlDeliveries
from widget_server.adapters.store.jobs import LEASE, SqlJobs
from widget_server.adapters.webhooks_out import ssrf_guard
from widget_server.adapters.webhooks_out.sender import WebhookSender
from widget_server.domain.delivery import DeliveryResponse
from widget_server.merchant.webhooks import Delivery, WebhookVerificationError, verify_delivery

SECRET = "whsec_" + "Q2FuYXJ5" * 4
OTHER = "whsec_" + "T3RoZXIh" * 4
AT = datetime(2026, 11, 23, 3, 16, tzinfo=UTC)


@dataclass
class Backend:
    """A real one on loopback: keeps what came and answers what the test says."""

    answers: list[Response] = field(default_factory=list)
    came: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)
    url: str = ""


@contextmanager
def backend(*answers: Response) -> Iterator[Backend]:
    kept, app = Backend(list(answers)), Flask("backend")

    @app.post("/told")
    def take() -> Response:
        kept.came.append((request.get_data(), dict(request.headers)))
        return kept.answers.pop(0) if kept.answers else Response(status=204)

    @app.route("/elsewhere", methods=["GET", "POST"])
    def elsewhere() -> Response:
        kept.came.append((b"followed", {}))
        return Response(status=200)

    with serving(app) as url:
        kept.url = f"{url}/told"
        yield kept


def paid_event(world: World, steppay: FakeStepPay) -> str:
    """The id of a delivery that waits."""
    code = steppay.paid()
    verify(world, code)
    return told(world, code)[0][1]


def state(world: World, event_id: str) -> tuple[str, list[tuple[int | None, str]]]:
    store = SqlDeliveries(world.engine)
    found = store.find(event_id)
    assert found is not None
    return found.state, [(one.status, one.outcome) for one in store.attempts(event_id)]


def test_a_delivery_is_a_standard_webhook_with_the_verdict_and_its_history(world: World, steppay: FakeStepPay) -> None:
    event_id = paid_event(world, steppay)
    with backend() as shop:
        work(world, WebhookSender(shop.url, SECRET, private=True))
    [(raw, headers)] = shop.came
    found = verify_delivery(raw, headers, secrets=[OTHER, SECRET], now=world.clock.now)
    assert (found.id, found.type, found.data["verdict"], found.data["amount"]) == (
        event_id,
        "payment.paid",
        "paid",
        10000,
    )
    assert [step["verdict"] for step in found.data["history"]] == ["paid"]
    assert not {"token", "message", "idKey", "customer"} & set(found.data)
    assert state(world, event_id) == ("delivered", [(204, "answered")])
    at = int(world.clock.now.timestamp())
    signature = Webhook(SECRET).sign(event_id, world.clock.now, raw.decode())
    assert (headers["Webhook-Timestamp"], headers["Webhook-Signature"]) == (str(at), signature)


def test_AV_08_a_merchant_that_is_down_gets_the_same_webhook_later_under_the_same_id(
    world: World, steppay: FakeStepPay
) -> None:
    event_id = paid_event(world, steppay)
    shop = FakeMerchant(
        lambda number: DeliveryResponse("answered", 200) if number == 4 else DeliveryResponse("answered", 500)
    )
    work_for(world, timedelta(hours=1), shop)
    assert [one[0] for one in shop.told] == [event_id] * 4
    assert len({json.dumps(body) for _id, body in shop.told}) == 1
    assert state(world, event_id) == ("delivered", [(500, "answered")] * 3 + [(200, "answered")])
    assert next_due(world) is None


def test_AV_08_after_three_days_it_is_parked_and_can_be_sent_again(
    world: World, steppay: FakeStepPay, caplog: pytest.LogCaptureFixture
) -> None:
    event_id = paid_event(world, steppay)
    down = FakeMerchant(lambda _number: DeliveryResponse("unreachable"))
    work_for(world, timedelta(days=2, hours=12), down)
    assert state(world, event_id)[0] == "waiting"
    work_for(world, timedelta(days=2), down)
    assert (state(world, event_id)[0], len(down.told)) == ("parked", 15)
    assert f"delivery_parked id={event_id}" in caplog.text
    up = FakeMerchant()
    assert SqlDeliveries(world.engine).redeliver(event_id, world.clock.now)
    work(world, up)
    assert (state(world, event_id)[0], [one[0] for one in up.told]) == ("delivered", [event_id])
    assert not SqlDeliveries(world.engine).redeliver("evt_unknown", world.clock.now)


def test_AV_08_a_worker_killed_between_the_post_and_the_note_sends_again_under_the_same_id(
    world: World, steppay: FakeStepPay
) -> None:
    event_id, shop = paid_event(world, steppay), FakeMerchant()
    leases, given = SqlJobs(world.engine), tools(world, shop)
    [job] = leases.lease("dead", world.clock.now, 1)
    given.deliveries.begin_attempt(event_id, world.clock.now)
    shop.send(event_id, "{}", world.clock.now)
    assert leases.lease("other", world.clock.now, 1) == []
    world.clock.pass_by(LEASE + timedelta(seconds=1))
    work(world, shop)
    assert [one[0] for one in shop.told] == [event_id] * 2
    assert state(world, event_id) == ("delivered", [(None, "unfinished"), (200, "answered")])
    given.deliveries.end_attempt(job, 1, DeliveryResponse("answered", 500), None)  # the dead one comes back
    assert state(world, event_id)[0] == "delivered"


def test_a_request_to_wait_is_honoured(world: World, steppay: FakeStepPay) -> None:
    event_id = paid_event(world, steppay)
    busy = FakeMerchant(lambda _number: DeliveryResponse("answered", 429, retry_after_seconds=7200))
    work(world, busy)
    assert next_due(world) == world.clock.now + timedelta(hours=2)
    assert state(world, event_id)[0] == "waiting"


def test_FF_07_a_refund_after_fulfillment_reaches_the_merchant(world: World, steppay: FakeStepPay) -> None:
    code, shop = steppay.paid(), FakeMerchant()
    checkout = world.create_checkout(code)
    verify(world, code)
    steppay.order(*REFUNDED, code)
    send(world, event_body(code, "order.updated"))
    work(world, shop)
    world.client.get(f"/v1/return/{checkout}?status=success")
    work_for(world, timedelta(minutes=5), shop)
    assert sorted(shop.types()) == ["payment.paid", "payment.refunded"]
    assert len({event_id for event_id, _body in shop.told}) == 2


def test_a_renewal_is_reported_as_one_after_steppay_confirmed_it(world: World, steppay: FakeStepPay) -> None:
    code, shop = steppay.order({**PAID, "type": "RECURRING"}, COMPLETE), FakeMerchant()
    send(world, event_body(code, "order.payment_completed"))
    failed = steppay.order({**PAID, "type": "RECURRING", "paymentDate": None}, {"paymentStatus": "FAILED"})
    send(world, event_body(failed, "order.payment_completed"))
    work(world, shop)
    assert sorted(shop.types()) == ["payment.failed", "renewal.paid"]


def test_an_event_of_a_subscription_that_steppay_does_not_know_tells_the_merchant_nothing(world: World) -> None:
    shop = FakeMerchant()
    raw = event_body(None, "subscription.updated", id=77, status="ACTIVE", customer={"name": "canary"})
    for _ in range(2):
        send(world, raw)
    work_for(world, timedelta(minutes=5), shop)
    assert shop.told == []


def send_webhook(url: str, **options: Any) -> DeliveryResponse:
    return WebhookSender(url, SECRET, **options).send("evt_1", "{}", AT)


def test_FF_08_a_redirect_is_not_followed_and_only_the_first_2_kilobytes_are_kept() -> None:
    away = Response("x" * 5000, status=302, headers={"Location": "/elsewhere"})
    with backend(away, Response("x" * 5000, status=500)) as shop:
        answer, other = send_webhook(shop.url, private=True), send_webhook(shop.url, private=True)
    assert (answer.status, answer.accepted, answer.text) == (302, False, shop.url.replace("told", "elsewhere"))
    assert (other.status, other.accepted, len(other.text), len(shop.came)) == (500, False, 2048, 2)


def test_FF_08_private_addresses_are_refused_unless_allowed() -> None:
    with backend() as shop:
        assert send_webhook(shop.url).outcome == "forbidden_address"
        assert send_webhook(shop.url.replace("127.0.0.1", "localhost")).outcome == "forbidden_address"
        assert shop.came == []
        assert send_webhook(shop.url, private=True).accepted


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe",
     "2002:7f00:1::", "::"],
)  # fmt: skip
def test_FF_08_these_addresses_are_not_public(address: str) -> None:
    assert not ssrf_guard.is_public(address)


def test_FF_08_ordinary_addresses_are_public() -> None:
    assert all(map(ssrf_guard.is_public, ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c")))


def signed_headers(raw: bytes, at: datetime = AT, secret: str = SECRET, event_id: str = "evt_1") -> dict[str, str]:
    signature = Webhook(secret).sign(event_id, at, raw.decode())
    stamp = str(int(at.timestamp()))
    return {"Webhook-Id": event_id, "webhook-timestamp": stamp, "WEBHOOK-SIGNATURE": signature}


RAW = b'{"type": "payment.paid", "timestamp": "2026-11-23T03:16:00Z", "data": {"verdict": "paid"}}'
GOOD = signed_headers(RAW)


def test_FF_08_the_helper_takes_what_is_genuine_and_fresh() -> None:
    wanted = Delivery("evt_1", "payment.paid", {"verdict": "paid"})
    assert verify_delivery(RAW, GOOD, secrets=[SECRET], now=AT) == wanted
    both = {**GOOD, "WEBHOOK-SIGNATURE": f"v1a,xyz v1,{'A' * 43}= {GOOD['WEBHOOK-SIGNATURE']}"}
    assert verify_delivery(RAW, both, secrets=[OTHER, SECRET], now=AT + timedelta(seconds=300)) == wanted


@pytest.mark.parametrize(
    ("raw", "headers", "now", "code"),
    [
        (RAW, {}, AT, "malformed_headers"),
        (RAW, {**GOOD, "webhook-timestamp": "1e9"}, AT, "malformed_headers"),
        (RAW, {**GOOD, "webhook-id": "evt_2"}, AT, "malformed_headers"),
        (RAW, {**GOOD, "Webhook-Id": "evt_2"}, AT, "bad_signature"),
        (RAW, {**GOOD, "WEBHOOK-SIGNATURE": "v1,AAAA"}, AT, "bad_signature"),
        (RAW, {**GOOD, "WEBHOOK-SIGNATURE": ""}, AT, "bad_signature"),
        (RAW + b"\n", GOOD, AT, "bad_signature"),
        (RAW, signed_headers(RAW, secret=OTHER), AT, "bad_signature"),
        (RAW, GOOD, AT + timedelta(seconds=301), "stale"),
        (RAW, GOOD, AT - timedelta(seconds=301), "stale"),
        (b"[]", signed_headers(b"[]"), AT, "malformed_body"),
        (b"{", signed_headers(b"{"), AT, "malformed_body"),
        (b"[" * 9999, signed_headers(b"[" * 9999), AT, "malformed_body"),
        ("text", GOOD, AT, "unusable_input"),
        (RAW, GOOD, AT.replace(tzinfo=None), "unusable_input"),
    ],
)
def test_FF_08_the_helper_refuses_everything_else(raw: Any, headers: dict[str, str], now: datetime, code: str) -> None:
    with pytest.raises(WebhookVerificationError, match=f"^{code}: "):
        verify_delivery(raw, headers, secrets=[SECRET], now=now)


@pytest.mark.parametrize("secrets", [[], ["whsec_"], ["whsec_kurz"], ["whsec_\xff"], SECRET, [None]])
def test_FF_08_the_helper_needs_usable_secrets(secrets: Any) -> None:
    with pytest.raises(WebhookVerificationError, match=r"^unusable_secrets: "):
        verify_delivery(RAW, GOOD, secrets=secrets, now=AT)
