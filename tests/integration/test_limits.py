"""One client cannot use up what others need, nor choose whose budget it uses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.app_fixture import SHOP, FakeStepPay, World
from tests.support.openapi_conformance import watch
from widget_server.app import create_app
from widget_server.config import RateLimit, Secret

FEW = RateLimit(3, 3600)
"""A budget that no test is slow enough to see refilled."""
PAGE = {"Origin": SHOP}


def limited(
    world: World, trusted_proxies: int = 0, limit: RateLimit | None = FEW, store: Secret | None = None
) -> FlaskClient:
    changes: dict[str, Any] = {"trusted_proxies": trusted_proxies, "rate_limit": limit, "rate_limit_store": store}
    app = create_app(replace(world.settings, **changes), world.deps)
    watch(app, world.undescribed)
    return app.test_client()


def verify(client: FlaskClient, code: str, peer: str = "198.51.100.7", **headers: str) -> Any:
    return client.post("/v1/verify", json={"orderCode": code}, headers=headers, environ_overrides={"REMOTE_ADDR": peer})


def test_av_02_beyond_the_budget_nothing_is_known_and_nothing_is_asked(world: World, steppay: FakeStepPay) -> None:
    client, code = limited(world), steppay.paid()
    assert [verify(client, code, **PAGE).status_code for _ in range(3)] == [200, 200, 200]
    steppay.forget_calls()
    answer = verify(client, code, **PAGE)
    assert (answer.status_code, answer.mimetype) == (429, "application/problem+json")
    assert (answer.json["code"], answer.json["verdict"]) == ("rate_limited", "unknown")
    assert (answer.json["fulfill"], answer.json["final"]) == (False, False)
    assert answer.json["retryAfter"] == int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert "Origin" in answer.headers["Vary"]
    assert steppay.calls() == []


LIES = [
    {"X-Forwarded-For": "192.0.2.{n}"},
    {"X-Forwarded-For": "192.0.2.{n}, 203.0.113.{n}"},
    {"X-Forwarded-For": "nonsense{n}"},
    {"Forwarded": "for=192.0.2.{n}"},
    {"X-Real-IP": "192.0.2.{n}"},
    {"X-Client-IP": "192.0.2.{n}", "CF-Connecting-IP": "192.0.2.{n}", "True-Client-IP": "192.0.2.{n}"},
]


@pytest.mark.parametrize("lie", LIES, ids=repr)
def test_av_02_without_a_trusted_proxy_the_connection_counts_whatever_headers_say(
    world: World, steppay: FakeStepPay, lie: dict[str, str]
) -> None:
    client, code = limited(world), steppay.unpaid()
    told = [verify(client, code, **{name: text.format(n=n) for name, text in lie.items()}) for n in range(4)]
    assert [answer.status_code for answer in told] == [200, 200, 200, 429]
    assert verify(client, code, peer="192.0.2.1").status_code == 200, "the client that was named is not limited"


def test_av_02_behind_one_trusted_proxy_its_entry_counts_and_nothing_before_it(
    world: World, steppay: FakeStepPay
) -> None:
    client, code = limited(world, trusted_proxies=1), steppay.unpaid()
    chains = [f"192.0.2.{n}, 203.0.113.9" for n in range(4)]
    told = [verify(client, code, **{"X-Forwarded-For": chain}).status_code for chain in chains]
    assert told == [200, 200, 200, 429]
    assert verify(client, code, **{"X-Forwarded-For": "192.0.2.1"}).status_code == 200


@pytest.mark.parametrize(
    ("peers", "last"),
    [
        ([f"2001:db8:1:2::{n}" for n in range(4)], 429),
        ([f"2001:db8:1:{n}::1" for n in range(4)], 200),
        (["203.0.113.9", "::ffff:203.0.113.9", "::ffff:cb00:7109", "203.0.113.9"], 429),
    ],
)
def test_av_02_an_ipv6_network_and_a_mapped_address_are_one_client(
    world: World, steppay: FakeStepPay, peers: list[str], last: int
) -> None:
    client, code = limited(world), steppay.unpaid()
    assert [verify(client, code, peer=peer).status_code for peer in peers] == [200, 200, 200, last]


def test_polling_files_and_health_never_use_up_the_check(world: World, steppay: FakeStepPay) -> None:
    client = limited(world)
    checkout = world.create_checkout(steppay.unpaid())
    for path in (f"/v1/checkouts/{checkout}", "/v1/widget.js", "/v1/pages", "/healthz", "/readyz"):
        assert [client.get(path, headers=PAGE).status_code for _ in range(10)] == [200] * 10, path
    preflight = {**PAGE, "Access-Control-Request-Method": "POST"}
    assert {client.options("/v1/verify", headers=preflight).status_code for _ in range(10)} == {204}
    assert client.post("/v1/verify", json={"orderCode": steppay.paid()}).status_code == 200


def test_lk_05_polling_has_a_budget_of_its_own(world: World) -> None:
    client = limited(world)
    told = [client.get(f"/v1/checkouts/guess{n:017d}", headers=PAGE).status_code for n in range(31)]
    assert told == [404] * 30 + [429]


def test_lk_05_guessing_order_codes_ends_with_the_budget(world: World, steppay: FakeStepPay) -> None:
    client = limited(world)
    told = [verify(client, f"order_guess{n}").status_code for n in range(20)]
    assert told == [404] * 3 + [429] * 17
    assert len(steppay.calls()) == 3


def test_opening_checkouts_has_a_budget_and_writes_nothing_beyond_it(world: World, steppay: FakeStepPay) -> None:
    client, code = limited(world), steppay.unpaid()
    opened = [client.post("/v1/checkouts", json={"orderCode": code, "mode": "tab"}, headers=PAGE) for _ in range(4)]
    assert [answer.status_code for answer in opened] == [201, 201, 201, 429]
    assert opened[3].json["code"] == "rate_limited"
    assert opened[3].headers["Access-Control-Allow-Origin"] == SHOP
    assert client.get(f"/v1/pay/{code}").status_code == 429
    assert world.rows() == 3


def test_the_return_page_stays_calm_and_asks_again_by_itself(world: World, steppay: FakeStepPay) -> None:
    client, code = limited(world), steppay.paid()
    checkout = world.create_checkout(code)
    url = f"/v1/return/{checkout}?steppay_return=success.{code}.{checkout}&order_code={code}"
    assert [client.get(url).status_code for _ in range(3)] == [200, 200, 200]
    steppay.forget_calls()
    page = client.get(url, headers={"Accept-Language": "en"})
    assert (page.status_code, page.mimetype) == (429, "text/html")
    assert 'data-kind="unknown"' in page.text
    assert "Please do not pay again" in page.text
    wait = int(page.headers["Retry-After"])
    assert wait > 0
    assert f'http-equiv="refresh" content="{wait}"' in page.text
    assert "frame-ancestors" in page.headers["Content-Security-Policy"]
    assert steppay.calls() == []


def test_a_refused_page_spends_no_rate_limit(world: World, steppay: FakeStepPay) -> None:
    client, code = limited(world), steppay.unpaid()
    assert {verify(client, code, Origin="https://evil.test").status_code for _ in range(9)} == {403}
    assert verify(client, code).status_code == 200


def test_off_means_off(world: World, steppay: FakeStepPay) -> None:
    client, code = limited(world, limit=None), steppay.unpaid()
    assert {verify(client, code).status_code for _ in range(70)} == {200}
