"""Every answer that the document describes can really be had: one row provokes each, and no row is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.integration.test_files import HASH
from tests.integration.test_limits import limited
from tests.support.app_fixture import NOW, SHOP, FakeStepPay, World
from tests.support.error_scenarios import (
    Provoke,
    bad_bodies,
    for_the_merchant_alone,
    of_a_paid_order,
    when_all_places_are_taken,
    when_steppay,
    without_storage,
)
from tests.support.job_helpers import PATH, V1_PATH, event_body, signed
from tests.support.merchant import KEY, MORE, WON
from tests.support.merchant_scenarios import CARD_CHANGES, NEW_ORDERS, SUBSCRIPTIONS
from tests.support.metrics_helpers import BEARER, client_of, counted_deps
from tests.support.offer_scenarios import OFFERS
from widget_server.config import RateLimit
from widget_server.errors import Overloaded, UpstreamTimeout
from widget_server.web.openapi.document import build_document
from widget_server.web.openapi.operations import EVERY_ROUTE

NOBODY = "A" * 22
ORDER_A = {"orderCode": "order_a"}
REFRESH_A = "/v1/orders/order_a?refresh=1"
EVIL = {"Origin": "https://evil.test"}


def beyond_the_budget(method: str, path: str, **options: Any) -> Provoke:
    """Polling has ten times the budget of one, the rule of a page twenty times."""

    def provoke(world: World, _steppay: FakeStepPay) -> TestResponse:
        client = limited(world, limit=RateLimit(1, 3600))
        return [client.open(path, method=method, **options) for _ in range(21)][-1]

    return provoke


def bind(*bodies: dict[str, object], paid: bool = False, **options: Any) -> Provoke:
    """Bind one body after the other; `options` replace the last request's."""

    def provoke(world: World, steppay: FakeStepPay) -> TestResponse:
        code = steppay.paid() if paid else "order_a"
        path = f"/v1/orders/{code}/expectation"
        for body in bodies[:-1]:
            world.client.put(path, json=body, headers=KEY)
        if paid:
            world.client.post("/v1/verify", json={"orderCode": code})
        given = {"headers": KEY} | ({"json": bodies[-1]} if bodies else {}) | options
        return world.client.put(path, **given)

    return provoke


def show(order: Any = None, query: str = "?refresh=1", **options: Any) -> Provoke:
    def provoke(world: World, steppay: FakeStepPay) -> TestResponse:
        return world.client.get(f"/v1/orders/{steppay.order(order)}{query}", **({"headers": KEY} | options))

    return provoke


def verify(order: Any = None, **options: Any) -> Provoke:
    """Verify an order that StepPay answers so; `options` replace the request's."""

    def provoke(world: World, steppay: FakeStepPay) -> TestResponse:
        body = {"json": {"orderCode": steppay.order(order)}} if not {"json", "data"} & options.keys() else {}
        return world.client.post("/v1/verify", **body, **options)

    return provoke


def create_checkout(**options: Any) -> Provoke:
    body = {"json": {"orderCode": "order_a", "mode": "tab"}} if not {"json", "data"} & options.keys() else {}
    return lambda world, _steppay: world.client.post("/v1/checkouts", **body, **options)


def get(path: str, **headers: str) -> Provoke:
    return lambda world, _steppay: world.client.get(path, headers=headers)


def scraped(**headers: str) -> Provoke:
    return lambda world, _steppay: client_of(world, counted_deps(world)).get("/metrics", headers=headers)


def event(raw: bytes = event_body("order_a"), at: datetime | None = NOW, **settings: Any) -> Provoke:
    """`at`: when it was signed; None: never."""

    def provoke(world: World, _steppay: FakeStepPay) -> TestResponse:
        headers = {"Steppay-Signature": signed(raw, at)} if at else {}
        return with_settings(world, **settings).post(PATH, data=raw, headers=headers)

    return provoke


def old_event(raw: bytes = b'{"orderId": 1}', webhook_v1: bool = True) -> Provoke:
    return lambda world, _steppay: with_settings(world, webhook_v1=webhook_v1).post(V1_PATH, data=raw)


def with_settings(world: World, **changes: Any) -> FlaskClient:
    return world.with_deps(settings=replace(world.settings, **changes))


def unchanged(path: str) -> Provoke:
    def provoke(world: World, _steppay: FakeStepPay) -> TestResponse:
        return world.client.get(path, headers={"If-None-Match": world.client.get(path).headers["ETag"]})

    return provoke


def come_back(order: Any = None, query: str = "") -> Provoke:
    def provoke(world: World, steppay: FakeStepPay) -> TestResponse:
        return world.client.get(f"/v1/return/{world.create_checkout(steppay.order(order))}{query}")

    return provoke


