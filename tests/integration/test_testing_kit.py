"""The test kit against a real server: its deliveries, its tokens, and a suite that uses the fixtures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.support.app_fixture import NOW, PUBLIC, SHOP, FakeStepPay, World
from tests.support.forged_tokens import claims_of
from tests.support.job_helpers import FakeMerchant, event_body, send, work
from tests.support.merchant import bind
from tests.support.merchant_suite import run_suite
from widget_server.domain.subscription import EVENTS
from widget_server.merchant import webhooks
from widget_server.testing import NOTIFY_SECRET, signed_delivery, signed_verdict


class Backend:
    """What a real server tells its merchant about an order of the simulator."""

    def __init__(self, world: World, steppay: FakeStepPay) -> None:
        self.world, self.steppay, self.merchant = world, steppay, FakeMerchant()

    def order(self, outcome: str, amount: int) -> str:
        made = requests.post(
            f"{self.steppay.url}/simulator/orders", json={"amount": amount, "outcome": outcome}, timeout=60
        )
        return str(made.json()["orderCode"])

    def step(self, code: str, step: str, **body: object) -> str:
        answer = requests.post(f"{self.steppay.url}/simulator/orders/{code}/{step}", json=body, timeout=60)
        assert answer.ok, answer.text
        return str(answer.json()["orderCode"])

    def hear(self, code: str) -> None:
        """StepPay's event arrives, and the jobs run."""
        send(self.world, event_body(code, at=len(self.merchant.told)))
        work(self.world, self.merchant)


def paid(backend: Backend) -> str:
    return backend.order("paid", 18_000)


def mismatched(backend: Backend) -> str:
    code = backend.order("paid", 18_000)
    bind(backend.world, code, {"amount": 19_000, "currency": "KRW"})
    return code


def trial(backend: Backend) -> str:
    code = backend.order("free_trial", 9_900)
    bind(backend.world, code, {"amount": 0, "currency": "KRW"})
    return code


def refunded_later(amount: int) -> Callable[[Backend], str]:
    def make(backend: Backend) -> str:
        code = paid(backend)
        backend.hear(code)
        return backend.step(code, "refund", amount=amount)

    return make


def renewed(backend: Backend) -> str:
    return backend.step(backend.order("subscription", 18_000), "renew")


MAKERS: dict[str, Callable[[Backend], str]] = {
    "payment.paid": paid,
    "payment.no_charge": trial,
    "payment.failed": lambda backend: backend.order("failed", 18_000),
    "payment.canceled": lambda backend: backend.order("canceled", 18_000),
    "payment.mismatch": mismatched,
    "payment.partially_refunded": refunded_later(9_000),
    "payment.refunded": refunded_later(18_000),
    "renewal.paid": renewed,
    "subscription.payment_method_changed": lambda backend: backend.order("payment_method", 18_000),
}


def test_every_type_is_compared() -> None:
    assert MAKERS.keys() | set(EVENTS.values()) == webhooks.TYPES.keys()


@pytest.mark.parametrize("kind", MAKERS)
def test_a_signed_delivery_is_the_one_that_a_real_server_sends(kind: str, keyed: World, steppay: FakeStepPay) -> None:
    backend = Backend(keyed, steppay)
    code = MAKERS[kind](backend)
    backend.hear(code)
    sent_id, sent = next(told for told in reversed(backend.merchant.told) if told[1]["type"] == kind)
    data = sent["data"]
    subscription = next(iter(data["subscriptionIds"]), None)
    kit = signed_delivery(
        kind, order_code=code, amount=18_000, order_id=data["orderId"], subscription_id=subscription, now=NOW
    )
    assert (kit.headers["webhook-id"], json.loads(kit.body)) == (sent_id, sent)
    assert list(json.loads(kit.body)["data"]) == list(data)
    assert webhooks.verify_delivery(*kit, secrets=[NOTIFY_SECRET], now=NOW).type == kind


@pytest.mark.parametrize("outcome", ["paid", "awaiting_deposit", "partially_refunded", "unknown", "cancel_in_progress"])
def test_a_signed_verdict_has_the_claims_of_a_real_servers(outcome: str, world: World, steppay: FakeStepPay) -> None:
    code = Backend(world, steppay).order(outcome, 18_000)
    answer = world.client.post("/v1/verify", json={"orderCode": code}).json
    kit = signed_verdict(
        order_code=code, amount=18_000, verdict=answer["verdict"], reason=answer["reason"],
        order_id=answer["orderId"], issuer=PUBLIC, audience=SHOP, now=NOW,
    )  # fmt: skip
    real = {**claims_of(answer["token"]), "aud": [SHOP]}  # the world lists a second shop
    assert {**claims_of(kit), "jti": ""} == {**real, "jti": ""}
    assert list(claims_of(kit)) == list(real)


SUITE = """
import socket
from urllib.parse import urlsplit

import pytest
import requests

from widget_server.adapters.store.migrate import upgrade
from widget_server.app import create_app
from widget_server.config import read_settings


def test_orders_events_and_calls_are_those_of_this_test(steppay_simulator):
    order = steppay_simulator.order(5_000, "paid")
    order.refund(2_000)
    waiting = steppay_simulator.order(outcome="awaiting_deposit")
    waiting.deposit()
    trial = steppay_simulator.subscription(9_900, trial=True)
    trial.pay()
    assert (trial.amount, trial.payment_status, trial.renew().amount) == (0, None, 9_900)
    assert trial.renew().subscription_id == trial.subscription_id
    assert (order.payment_status, waiting.payment_status) == ("PARTIAL_CANCELED", "COMPLETE")
    assert steppay_simulator.find(order.code).id == order.id
    assert steppay_simulator.latest_order.amount == 9_900
    assert [event.type for event in steppay_simulator.events][:3] == [
        "order.payment_completed", "order.updated", "payment.standby"
    ]


def test_nothing_of_another_test_is_left(steppay_simulator):
    assert (steppay_simulator.events, steppay_simulator.calls()) == ([], [])
    with pytest.raises(LookupError):
        steppay_simulator.latest_order


def test_a_server_works_with_the_settings(steppay_settings, steppay_simulator):
    settings = read_settings(steppay_settings)
    upgrade(settings.database_url)
    client = create_app(settings).test_client()
    order = steppay_simulator.order(5_000, "paid")
    answer = client.post("/v1/verify", json={"orderCode": order.code})
    assert answer.json["fulfill"] is True
    event = steppay_simulator.events[0]
    assert client.post("/v1/webhooks/steppay", data=event.body, headers=event.headers).status_code == 200
    assert client.post("/v1/verify", json={"orderCode": "order_test_refunded"}).json["verdict"] == "refunded"


def test_the_simulator_is_on_loopback(steppay_simulator):
    assert urlsplit(steppay_simulator.url).hostname == "127.0.0.1"
    assert requests.get(steppay_simulator.url + "/healthz", timeout=60).ok
"""


def test_a_merchants_suite_gets_a_simulator_and_settings(tmp_path: Path) -> None:
    done = run_suite(tmp_path, {"test_shop.py": SUITE})
    assert "4 passed" in done.stdout, done.stdout + done.stderr
