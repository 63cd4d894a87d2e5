"""Every answer that the document describes can really be had: one row provokes each, and no row is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.functional.test_files import HASH
from tests.functional.world import SHOP, FakeStepPay, World
from widget_server.errors import UpstreamTimeout
from widget_server.services.ports import Exchange
from widget_server.web.openapi.document import build_document
from widget_server.web.openapi.operations import EVERY_ROUTE

NOBODY = "A" * 22
EVIL = {"Origin": "https://evil.test"}
Provoke = Callable[[World, FakeStepPay], TestResponse]


class TooSlow:
    """A StepPay whose time runs out. A real one is waited for in test_steppay_client.py."""

    def open_exchange(self) -> Exchange:
        raise UpstreamTimeout


def verify(order: Any = None, **options: Any) -> Provoke:
    """Verify an order that StepPay answers so; `options` replace the request's."""

    def provoke(world: World, steppay: FakeStepPay) -> TestResponse:
        body = {"json": {"orderCode": steppay.order(order)}} if not {"json", "data"} & options.keys() else {}
        return world.client.post("/v1/verify", **body, **options)

    return provoke


def open_attempt(**options: Any) -> Provoke:
    body = {"json": {"orderCode": "order_a", "mode": "tab"}} if not {"json", "data"} & options.keys() else {}
    return lambda world, _steppay: world.client.post("/v1/attempts", **body, **options)


def get(path: str, **headers: str) -> Provoke:
    return lambda world, _steppay: world.client.get(path, headers=headers)


def without_storage(ask: Provoke) -> Provoke:
    def provoke(world: World, steppay: FakeStepPay) -> TestResponse:
        world.break_storage()
        return ask(world, steppay)

    return provoke


def unchanged(path: str) -> Provoke:
    def provoke(world: World, _steppay: FakeStepPay) -> TestResponse:
        return world.client.get(path, headers={"If-None-Match": world.client.get(path).headers["ETag"]})

    return provoke


def come_back(order: Any = None, query: str = "") -> Provoke:
    def provoke(world: World, steppay: FakeStepPay) -> TestResponse:
        return world.client.get(f"/v1/return/{world.open_attempt(steppay.order(order))}{query}")

    return provoke


def bad_bodies(route: str, send: Callable[..., Provoke], limit: int) -> dict[tuple[str, int, str], Provoke]:
    return {
        (route, 400, "invalid_json"): send(data=b"{", content_type="application/json"),
        (route, 413, "too_large"): send(data=b" " * (limit + 1), content_type="application/json"),
        (route, 415, "unsupported_media_type"): send(data=b"{}", content_type="text/plain"),
        (route, 422, "invalid_request"): send(json={}),
        (route, 403, "origin_not_allowed"): send(headers=EVIL),
    }


def of_file(route: str, path: str) -> dict[tuple[str, int, str], Provoke]:
    return {(route, 200, ""): get(path), (route, 304, ""): unchanged(path)}


ROWS: dict[tuple[str, int, str], Provoke] = {
    **bad_bodies("verify_claim", verify, 4096),
    ("verify_claim", 200, ""): verify(),
    ("verify_claim", 404, "order_not_found"): verify(404),
    ("verify_claim", 503, "upstream_unavailable"): verify(500),
    ("verify_claim", 503, "upstream_rate_limited"): verify(429),
    ("verify_claim", 503, "upstream_bad_response"): verify({"raw": "{}"}),
    ("verify_claim", 503, "upstream_timeout"): lambda world, _steppay: world.with_deps(steppay=TooSlow()).post(
        "/v1/verify", json={"orderCode": "order_a"}
    ),
    **bad_bodies("open_attempt", open_attempt, 8192),
    ("open_attempt", 201, ""): open_attempt(headers={"Origin": SHOP}),
    ("open_attempt", 503, "storage_unavailable"): without_storage(open_attempt()),
    ("poll_attempt", 200, ""): lambda world, _steppay: world.client.get(
        f"/v1/attempts/{world.open_attempt('order_a')}"
    ),
    ("poll_attempt", 403, "origin_not_allowed"): get(f"/v1/attempts/{NOBODY}", **EVIL),
    ("poll_attempt", 404, "attempt_not_found"): get(f"/v1/attempts/{NOBODY}"),
    ("poll_attempt", 503, "storage_unavailable"): without_storage(get(f"/v1/attempts/{NOBODY}")),
    ("pay_without_script", 302, ""): get("/v1/pay/order_a"),
    ("pay_without_script", 404, "order_not_found"): get("/v1/pay/123456"),
    ("pay_without_script", 503, "storage_unavailable"): without_storage(get("/v1/pay/order_a")),
    ("come_back", 200, ""): come_back(),
    ("come_back", 400, ""): come_back(query="?order_code=order_another"),
    ("come_back", 404, ""): get(f"/v1/return/{NOBODY}"),
    ("come_back", 503, ""): come_back(500),
    ("page_rule", 200, ""): get("/v1/pages?path=/pricing"),
    **of_file("evergreen_widget", "/v1/widget.js"),
    **of_file("immutable_widget", f"/v1/widget-{HASH}.js"),
    ("immutable_widget", 404, "not_found"): get("/v1/widget-0.js"),
    **of_file("asset", "/assets/css/return.css"),
    ("asset", 404, "not_found"): get("/assets/setup.cfg"),
    ("alive", 200, ""): get("/healthz"),
    ("ready", 200, ""): get("/readyz"),
    ("ready", 503, "storage_unavailable"): without_storage(get("/readyz")),
    **of_file("openapi_document", "/openapi.json"),
    **of_file("openapi_page", "/docs"),
}
"""By operation, status and problem code. What every route may answer is left out: one test for all is below."""


def described(world: World) -> Iterator[tuple[str, int, str]]:
    for methods in build_document(world.app, "https://pay.shop.test")["paths"].values():
        for operation in methods.values():
            for status, said in operation["responses"].items():
                problem = said.get("content", {}).get("application/problem+json", {})
                for code in problem.get("examples", {"": None}):
                    yield operation["operationId"], int(status), code


def test_no_described_answer_is_without_a_row_and_no_row_without_a_description(world: World) -> None:
    everywhere = {kind.code for kind in EVERY_ROUTE}
    assert {row for row in described(world) if row[2] not in everywhere} == set(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(map(str, row)))
def test_a_described_answer_can_be_had(world: World, steppay: FakeStepPay, row: tuple[str, int, str]) -> None:
    """`world` looks at the rest of the answer: media type, members, headers."""
    _operation, status, code = row
    answer = ROWS[row](world, steppay)
    assert (answer.status_code, answer.json["code"] if code else "") == (status, code)


def test_a_bug_in_any_route_is_the_described_problem(world: World) -> None:
    def broken() -> None:
        raise RuntimeError("canary-inside")

    answer = world.with_deps(clock=broken).post("/v1/verify", json={"orderCode": "order_a"})
    assert (answer.status_code, answer.json["code"]) == (500, "internal_error")
    assert "canary-inside" not in answer.text
