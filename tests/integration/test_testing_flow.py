"""The test kit's way through a whole sale: in a Flask shop, and with a backend that has the server elsewhere."""

from __future__ import annotations

from pathlib import Path

from tests.support.merchant_suite import run_suite

SUITE = """
import pytest
import requests
from flask import Flask

from widget_server import StepPayCheckout
from widget_server.merchant import verify_verdict
from widget_server.merchant.webhooks import verify_delivery
from widget_server.testing import AUDIENCE, NOTIFY_SECRET, deliver, signed_delivery, signed_verdict


class Shop:
    def __init__(self, app):
        self.app, self.events, self.fails = app, [], False
        self.checkout = StepPayCheckout(app)
        self.checkout.on("payment.paid", "payment.refunded", "renewal.paid")(self.receive)

    def receive(self, event):
        self.events.append(event.type)
        if self.fails:
            raise KeyError("a bug of the shop")


@pytest.fixture
def shop(steppay_settings):
    app = Flask(__name__)
    app.config.update(steppay_settings)
    return Shop(app)


@pytest.fixture
def flow(shop, steppay_flow):
    return steppay_flow(shop.app)


def test_a_sale_a_refund_and_nothing_twice(shop, flow, steppay_simulator):
    order = steppay_simulator.order(18_000)
    assert flow.open(order.code).startswith(steppay_simulator.url)
    verdict = flow.buy(order.code)
    with shop.app.app_context():
        assert shop.checkout.verify(verdict["token"], order_code=order.code, amount=18_000).is_fulfillable
    assert [message.type for message in flow.work()] == ["payment.paid"]
    assert (flow.open(order.code), flow.work()) == (None, [])
    order.refund()
    flow.work()
    assert shop.events == ["payment.paid", "payment.refunded"]


def test_another_end(shop, flow, steppay_simulator):
    order = steppay_simulator.order(18_000)
    assert flow.buy(order.code, "awaiting_deposit")["reason"] == "awaiting_deposit"
    assert flow.work() == []
    order.deposit()
    assert [message.type for message in flow.work()] == ["payment.paid"]
    assert flow.verify("order_test_outage")["verdict"] == "unknown"
    assert flow.verify(steppay_simulator.order().code, "error")["verdict"] == "failed"


def test_a_handler_that_fails_gets_the_message_again(shop, flow, steppay_simulator):
    flow.buy(steppay_simulator.order(18_000).code)
    shop.fails = True
    with pytest.raises(KeyError):
        flow.work()
    shop.fails = False
    assert flow.work() == []
    assert [message.type for message in flow.work(minutes=1)] == ["payment.paid"]
    assert flow.work(minutes=1) == []


def test_deliver_runs_every_handler_and_raises_what_they_raise(shop):
    shop.checkout.on("payment.paid")(shop.receive)
    shop.fails = True
    with pytest.raises(ExceptionGroup):
        deliver(shop.app, signed_delivery("payment.paid", order_code="order_x"))
    assert shop.events == ["payment.paid", "payment.paid"]
    with pytest.raises(RuntimeError, match="not in this application"):
        deliver(Flask(__name__), signed_delivery("payment.paid", order_code="order_x"))


def test_a_backend_in_any_framework(steppay_server, steppay_simulator):
    received = []
    steppay_server.receive = lambda message: received.append(verify_delivery(*message, secrets=[NOTIFY_SECRET]))
    keys = requests.get(f"{steppay_server.url}/.well-known/jwks.json", timeout=60).json()
    order = steppay_simulator.order(18_000)
    bound = requests.put(
        f"{steppay_server.url}/v1/orders/{order.code}/expectation", json={"amount": 18_000, "currency": "KRW"},
        headers={"Authorization": f"Bearer {steppay_server.api_key}"}, timeout=60,
    )
    assert bound.ok, bound.text
    issuer = steppay_server.url
    expected = {"keys": keys, "issuer": issuer, "audience": AUDIENCE, "amount": 18_000, "currency": "KRW"}
    made = signed_verdict(order_code=order.code, amount=18_000, issuer=issuer)
    for token in (steppay_server.buy(order.code)["token"], made):
        assert verify_verdict(token, order_code=order.code, **expected).is_fulfillable
    assert [message.type for message in steppay_server.work()] == ["payment.paid"]
    assert [message.order_code for message in received] == [order.code]


def test_a_shop_whose_server_runs_elsewhere(steppay_server, steppay_simulator):
    app, events = Flask(__name__), []
    app.config.update(
        STEPPAY_CHECKOUT_URL=steppay_server.url, WIDGET_NOTIFY_SECRET=NOTIFY_SECRET,
        WIDGET_ALLOWED_ORIGINS=AUDIENCE, WIDGET_ENV="sandbox",
    )
    checkout = StepPayCheckout(app)
    checkout.on("payment.paid")(events.append)
    order = steppay_simulator.order(18_000)
    answers = []
    steppay_server.receive = lambda message: answers.append(
        app.test_client().post("/steppay/deliveries", data=message.body, headers=message.headers).status_code
    )
    token = steppay_server.buy(order.code)["token"]
    with app.app_context():
        assert checkout.verify(token, order_code=order.code, amount=18_000).is_fulfillable
    steppay_server.work()
    deliver(app, signed_delivery("payment.paid", order_code="order_x"))
    assert (answers, len(events)) == ([204], 2)


def test_a_worker_thread_does_not_take_the_jobs_of_the_test(steppay_settings, steppay_flow, steppay_simulator):
    app = Flask(__name__)
    app.config.update(steppay_settings, STEPPAY_CHECKOUT_WORKER="thread")
    StepPayCheckout(app)
    app.test_client().get("/")  # starts it
    flow = steppay_flow(app)
    flow.buy(steppay_simulator.order().code)
    assert [message.type for message in flow.work()] == ["payment.paid"]
"""


def test_a_whole_sale_runs_in_a_merchants_suite(tmp_path: Path) -> None:
    done = run_suite(tmp_path, {"test_shop.py": SUITE})
    assert "7 passed" in done.stdout, done.stdout + done.stderr
