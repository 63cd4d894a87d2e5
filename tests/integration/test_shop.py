"""The demo shop behaves like a merchant: orders come from its backend, the token stays there, links need no script."""

from __future__ import annotations

import ast
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from widget_server.demo.shop import WidgetApi, create_shop

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "st_obviously_fake_token"
WIDGET = "http://widget.localhost:8081"
CLOSED_PORT = "http://127.0.0.1:9"  # the discard port: nothing listens


class FakeStepPay:
    """The two calls a merchant makes; `orders` and `tokens` hold what arrived, in order."""

    def __init__(self) -> None:
        self.orders: list[dict[str, Any]] = []
        self.tokens: set[str | None] = set()
        self.status = 201

    def app(self) -> Flask:
        app = Flask("fake_steppay")
        app.add_url_rule("/api/v1/customers", "customer", self._customer, methods=["POST"])
        app.add_url_rule("/api/v1/orders", "order", self._order, methods=["POST"])
        return app

    def _customer(self) -> tuple[dict[str, Any], int]:
        self.tokens.add(request.headers.get("Secret-Token"))
        return {"id": 7, "code": "customer_AbCdEfGhI"}, self.status

    def _order(self) -> tuple[dict[str, Any], int]:
        self.tokens.add(request.headers.get("Secret-Token"))
        self.orders.append(request.get_json())
        return {"orderId": len(self.orders), "orderCode": f"order_fake{len(self.orders)}"}, self.status


@pytest.fixture
def steppay() -> FakeStepPay:
    return FakeStepPay()


@pytest.fixture
def steppay_url(steppay: FakeStepPay) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, steppay.app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(60)
    server.server_close()


@pytest.fixture
def shopper(steppay_url: str) -> FlaskClient:
    return open_shop(steppay_url)


def open_shop(steppay_api_url: str, widget_api: WidgetApi | None = None) -> FlaskClient:
    return create_shop(
        steppay_api_url=steppay_api_url,
        secret_token=TOKEN,
        widget_url=WIDGET,
        widget_api=widget_api,
        public_url="http://shop.localhost:8080",
        templates_dir=ROOT / "templates",
        static_dir=ROOT / "static",
    ).test_client()


def pay_links(html: str) -> dict[str, dict[str, str]]:
    """The attributes of every pay button, by its id."""
    tags = re.findall(r"<a [^>]*data-steppay-order[^>]*>", html)
    found = [dict(re.findall(r'([a-z-]+)="([^"]*)"', tag)) for tag in tags]
    return {attributes["id"]: attributes for attributes in found}


@pytest.mark.parametrize("mode", ["redirect", "tab", "iframe"])
def test_each_button_names_its_mode_and_is_a_link_that_needs_no_script(shopper: FlaskClient, mode: str) -> None:
    link = pay_links(shopper.get("/").text)[f"pay-{mode}"]
    assert link["data-mode"] == mode
    assert link["href"].partition("?")[0] == f"{WIDGET}/v1/pay/{link['data-steppay-order']}"


def test_every_button_of_every_page_view_has_an_order_of_its_own(shopper: FlaskClient) -> None:
    views = [pay_links(shopper.get(path).text) for path in ("/", "/", "/products/trial", "/pricing")]
    codes = [link["data-steppay-order"] for view in views for link in view.values()]
    assert len(codes) == len(set(codes)) == 12


@pytest.mark.parametrize(
    ("address", "product", "quantity", "button"),
    [
        ("/?quantity=3", "product_beans", 3, "54,000원 결제하기"),
        ("/products/drip-bags?quantity=2&lang=en", "product_drip_bags", 2, "Pay ₩24,000"),
        ("/products/trial?quantity=2", "product_trial", 1, "무료로 시작하기"),
        ("/?quantity=6", "product_beans", 1, "18,000원 결제하기"),
        ("/?quantity=%2B2", "product_beans", 1, "18,000원 결제하기"),
    ],
)
def test_a_product_is_ordered_as_often_as_it_may_be(
    shopper: FlaskClient, steppay: FakeStepPay, address: str, product: str, quantity: int, button: str
) -> None:
    assert f">{button}</a>" in shopper.get(address).text
    items = [order["items"] for order in steppay.orders]
    assert {(item["productCode"], item["minimumQuantity"]) for (item,) in items} == {(product, quantity)}


def test_what_the_shop_does_not_sell_or_know_is_a_page_of_its_own(shopper: FlaskClient, steppay: FakeStepPay) -> None:
    for path in ("/products/tea", "/orders/order_a", "/orders/order_a/timeline", "/nowhere"):
        answer = shopper.get(path)
        assert (answer.status_code, "페이지를 찾을 수 없습니다" in answer.text) == (404, True)
    assert steppay.orders == []


