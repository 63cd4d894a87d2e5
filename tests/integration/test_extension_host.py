"""A shop with all that a Flask application may have answers as before, and the server answers as it does alone."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.middleware.proxy_fix import ProxyFix

from tests.support.app_fixture import ADMIN, ADMIN_KEY, TOKEN, FakeStepPay
from tests.support.full_shop import host
from widget_server import StepPayCheckout
from widget_server.app import create_app
from widget_server.errors import StorageError

ORIGIN = "http://127.0.0.1:5000"

REQUESTS: tuple[dict[str, Any], ...] = (
    {"path": "/"},
    {"path": "/", "method": "HEAD"},
    {"path": "/", "method": "OPTIONS"},
    {"path": "/?blocked"},
    {"path": "/login", "method": "POST", "data": {"user": "민지"}},
    {"path": "/"},
    {"path": "/orders/order_1"},
    {"path": "/orders/order_1/"},
    {"path": "/verify/order_1/"},
    {"path": "/orders/gone"},
    {"path": "/missing"},
    {"path": "/broken"},
    {"path": "/login"},
    {"path": "/static/shop.css"},
    {"path": "/api/price", "headers": {"Origin": "https://other.kr"}},
    {
        "path": "/api/price",
        "method": "OPTIONS",
        "headers": {"Origin": "https://o.kr", "Access-Control-Request-Method": "GET"},
    },
    {"path": "/v1/verify", "method": "POST", "json": {"orderCode": "order_1"}},
    {"path": "/healthz"},
    {"path": "/steppayment"},
    {"path": "/Steppay/v1/widget.js"},
    {"path": "//steppay/healthz"},
    {"path": "/%2Fsteppay/healthz"},
    {"path": "/", "headers": {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "shop.kr"}},
)


def with_extension(app: Flask, steppay: FakeStepPay, **more: Any) -> StepPayCheckout:
    config = {
        "STEPPAY_SECRET_TOKEN": TOKEN,
        "STEPPAY_API_URL": steppay.url,
        "WIDGET_ENV": "sandbox",
        "WIDGET_PUBLIC_URL": ORIGIN,
        "WIDGET_RATE_LIMIT": "off",
    }
    app.config.update(config | more)
    return StepPayCheckout(app)


def transcript(app: Flask) -> list[tuple[int, list[tuple[str, str]], bytes]]:
    client, answers = app.test_client(), []
    for one in REQUESTS:
        answer = client.open(**one)
        headers = [pair for pair in answer.headers if pair[0] not in ("Date", "Last-Modified", "ETag")]
        headers = [
            (name, re.sub(r"\.[\w-]{6}\.[\w-]+", "", value)) for name, value in headers
        ]  # when a cookie is signed
        answers.append((answer.status_code, headers, answer.data))
        answer.close()  # a file of the static folder
    return answers


@pytest.mark.parametrize("proxied", [None, "inside", "outside"])
def test_the_shop_answers_byte_for_byte_as_without_it(
    steppay: FakeStepPay, tmp_path: Path, proxied: str | None
) -> None:
    plain, mounted = host(tmp_path), host(tmp_path)
    root = logging.getLogger()
    log_before = (root.level, list(root.handlers))
    if proxied == "inside":
        mounted.wsgi_app = ProxyFix(mounted.wsgi_app, x_host=1)  # type: ignore[method-assign]
    with_extension(mounted, steppay)
    if proxied == "outside":
        mounted.wsgi_app = ProxyFix(mounted.wsgi_app, x_host=1)  # type: ignore[method-assign]
    if proxied:
        plain.wsgi_app = ProxyFix(plain.wsgi_app, x_host=1)  # type: ignore[method-assign]
    hooks = ("before_request_funcs", "after_request_funcs", "teardown_request_funcs", "error_handler_spec")
    assert mounted.test_client().get("/steppay/healthz").status_code == 200
    mounted.extensions["seen"].clear()
    assert transcript(mounted) == transcript(plain)
    assert mounted.extensions["seen"] == plain.extensions["seen"]
    assert (root.level, list(root.handlers)) == log_before
    for hook in hooks:
        assert {key: len(value) for key, value in getattr(mounted, hook).items()} == {
            key: len(value) for key, value in getattr(plain, hook).items()
        }
    assert mounted.url_map.is_endpoint_expecting("orders.show", "code")
    assert len(list(mounted.url_map.iter_rules())) == len(list(plain.url_map.iter_rules()))
    assert set(mounted.blueprints) == set(plain.blueprints)
    assert set(mounted.jinja_env.globals) - set(plain.jinja_env.globals) == {"steppay_tag", "steppay_button"}


def of_server(client: FlaskClient, code: str) -> Iterator[tuple[object, ...]]:
    shop = {"Origin": ORIGIN}
    paths: tuple[dict[str, Any], ...] = (
        {"path": "/v1/widget.js"},
        {"path": "/v1/widget.js", "method": "HEAD"},
        {"path": "/v1/tag"},
        {"path": "/v1/pages?path=/x", "headers": shop},
        {"path": "/v1/verify", "method": "POST", "json": {"orderCode": code}, "headers": shop},
        {"path": "/v1/verify", "method": "POST", "json": {"orderCode": code}, "headers": {"Origin": "https://evil.kr"}},
        {"path": "/v1/verify", "method": "POST", "data": b"{", "content_type": "application/json"},
        {"path": "/v1/verify", "method": "POST", "json": {"orderCode": "order_unknown"}},
        {"path": "/v1/verify", "method": "OPTIONS", "headers": {**shop, "Access-Control-Request-Method": "POST"}},
        {"path": "/v1/verify"},
        {"path": f"/v1/pay/{code}"},
        {"path": "/v1/pay/12"},
        {"path": "/v1/return/unknown"},
        {"path": "/v1/orders/order_1"},
        {"path": "/v1/webhooks/steppay", "method": "POST", "data": b"{}"},
        {"path": "/.well-known/jwks.json"},
        {"path": "/healthz"},
        {"path": "/readyz"},
        {"path": "/metrics"},
        {"path": "/openapi.json"},
        {"path": "/docs"},
        {"path": "/playground"},
        {"path": "/assets/mark.svg"},
        {"path": ""},
        {"path": "/"},
        {"path": "/v1//verify"},
        {"path": "/%EA%B2%B0%EC%A0%9C"},
    )
    for one in paths:
        answer = client.open(**{**one, "path": f"/steppay{one['path']}"})
        headers = [pair for pair in answer.headers if pair[0] not in ("Date", "X-Request-Id")]
        body = {**(answer.json or {}), "token": "", "checkedAt": "", "requestId": ""} if answer.is_json else answer.data
        yield one["path"], answer.status_code, headers, body


def test_the_server_answers_as_it_does_alone(steppay: FakeStepPay, tmp_path: Path) -> None:
    app, code = host(tmp_path), steppay.paid()
    with_extension(app, steppay)
    mounted = list(of_server(app.test_client(), code))
    alone = list(of_server(create_app(app.extensions["steppay_checkout"].settings).test_client(), code))
    for one, other in zip(mounted, alone, strict=True):
        assert one == other
    assert app.extensions["seen"] == []


def test_a_host_below_a_path_of_its_own(steppay: FakeStepPay, tmp_path: Path) -> None:
    app = host(tmp_path)
    checkout = with_extension(app, steppay, WIDGET_PUBLIC_URL=f"{ORIGIN}/shop")
    start = app.test_client().get("/steppay/", environ_overrides={"SCRIPT_NAME": "/shop"})
    assert 'href="/shop/steppay/docs"' in start.text
    with app.app_context():
        assert f'href="{ORIGIN}/shop/steppay/v1/pay/order_1"' in checkout.button("order_1", "Pay")


def test_rt_21_no_address_comes_from_a_request(steppay: FakeStepPay, tmp_path: Path) -> None:
    app = host(tmp_path)
    app.wsgi_app = ProxyFix(app.wsgi_app, x_host=1)  # type: ignore[method-assign]
    checkout = with_extension(app, steppay)

    @app.get("/shop")
    def page() -> str:
        return checkout.tag() + checkout.button("order_1", "Pay")

    client = app.test_client()
    for lie in ({"Host": "evil.kr"}, {"X-Forwarded-Host": "evil.kr"}, {"Forwarded": "host=evil.kr"}):
        opened = client.post("/steppay/v1/checkouts", json={"orderCode": steppay.unpaid(), "mode": "tab"}, headers=lie)
        answers = (opened, client.get("/shop", headers=lie), client.get("/steppay/v1/tag", headers=lie))
        for answer in answers:
            assert answer.status_code in (200, 201)
            assert "evil" not in answer.text
            assert "127.0.0.1" in answer.text


def test_two_shops_in_one_process(steppay: FakeStepPay, tmp_path: Path) -> None:
    shops = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        app = host(folder)
        checkout = with_extension(app, steppay, STEPPAY_CHECKOUT_PREFIX=f"/{name}")
        shops.append((app, checkout, f"/{name}"))
    tokens = []
    for app, _checkout, prefix in shops:
        code = steppay.paid()
        answer = app.test_client().post(f"{prefix}/v1/verify", json={"orderCode": code})
        tokens.append((code, (answer.json or {})["token"]))
        assert app.test_client().get("/steppay/healthz").status_code == 404
    for (app, checkout, prefix), (code, token) in zip(shops, tokens, strict=True):
        with app.app_context():
            assert f"{ORIGIN}{prefix}/v1/widget-" in checkout.tag()
            assert checkout.verify(token, order_code=code, amount=10000).is_fulfillable
    databases = {app.extensions["steppay_checkout"].settings.database_url for app, _checkout, _prefix in shops}
    assert len(databases) == 2
    with shops[0][0].app_context(), pytest.raises(Exception, match="unknown_key"):
        shops[0][1].verify(tokens[1][1], order_code=tokens[1][0], amount=10000)


def test_a_factory_that_makes_the_application_twice(steppay: FakeStepPay, tmp_path: Path) -> None:
    first, second, checkout = host(tmp_path), host(tmp_path), StepPayCheckout()
    for app in (first, second):
        app.config.update(STEPPAY_SECRET_TOKEN=TOKEN, STEPPAY_API_URL=steppay.url)
        app.config.update(WIDGET_ENV="sandbox", WIDGET_PUBLIC_URL=ORIGIN)
        checkout.init_app(app)
    code = steppay.paid()
    answer = first.test_client().post("/steppay/v1/verify", json={"orderCode": code})
    with second.app_context():
        assert checkout.verify((answer.json or {})["token"], order_code=code, amount=10000)


def test_the_admin_dashboard_has_a_host_of_its_own(steppay: FakeStepPay, tmp_path: Path) -> None:
    app = host(tmp_path)
    with_extension(app, steppay, WIDGET_ADMIN_KEY=ADMIN_KEY, WIDGET_ADMIN_ORIGIN=ADMIN)
    client = app.test_client()
    page = client.get("/admin/sign-in", base_url=ADMIN)
    assert page.status_code == 200
    assert "X-Shop" not in page.headers
    assert client.get("/admin/sign-in").text == "<h1>the shop's 404</h1>"


def test_a_database_that_is_away_at_the_start(
    steppay: FakeStepPay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("widget_server.extension.server._RETRY_SECONDS", 0.0)
    app = host(tmp_path)
    with_extension(app, steppay)
    client, file = app.test_client(), tmp_path / "instance" / "steppay.db"
    file.mkdir(parents=True)
    away = client.post("/steppay/v1/verify", json={"orderCode": "order_1"}, headers={"Origin": ORIGIN})
    assert (away.status_code, (away.json or {})["code"]) == (503, "storage_unavailable")
    assert away.content_type == "application/problem+json"
    assert away.headers["Retry-After"]
    assert away.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert client.get("/").status_code == 200
    file.rmdir()
    deadline = time.monotonic() + 60
    while client.get("/steppay/readyz").status_code != 200:  # no request waits for another try
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)
    assert client.post("/steppay/v1/verify", json={"orderCode": steppay.paid()}).status_code == 200


def test_a_start_that_breaks_leaves_the_shop_alone(
    steppay: FakeStepPay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_settings: object) -> Flask:
        raise LookupError("canary of a bug")

    monkeypatch.setattr("widget_server.extension.server.create_app", broken)
    app = host(tmp_path)
    checkout = with_extension(app, steppay)
    answer = app.test_client().get("/steppay/v1/widget.js")
    assert (answer.status_code, (answer.json or {})["code"]) == (500, "internal_error")
    assert app.test_client().get("/").status_code == 200
    with app.app_context(), pytest.raises(StorageError):
        checkout.expect("order_1", amount=1)
    assert "canary" not in answer.text + caplog.text
