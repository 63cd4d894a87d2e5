"""Orders of a shop whose widget server runs elsewhere: made and bound over HTTP, once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from tests.integration.test_extension_remote import Elsewhere, elsewhere, empty_environment, shop
from tests.support.app_fixture import API_KEY, FakeStepPay
from tests.support.upstream import Reply, Upstream
from widget_server import errors

__all__ = ["elsewhere", "empty_environment"]

ORDER: Any = {
    "customer": {"name": "canary", "email": "canary@shop.kr"},
    "items": [{"productCode": "product_beans", "priceCode": "price_beans"}],
}


def test_an_order_is_made_and_bound_elsewhere(elsewhere: Elsewhere, steppay: FakeStepPay) -> None:
    app, checkout = shop(elsewhere.url, WIDGET_API_KEY=API_KEY)
    until = datetime(2099, 12, 31, tzinfo=UTC)
    with app.app_context():
        made = checkout.create_order(**ORDER, purchase_deadline=until, idempotency_key="order-1042")
        assert (made.amount, made.currency, made.expires_at) == (18000, "KRW", until)
        assert made.pay_url == f"{elsewhere.url}/v1/pay/{made.order_code}"
        assert checkout.create_order(**ORDER, purchase_deadline=until, idempotency_key="order-1042") == made
        checkout.expect(made.order_code, amount=9000)
        with pytest.raises(errors.IdempotencyKeyReused):
            checkout.create_order(**ORDER, idempotency_key="order-1042")
        with pytest.raises(errors.InvalidRequest) as invalid:
            checkout.create_order(customer={"name": "a"}, items=ORDER["items"])
        assert set(invalid.value.errors) == {"customer"}
        faults = f"{steppay.url}/simulator/faults"
        requests.post(faults, json={"fault": "lost"}, timeout=60).raise_for_status()
        assert checkout.create_order(**ORDER).order_code != made.order_code  # found again, within the call


def test_an_order_elsewhere_needs_the_key_and_an_answer(elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("widget_server.extension.remote_orders._LONGEST_PAUSE_SECONDS", 0)
    app, checkout = shop(elsewhere.url)
    with app.app_context(), pytest.raises(errors.MerchantApiDisabled):
        checkout.create_order(**ORDER)
    app, checkout = shop(elsewhere.url, WIDGET_API_KEY=API_KEY)
    elsewhere.stop()
    try:
        with app.app_context(), pytest.raises(errors.UpstreamUnavailable) as down:
            checkout.create_order(**ORDER)
        assert down.value.__context__ is None
    finally:
        elsewhere.start()
    cut = Reply(b"")
    for key, kind in (("order-1043", errors.OrderUnconfirmed), (None, errors.OrderOutcomeUnknown)):
        with Upstream(cut, cut, cut) as silent:
            app, checkout = shop(silent.url, WIDGET_API_KEY=API_KEY)
            with app.app_context(), pytest.raises(kind):
                checkout.create_order(**ORDER, idempotency_key=key)
            assert len({line for head in silent.heads for line in head.splitlines() if "empotency-" in line}) == 1
