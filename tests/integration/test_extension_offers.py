"""Offers of a server inside a Flask application: the setting counts under its own name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.test_extension import ORIGIN, Shop, shop
from tests.support.offer_scenarios import write_offers
from widget_server import StepPayCheckout
from widget_server.errors import ConfigurationError

__all__ = ["shop"]
OFFER = f"""\
[[offer]]
id = "beans"
product = "product_beans"
price = "price_beans"
amount = 18000
privacy_url = "{ORIGIN}/privacy"
ko.title = "원두"
"""


def test_a_static_page_buys_from_the_server_in_the_application(shop: Shop, tmp_path: Path) -> None:
    app = shop(WIDGET_OFFERS_FILE=write_offers(tmp_path, OFFER))
    StepPayCheckout(app)
    order = {"customer": {"name": "홍길동", "email": "a@shop.kr"}}
    headers = {"Origin": ORIGIN, "Idempotency-Key": "a-key-of-the-page"}
    answer = app.test_client().post("/steppay/v1/offers/beans/orders", json=order, headers=headers)
    assert answer.status_code == 201, answer.text


def test_a_file_with_mistakes_stops_the_start(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="holds no"):
        StepPayCheckout(shop(WIDGET_OFFERS_FILE=str(write_offers(tmp_path, ""))))