def test_an_order_named_in_the_address_is_offered_and_none_is_created(
    shopper: FlaskClient, steppay: FakeStepPay
) -> None:
    links = pay_links(shopper.get("/?order=order_15XqwcM1f").text)
    assert {link["data-steppay-order"] for link in links.values()} == {"order_15XqwcM1f"}
    assert steppay.orders == []


def test_the_playground_gets_a_fresh_order_and_its_choices_back(shopper: FlaskClient, steppay: FakeStepPay) -> None:
    query = {"path": "/가격", "mode": "iframe", "lang": "en", "order": "order_old", "evil": "1", "theme": "a&b=c"}
    answers = [shopper.get("/playground", query_string=query) for _ in range(2)]
    asked = [urlsplit(answer.headers["Location"]) for answer in answers]
    assert {f"{url.scheme}://{url.netloc}{url.path}" for url in asked} == {f"{WIDGET}/playground"}
    kept = {name: query[name] for name in ("path", "mode", "theme", "lang")}
    assert [dict(parse_qsl(url.query)) for url in asked] == [kept | {"order": f"order_fake{n}"} for n in (1, 2)]
    assert len(steppay.orders) == 2


@pytest.mark.parametrize("order", ["a/../b", '"><script>', "x" * 65, ""])
def test_what_is_no_order_code_never_reaches_the_page(shopper: FlaskClient, order: str) -> None:
    answer = shopper.get("/", query_string={"order": order})
    assert all(re.fullmatch(r"order_fake\d+", link["data-steppay-order"]) for link in pay_links(answer.text).values())


def test_on_the_pricing_page_no_button_names_a_mode(shopper: FlaskClient) -> None:
    links = pay_links(shopper.get("/pricing").text)
    assert "pay-rule" in links
    assert len(links) == 3
    assert not any("data-mode" in link for link in links.values())


def test_each_plan_gets_an_order_of_its_own_product(shopper: FlaskClient, steppay: FakeStepPay) -> None:
    assert shopper.get("/pricing").status_code == 200
    bought = [(order["items"][0]["productCode"], order["items"][0]["priceCode"]) for order in steppay.orders]
    assert bought == [
        ("product_basic", "price_basic_monthly"),
        ("product_trial", "price_trial"),
        ("product_card", "price_card"),
    ]


def test_only_the_shops_own_files_are_served(shopper: FlaskClient) -> None:
    assert shopper.get("/static/css/shop.css").status_code == 200
    assert {
        shopper.get(f"/static/{name}").status_code for name in ("js/widget.js", "css/simulator.css", "../setup.cfg")
    } == {404}


@pytest.mark.parametrize("path", ["/", "/pricing", "/?lang=en"])
def test_the_secret_token_goes_to_steppay_and_never_into_a_page(
    shopper: FlaskClient, steppay: FakeStepPay, path: str
) -> None:
    answer = shopper.get(path)
    assert steppay.tokens == {TOKEN}
    assert TOKEN not in answer.text + str(answer.headers)


def test_a_proxy_of_the_environment_never_sees_the_token(shopper: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, CLOSED_PORT)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert shopper.get("/").status_code == 200


@pytest.mark.parametrize("path", ["/", "/pricing"])
def test_a_shop_without_steppay_says_so_kindly(path: str) -> None:
    answer = open_shop(CLOSED_PORT).get(path)
    assert answer.status_code == 502
    assert "주문을 만들 수 없습니다" in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("status", [302, 400, 403, 500])
def test_a_refusal_of_steppay_is_not_an_order(shopper: FlaskClient, steppay: FakeStepPay, status: int) -> None:
    steppay.status = status
    assert shopper.get("/").status_code == 502


@pytest.mark.parametrize("path", ["/", "/pricing"])
def test_pages_keep_to_a_policy_without_inline_script_or_style(shopper: FlaskClient, path: str) -> None:
    answer = shopper.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert f"script-src 'self' {WIDGET};" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", answer.text)


@pytest.mark.parametrize(("query", "lang"), [("", "ko"), ("?lang=en", "en"), ("?lang=xx", "ko")])
def test_the_page_says_its_language_so_the_widget_can_follow(shopper: FlaskClient, query: str, lang: str) -> None:
    assert f'<html lang="{lang}">' in shopper.get(f"/{query}").text


def test_the_shop_imports_nothing_of_the_server_it_uses() -> None:
    files = list((ROOT / "widget_server" / "demo" / "shop").glob("*.py"))
    assert len(files) > 3
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            own = [name for name in names if name.split(".")[0] == "widget_server"]
            allowed = (
                "widget_server.demo.shop",
                "widget_server.demo.files",  # how both servers of the demo serve theirs
                "widget_server.merchant.webhooks",  # the file that a merchant may copy
                "widget_server.domain.model",  # an order code's form
                "widget_server.domain.order_record",  # names of causes
                "widget_server.domain.verdict_kinds",  # names and colors: no second table of verdicts
            )
            assert all(name.startswith(allowed) for name in own), path.name
