"""The shop with the simulated StepPay. `steppay_...` are fixtures of the package: docs/testing.md."""

import importlib
import sys

import pytest


@pytest.fixture
def shop(steppay_settings, tmp_path, monkeypatch):
    """The module `shop`, anew for each test: it reads its settings when it is imported."""
    own = {"FLASK_SECRET_KEY": "of-the-tests", "FLASK_DATABASE_URL": f"sqlite:///{tmp_path}/shop.db"}
    for name, value in (steppay_settings | own).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, "shop", raising=False)
    shop = importlib.import_module("shop")
    shop.app.test_cli_runner().invoke(args=["create-tables"])
    yield shop
    shop.database.kw["bind"].dispose()


@pytest.fixture
def customer(shop):
    """A browser."""
    return shop.app.test_client()


@pytest.fixture
def order(customer):
    """Presses "주문하기" on a product's page; gives the order code."""

    def press(product):
        answer = customer.post(f"/products/{product}", data={"name": "김달래", "email": "dal@example.com"})
        assert answer.status_code == 302, answer.text
        return answer.location.rpartition("/")[2]

    return press


@pytest.fixture
def flow(shop, steppay_flow):
    """What the widget, StepPay's events and the worker do."""
    return steppay_flow(shop.app)
