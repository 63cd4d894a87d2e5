"""Every route has a decision about who may call it, and each decision holds."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.app_fixture import API_KEY, SHOP, TOKEN, FakeStepPay, World
from widget_server.app import create_app
from widget_server.web.route_table import ADMIN_ROUTES, ROUTES, Caller

CODE = "order_15XqwcM1f"
SAMPLES = {
    "order_code": CODE,
    "checkout_id": "A" * 22,
    "subscription_id": "77",
    "offer": "beans",
    "digest": "0" * 16,
    "name": "css/return.css",
    "surface": "widget",
    "screen": "paid",
    "event_id": "evt_1",
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
BODY = {"amount": 10000, "currency": "KRW"}
RIGHT = f"Bearer {API_KEY}"
WRONG = {
    "nothing": "",
    "scheme only": "Bearer",
    "no key": "Bearer ",
    "another key": "Bearer " + "k" * len(API_KEY),
    "one character less": RIGHT[:-1],
    "one character more": RIGHT + "a",
    "other case": "Bearer " + API_KEY.upper(),
    "without scheme": API_KEY,
    "basic": "Basic " + API_KEY,
    "token": "Token " + API_KEY,
    "quoted": f'Bearer "{API_KEY}"',
    "two keys": f"{RIGHT},{RIGHT}",
    "two words": f"{RIGHT} x",
    "tab": f"Bearer\t{API_KEY}",
    "the Secret-Token": f"Bearer {TOKEN}",
    "latin": "Bearer \xe9\xff",
    "korean": "Bearer 열쇠".encode().decode("latin-1"),
    "long": "Bearer " + "k" * 100_000,
}


def paths(caller: Caller) -> list[Any]:
    """The paths of its routes, with sample values, as parameters named by the rule."""
    return [pytest.param(path_of(rule), id=rule) for rule, route in sorted(ROUTES.items()) if route.caller is caller]


def path_of(rule: str) -> str:
    return re.sub(r"<(?:path:)?(\w+)>", lambda match: SAMPLES[match[1]], rule)


def with_key(client: FlaskClient, path: str, method: str, authorization: str | None = RIGHT, **headers: str) -> Any:
    sent = headers | ({"Authorization": authorization} if authorization else {})
    return client.open(path, method=method, json=BODY, headers=sent)


def test_every_route_says_who_may_call_it_and_how_often_and_no_row_is_left_over(keyed: World) -> None:
    for app, table in ((keyed.app, ROUTES), (keyed.operators_pages, ADMIN_ROUTES)):
        routes = {rule.rule for rule in app.url_map.iter_rules()}
        assert {"routes without a decision": routes - table.keys()} == {"routes without a decision": set()}
        assert {"decisions without a route": table.keys() - routes} == {"decisions without a route": set()}


def test_a_route_without_an_access_rule_refuses_every_caller(keyed: World) -> None:
    app = create_app(keyed.settings, keyed.deps)
    app.add_url_rule("/v1/forgotten", "forgotten", lambda: "canary")
    answer = app.test_client().get("/v1/forgotten", headers={"Authorization": RIGHT})
    assert answer.status_code == 500
    assert "canary" not in answer.text


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", paths(Caller.MERCHANT))
def test_a_merchants_route_needs_the_key(
    keyed: World, steppay: FakeStepPay, path: str, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    if with_key(keyed.client, path, method).status_code == 405:
        assert with_key(keyed.client, path, method, None).status_code == 405
        return
    for authorization in WRONG.values():
        caplog.clear()
        answer = with_key(keyed.client, path, method, authorization)
        assert answer.status_code == 401, authorization
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert method == "HEAD" or (answer.mimetype, answer.json["code"]) == (
            "application/problem+json",
            "unauthorized",
        )
        assert not any(name.startswith("Access-Control-") for name, _ in answer.headers.to_wsgi_list())
        assert [record.getMessage().partition(" ")[0] for record in caplog.records] == ["merchant_refused"]
        assert "canary" not in caplog.text + answer.text
        assert len(caplog.text) < 300
    assert keyed.deps.expectations.find(CODE) is None or method == "PUT"  # bound by the call with the key above


@pytest.mark.parametrize("path", paths(Caller.MERCHANT))
@pytest.mark.parametrize("place", ["query", "cookie", "X-Api-Key", "Secret-Token", "Proxy-Authorization"])
def test_the_key_counts_in_its_own_header_only(keyed: World, path: str, place: str) -> None:
    if place == "query":
        path += f"?access_token={API_KEY}&key={API_KEY}&api_key={API_KEY}&authorization=Bearer%20{API_KEY}"
    name = "Cookie" if place == "cookie" else place
    headers = {name: f"api_key={API_KEY}; Authorization={RIGHT}" if place == "cookie" else RIGHT}
    answers = {keyed.client.open(path, method=method, json=BODY, headers=headers).status_code for method in METHODS}
    assert answers - {405} == {401}
    assert keyed.deps.expectations.find(CODE) is None


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer  "])
def test_the_case_of_the_scheme_means_nothing(keyed: World, scheme: str) -> None:
    answer = with_key(keyed.client, f"/v1/orders/{CODE}/expectation", "PUT", f"{scheme} {API_KEY}")
    assert answer.status_code == 201


def test_who_has_no_key_learns_nothing_about_orders(keyed: World, steppay: FakeStepPay) -> None:
    """LK-05: paid, unpaid, missing, foreign, numeric and impossible codes look the same, and cost StepPay nothing."""
    codes = [steppay.paid(), steppay.unpaid(), "order_missing", "183682", "..", "a b", "x" * 500]
    with_key(keyed.client, f"/v1/orders/{codes[0]}/expectation", "PUT")
    steppay.forget_calls()
    answers = [keyed.client.get(f"/v1/orders/{code}?refresh=1") for code in codes]
    assert {(answer.status_code, answer.data) for answer in answers} == {(401, answers[0].data)}
    assert steppay.calls() == []


@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS"])
@pytest.mark.parametrize("path", paths(Caller.MERCHANT))
@pytest.mark.parametrize(
    "sent",
    [*({"Origin": origin} for origin in (SHOP, "https://evil.test", "null", "")), {"Sec-Fetch-Site": "same-origin"}],
    ids=str,
)
@pytest.mark.parametrize("authorization", [RIGHT, None], ids=["key", "no key"])
def test_co_06_no_page_may_call_a_merchants_route(
    *,
    keyed: World,
    path: str,
    method: str,
    sent: dict[str, str],
    authorization: str | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    asks = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization"}
    answer = with_key(keyed.client, path, method, authorization, **sent, **asks)
    if answer.status_code != 405:
        assert (answer.status_code, answer.json["code"]) == (403, "browser_not_allowed")
        assert ("replace WIDGET_API_KEY" in caplog.text) == (authorization is not None)
    assert not any(name.startswith("Access-Control-") for name, _ in answer.headers.to_wsgi_list())
    assert "canary" not in caplog.text
    assert keyed.deps.expectations.find(CODE) is None


@pytest.mark.parametrize("path", paths(Caller.MERCHANT))
@pytest.mark.parametrize("authorization", [RIGHT, "Bearer ", "Bearer None", None])
def test_without_a_key_in_the_settings_the_merchants_routes_are_off(
    world: World, path: str, authorization: str | None
) -> None:
    assert world.settings.api_key is None
    answers = [with_key(world.client, path, method, authorization) for method in ("GET", "PUT", "OPTIONS")]
    told = {(answer.status_code, answer.json["code"]) for answer in answers}
    assert told - {(405, "method_not_allowed")} == {(403, "merchant_api_disabled")}


@pytest.mark.parametrize("path", paths(Caller.SHOP_PAGES))
@pytest.mark.parametrize("method", METHODS)
def test_a_shops_route_answers_its_pages_and_no_others(keyed: World, path: str, method: str) -> None:
    preflight = {"Access-Control-Request-Method": "POST"}
    foreign = keyed.client.open(path, method=method, headers={"Origin": "https://evil.test", **preflight})
    own = keyed.client.open(path, method=method, headers={"Origin": SHOP, **preflight})
    assert foreign.status_code in (403, 405)
    assert "Access-Control-Allow-Origin" not in foreign.headers
    assert own.status_code not in (401, 403)
    assert own.headers["Access-Control-Allow-Origin"] == SHOP


@pytest.mark.parametrize("path", paths(Caller.PUBLIC))
def test_what_is_for_anyone_asks_for_no_key_and_no_origin(keyed: World, path: str) -> None:
    for headers in ({}, {"Origin": "https://evil.test"}, {"Authorization": "Bearer wrong"}):
        assert keyed.client.get(path, headers=headers).status_code not in (401, 403)


def test_the_key_of_the_settings_is_the_one_that_opens(keyed: World) -> None:
    other = create_app(replace(keyed.settings, api_key=keyed.settings.secret_token), keyed.deps).test_client()
    assert with_key(other, f"/v1/orders/{CODE}", "GET").status_code == 401
    assert with_key(keyed.client, f"/v1/orders/{CODE}", "GET").status_code == 404
