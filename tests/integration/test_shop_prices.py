"""The demo shop binds the price it shows to each order, as a merchant should, before the page gets the code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
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


@pytest.mark.parametrize(("path", "prices"), [("/?quantity=2", [36000, 36000, 36000]), ("/pricing", [9900, 0, 0])])
def test_each_order_is_bound_to_the_price_at_its_button(
    keyed: World, steppay: FakeStepPay, api: WidgetApi, path: str, prices: list[int]
) -> None:
    codes = re.findall(r'data-steppay-order="([^"]+)"', shop(steppay, api).get(path).text)
    bound = [show(keyed, code, "?refresh=1").json for code in codes]
    assert [order["expectation"]["amount"] for order in bound] == prices
    assert {order["verdict"]["verdict"] for order in bound} == {"pending"}  # StepPay's prices are the same


def test_an_order_of_the_shop_shows_what_the_server_saw(keyed: World, steppay: FakeStepPay, api: WidgetApi) -> None:
    """Times count from the click. An order that the server has not heard of is a page, and no error to the script."""
    shopper = shop(steppay, api)
    code = re.findall(r'data-steppay-order="([^"]+)"', shopper.get("/").text)[0]
    keyed.clock.pass_by(timedelta(seconds=90))
    keyed.create_checkout(code, mode="iframe")
    keyed.clock.pass_by(timedelta(seconds=1.5))
    show(keyed, code, "?refresh=1")
    page = shopper.get(f"/orders/{code}?lang=en").text
    seen = shopper.get(f"/orders/{code}/timeline?lang=en").text
    for text in (page, seen):
        assert re.findall(r'<li data-kind="(\w+)"', text) == ["bound", "opened", "verdict"]
        assert re.findall(r'<p class="when">(.+?)</p>', text) == ["before", "+0.0 s", "+1.5 s"]
        assert "not_paid_yet" in text
    assert "18,000" in page
    assert (shopper.get("/orders/order_new").status_code, shopper.get("/orders/order_new/timeline").status_code) == (
        404,
        200,
    )
    silent = shop(steppay, replace(api, url=CLOSED_PORT))
    assert (silent.get(f"/orders/{code}").status_code, silent.get(f"/orders/{code}/timeline").status_code) == (502, 200)


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
