"""The demo shop binds the price it shows to each order, as a merchant should, before the page gets the code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.support.app_fixture import API_KEY, TOKEN, FakeStepPay, World
from tests.support.merchant import show
from tools.wsgi_server import serving
from widget_server.demo.shop import WidgetApi, create_shop
from widget_server.web.assets import static_dir, templates_dir

CLOSED_PORT = "http://127.0.0.1:9"  # the discard port: nothing listens


@pytest.fixture
def api(keyed: World) -> Iterator[WidgetApi]:
    with serving(keyed.app) as url:
        yield WidgetApi(url, API_KEY)


def shop(steppay: FakeStepPay, api: WidgetApi) -> FlaskClient:
    return create_shop(
        steppay_api_url=steppay.url,
        secret_token=TOKEN,
        widget_url="http://widget.localhost:8081",
        widget_api=api,
        public_url="http://shop.localhost:8080",
        templates_dir=templates_dir(),
        static_dir=static_dir(),
    ).test_client()


@pytest.mark.parametrize(("path", "prices"), [("/", [18000, 18000, 18000]), ("/pricing", [9900, 0, 0])])
def test_each_order_is_bound_to_the_price_at_its_button(
    keyed: World, steppay: FakeStepPay, api: WidgetApi, path: str, prices: list[int]
) -> None:
    codes = re.findall(r'data-steppay-order="([^"]+)"', shop(steppay, api).get(path).text)
    bound = [show(keyed, code, "?refresh=1").json for code in codes]
    assert [order["expectation"]["amount"] for order in bound] == prices
    assert {order["verdict"]["verdict"] for order in bound} == {"pending"}  # StepPay's prices are the same


@pytest.mark.parametrize("wrong", [{"url": CLOSED_PORT}, {"api_key": "k" * 40}], ids=["server down", "wrong key"])
def test_an_order_whose_price_cannot_be_bound_is_not_offered(
    steppay: FakeStepPay, api: WidgetApi, wrong: dict[str, str]
) -> None:
    answer = shop(steppay, replace(api, **wrong)).get("/")
    assert answer.status_code == 502
    assert "data-steppay-order" not in answer.text


def test_the_key_never_reaches_a_page_a_proxy_or_a_netrc_file(
    steppay: FakeStepPay, api: WidgetApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login canary password canary\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", CLOSED_PORT)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    answer = shop(steppay, api).get("/")
    assert answer.status_code == 200
    assert API_KEY not in answer.text + str(answer.headers) + repr(api)
