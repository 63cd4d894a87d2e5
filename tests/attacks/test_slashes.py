"""Slashes too many: router, guards and budgets read the same path (IN-17)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.test_limits import limited
from tests.support.app_fixture import FakeStepPay, World
from widget_server.config import RateLimit


@pytest.mark.parametrize("slashes", ["//", "///"])
def test_in_17_leading_slashes_pass_no_guard(keyed: World, steppay: FakeStepPay, slashes: str) -> None:
    code = steppay.paid()
    client = limited(keyed, limit=RateLimit(2, 3600))

    def ask(method: str, path: str, **options: Any) -> Any:
        return client.open("/", method=method, environ_overrides={"PATH_INFO": slashes + path}, **options)

    assert ask("GET", f"v1/orders/{code}").status_code == 401
    assert ask("GET", "metrics").json["code"] == "metrics_disabled"
    evil = ask("POST", "v1/verify", json={"orderCode": code}, headers={"Origin": "https://evil.tld"})
    assert (evil.status_code, evil.json["code"]) == (403, "origin_not_allowed")
    statuses = [ask("POST", "v1/verify", json={"orderCode": code}).status_code for _ in range(2)]
    assert [*statuses, client.post("/v1/verify", json={"orderCode": code}).status_code] == [200, 200, 429]


@pytest.mark.parametrize("path", ["/v1//verify", "/v1///verify", "/v1/verify//", "/v1//orders/order_a"])
def test_in_17_a_slash_too_many_inside_is_an_unknown_path(world: World, path: str) -> None:
    answer = world.client.post(path, json={"orderCode": "order_a"})
    assert (answer.status_code, answer.mimetype, answer.json["code"]) == (404, "application/problem+json", "not_found")