def of_file(route: str, path: str) -> dict[tuple[str, int, str], Provoke]:
    return {(route, 200, ""): get(path), (route, 304, ""): unchanged(path)}


ROWS: dict[tuple[str, int, str], Provoke] = {
    **bad_bodies("verify_claim", verify, 4096),
    ("verify_claim", 200, ""): verify(),
    ("verify_claim", 404, "order_not_found"): verify(404),
    ("verify_claim", 503, "upstream_unavailable"): verify(500),
    ("verify_claim", 503, "upstream_rate_limited"): verify(429),
    ("verify_claim", 503, "upstream_bad_response"): verify({"raw": "{}"}),
    ("verify_claim", 503, "upstream_timeout"): when_steppay(UpstreamTimeout, "POST", "/v1/verify", json=ORDER_A),
    ("verify_claim", 503, "storage_unavailable"): without_storage(verify()),
    ("verify_claim", 403, "origin_not_allowed"): verify(headers=EVIL),
    ("verify_claim", 429, "rate_limited"): beyond_the_budget("POST", "/v1/verify", json=ORDER_A),
    **bad_bodies("create_checkout", create_checkout, 8192),
    ("create_checkout", 403, "origin_not_allowed"): create_checkout(headers=EVIL),
    ("create_checkout", 429, "rate_limited"): beyond_the_budget(
        "POST", "/v1/checkouts", json={**ORDER_A, "mode": "tab"}
    ),
    ("create_checkout", 201, ""): create_checkout(headers={"Origin": SHOP}),
    ("create_checkout", 200, ""): of_a_paid_order("POST", "/v1/checkouts"),
    ("create_checkout", 503, "storage_unavailable"): without_storage(create_checkout()),
    ("poll_checkout", 200, ""): lambda world, _steppay: world.client.get(
        f"/v1/checkouts/{world.create_checkout('order_a')}"
    ),
    ("poll_checkout", 403, "origin_not_allowed"): get(f"/v1/checkouts/{NOBODY}", **EVIL),
    ("poll_checkout", 404, "checkout_not_found"): get(f"/v1/checkouts/{NOBODY}"),
    ("poll_checkout", 429, "rate_limited"): beyond_the_budget("GET", f"/v1/checkouts/{NOBODY}"),
    ("poll_checkout", 503, "storage_unavailable"): without_storage(get(f"/v1/checkouts/{NOBODY}")),
    ("pay_without_script", 302, ""): get("/v1/pay/order_a"),
    ("pay_without_script", 200, ""): of_a_paid_order("GET", "/v1/pay/{code}"),
    ("pay_without_script", 404, ""): get("/v1/pay/123456"),
    ("pay_without_script", 429, ""): beyond_the_budget("GET", "/v1/pay/order_a"),
    ("come_back", 200, ""): come_back(),
    ("come_back", 400, ""): come_back(query="?order_code=order_another"),
    ("come_back", 404, ""): get(f"/v1/return/{NOBODY}"),
    ("come_back", 429, ""): beyond_the_budget("GET", f"/v1/return/{NOBODY}"),
    ("come_back", 503, ""): come_back(500),
    **for_the_merchant_alone("bind", "PUT", "/v1/orders/order_a/expectation"),
    **bad_bodies("bind", bind, 4096),
    ("bind", 201, ""): bind(WON),
    ("bind", 200, ""): bind(WON, WON),
    ("bind", 409, "expectation_settled"): bind(WON, MORE, paid=True),
    ("bind", 503, "storage_unavailable"): without_storage(bind(WON)),
    **for_the_merchant_alone("show", "GET", "/v1/orders/order_a"),
    ("show", 200, ""): show(),
    ("show", 404, "order_not_found"): show(404),
    ("show", 422, "invalid_request"): show(query="?refresh=yes"),
    ("show", 503, "upstream_unavailable"): show(500),
    ("show", 503, "upstream_rate_limited"): show(429),
    ("show", 503, "upstream_bad_response"): show({"raw": "{}"}),
    ("show", 503, "upstream_timeout"): when_steppay(UpstreamTimeout, "GET", REFRESH_A, headers=KEY),
    ("show", 503, "overloaded"): when_steppay(Overloaded, "GET", REFRESH_A, headers=KEY),
    ("show", 503, "storage_unavailable"): without_storage(show()),
    **NEW_ORDERS,
    **OFFERS,
    **SUBSCRIPTIONS,
    **CARD_CHANGES,
    ("receive_signed", 200, ""): event(),
    ("receive_signed", 400, "invalid_json"): event(b"{"),
    ("receive_signed", 401, "invalid_signature"): event(at=None),
    ("receive_signed", 401, "signature_expired"): event(at=NOW - timedelta(hours=1)),
    ("receive_signed", 404, "webhooks_disabled"): event(webhook_secrets=()),
    ("receive_signed", 413, "too_large"): event(b" " * (1024 * 1024 + 1)),
    ("receive_signed", 503, "storage_unavailable"): without_storage(event()),
    ("receive_signed", 503, "overloaded"): when_all_places_are_taken(event()),
    ("receive_unsigned", 200, ""): old_event(),
    ("receive_unsigned", 404, "webhooks_disabled"): old_event(webhook_v1=False),
    ("receive_unsigned", 413, "too_large"): old_event(b" " * 4097),
    ("receive_unsigned", 429, "rate_limited"): beyond_the_budget("POST", V1_PATH),
    ("receive_unsigned", 503, "storage_unavailable"): without_storage(old_event()),
    ("receive_unsigned", 503, "overloaded"): when_all_places_are_taken(old_event()),
    ("published_keys", 200, ""): get("/.well-known/jwks.json"),
    ("page_rule", 200, ""): get("/v1/pages?path=/pricing"),
    ("page_rule", 429, "rate_limited"): beyond_the_budget("GET", "/v1/pages"),
    **of_file("script_tag", "/v1/tag?page=/pricing"),
    ("script_tag", 422, "invalid_request"): get("/v1/tag?page=pricing"),
    **of_file("immutable_widget", f"/v1/widget-{HASH}.js"),
    ("immutable_widget", 404, "not_found"): get("/v1/widget-0.js"),
    **of_file("evergreen_widget", "/v1/widget.js") | of_file("asset", "/assets/css/return.css"),
    **of_file("widget_screens", "/v1/screens"),
    ("asset", 404, "not_found"): get("/assets/setup.cfg"),
    ("alive", 200, ""): get("/healthz"),
    ("ready", 200, ""): get("/readyz"),
    ("ready", 503, "storage_unavailable"): without_storage(get("/readyz")),
    **of_file("start", "/") | of_file("openapi_document", "/openapi.json") | of_file("openapi_page", "/docs"),
    **of_file("documents_index", "/llms.txt") | of_file("one_document", "/docs/widget/tag.md"),
    ("one_document", 404, "not_found"): get("/docs/decisions/README.md"),
    ("scrape", 200, ""): scraped(**BEARER),
    ("scrape", 401, "unauthorized"): scraped(),
    ("scrape", 403, "browser_not_allowed"): scraped(**BEARER, Origin=SHOP),
    ("scrape", 404, "metrics_disabled"): get("/metrics", **BEARER),
    ("screen_gallery", 200, ""): get("/playground/screens?lang=en&theme=dark&width=768"),
    ("sample_screen", 200, ""): get("/playground/screens/return/paid?lang=en&theme=dark"),
    ("sample_screen", 404, "not_found"): get("/playground/screens/return/opening"),
    ("try_out", 429, "rate_limited"): beyond_the_budget("GET", "/playground"),
    ("try_out", 200, ""): get("/playground?path=/pricing&mode=iframe&locale=en&theme=dark&order=order_a&lang=en"),
}
"""By operation, status and problem code. What every route may answer is left out: one test for all is below."""


