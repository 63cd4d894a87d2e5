"""Subscriptions and changes of card of a Flask shop: the same object beside the server and far from it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask

from tests.integration.test_extension_remote import SHOP, elsewhere, empty_environment, shop
from tests.support.app_fixture import API_KEY, TOKEN, FakeStepPay
from tests.support.upstream import Reply, Upstream
from widget_server import StepPayCheckout, errors

__all__ = ["elsewhere", "empty_environment"]


@pytest.fixture(params=["local", "remote"])
def made(request: pytest.FixtureRequest, steppay: FakeStepPay, tmp_path: Path) -> tuple[Flask, StepPayCheckout, str]:
    """The shop, its object, and the address of its server."""
    if request.param == "remote":
        server = request.getfixturevalue("elsewhere")
        return (*shop(server.url, WIDGET_API_KEY=API_KEY), server.url)
    app = Flask("shop", instance_path=str(tmp_path))
    app.config.update(
        WIDGET_ENV="sandbox", WIDGET_PUBLIC_URL=SHOP, STEPPAY_API_URL=steppay.url, STEPPAY_SECRET_TOKEN=TOKEN
    )
    return app, StepPayCheckout(app), f"{SHOP}/steppay"


def simulated(steppay: FakeStepPay, path: str, body: Any) -> Any:
    answer = requests.post(f"{steppay.url}/{path}", json=body, headers={"Secret-Token": TOKEN}, timeout=60)
    assert answer.ok, answer.text
    return answer.json()


@pytest.fixture
def number(steppay: FakeStepPay) -> int:
    """Of a subscription that a member has."""
    order = simulated(steppay, "simulator/orders", {"amount": 9900, "outcome": "subscription"})
    url = f"{steppay.url}/api/v1/orders/{order['orderCode']}"
    body = requests.get(url, headers={"Secret-Token": TOKEN}, timeout=60).json()
    return int(body["subscriptions"][0]["id"])


def test_a_member_comes_in_changes_the_card_and_leaves(
    made: tuple[Flask, StepPayCheckout, str], number: int, steppay: FakeStepPay
) -> None:
    app, checkout, server = made
    with app.app_context():
        now = checkout.subscription(number)
        assert (now.access, bool(now), now.status, now.subscription_id) == (True, True, "ACTIVE", number)
        assert now.current_period_end == now.next_payment_date
        assert datetime(2020, 1, 1, tzinfo=UTC) < now.checked_at
        assert [item.price_code for item in now.items] != [None]
        change = checkout.change_payment_method(number)
        assert change.pay_url == f"{server}/v1/pay/{change.order_code}"
        with pytest.raises(errors.SubscriptionNotFound) as foreign:
            checkout.change_payment_method(number, customer_id=987654321)
        with pytest.raises(errors.SubscriptionNotFound) as unknown:
            checkout.subscription(987654321)
        assert foreign.value.detail == unknown.value.detail
        for wrong in ("77/payment-method", "12x", 0, -1, 2**63, None):
            with pytest.raises(errors.InvalidRequest):
                checkout.subscription(wrong)  # type: ignore[arg-type]
        with pytest.raises(errors.InvalidRequest):
            checkout.change_payment_method(number, customer_id=0)
        simulated(steppay, f"api/v1/subscriptions/{number}/cancel", {"whenToCancel": "NOW"})
        assert not checkout.subscription(number)
        with pytest.raises(errors.SubscriptionEnded):
            checkout.change_payment_method(number)


def test_a_server_elsewhere_that_does_not_answer_says_nothing_about_access() -> None:
    with Upstream(Reply(b""), Reply(b"")) as silent:
        app, checkout = shop(silent.url, WIDGET_API_KEY=API_KEY)
        with app.app_context():
            for ask in (checkout.subscription, checkout.change_payment_method):
                with pytest.raises(errors.UpstreamUnavailable):
                    ask(77)