def described(world: World) -> Iterator[tuple[str, int, str]]:
    for methods in build_document(world.app, "https://pay.shop.test")["paths"].values():
        for operation in methods.values():
            for status, said in operation["responses"].items():
                problem = said.get("content", {}).get("application/problem+json", {})
                for code in problem.get("examples", {"": None}):
                    yield operation["operationId"], int(status), code


def test_no_described_answer_is_without_a_row_and_no_row_without_a_description(keyed: World) -> None:
    everywhere = {kind.code for kind in EVERY_ROUTE}
    assert {row for row in described(keyed) if row[2] not in everywhere} == set(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(map(str, row)))
def test_a_described_answer_can_be_had(keyed: World, steppay: FakeStepPay, row: tuple[str, int, str]) -> None:
    """`keyed` looks at the rest of the answer: media type, members, headers."""
    _operation, status, code = row
    answer = ROWS[row](keyed, steppay)
    assert (answer.status_code, answer.json["code"] if code else "") == (status, code)


def test_a_bug_in_any_route_is_the_described_problem(world: World) -> None:
    def broken() -> None:
        raise RuntimeError("canary-inside")

    answer = world.with_deps(clock=broken).post("/v1/verify", json={"orderCode": "order_a"})
    assert (answer.status_code, answer.json["code"]) == (500, "internal_error")
    assert "canary-inside" not in answer.text
