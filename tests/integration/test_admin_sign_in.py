"""Who gets to the operator's pages, and what a browser must guard."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.integration.test_access import path_of
from tests.support.admin_client import Operator, signed_in
from tests.support.app_fixture import ADMIN, ADMIN_KEY, API_KEY, PUBLIC, SHOP, TOKEN, FakeStepPay, World
from widget_server.app import create_app
from widget_server.config import Secret
from widget_server.web.admin.sessions import LIFETIME
from widget_server.web.route_table import ADMIN_ROUTES, Caller

OPERATOR_ROUTES = [path_of(rule) for rule, route in ADMIN_ROUTES.items() if route.caller is Caller.OPERATOR]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def test_the_pages_answer_under_their_own_origin_and_nothing_else_does(world: World) -> None:
    assert world.client.get("/admin", base_url=ADMIN).status_code == 303
    for path in ("/v1/widget.js", "/v1/pages", "/docs", "/playground", "/assets/css/return.css", "/v1/pay/order_abcd"):
        assert world.client.get(path, base_url=PUBLIC).status_code != 404
        assert world.client.get(path, base_url=ADMIN).status_code == 404, path
    assert world.client.get("/healthz", base_url=ADMIN).json == {"status": "ok"}


@pytest.mark.parametrize("base_url", [PUBLIC, SHOP, "https://evil.test", ADMIN + ":8443", ADMIN + ".evil.test"])
def test_no_other_host_has_them(world: World, base_url: str) -> None:
    for path in ("/admin", "/admin/sign-in", "/admin/assets/admin.css"):
        answer = world.client.get(path, base_url=base_url)
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert 'href="/docs"' in world.client.get("/", base_url=base_url).text


def test_the_name_of_the_host_is_read_as_browsers_and_proxies_write_it(world: World) -> None:
    for host in ("admin.shop.test", "ADMIN.shop.test", "admin.shop.test:443"):
        assert world.client.get("/admin", headers={"Host": host}).status_code == 303


def test_without_a_key_there_is_nothing(world: World) -> None:
    client = world.with_deps(admin=None)
    assert client.get("/admin", base_url=ADMIN).json["code"] == "not_found"


def test_a_tunnels_address_never_answers_what_a_proxy_passes_on(world: World) -> None:
    """nginx puts the address of its upstream into `Host` unless configured otherwise: shoppers would get a 404."""
    assert world.deps.admin
    tunnel = "http://127.0.0.1:8081"
    client = world.with_deps(admin=replace(world.deps.admin, origin=tunnel))
    assert client.get("/admin", base_url=tunnel).status_code == 303
    proxied = {"X-Forwarded-For": "203.0.113.9"}
    assert client.get("/admin", base_url=tunnel, headers=proxied).status_code == 404
    assert client.get("/v1/widget.js", base_url=tunnel, headers=proxied).status_code == 200


@pytest.mark.parametrize("path", OPERATOR_ROUTES)
def test_no_page_is_shown_and_nothing_changes_without_a_session(world: World, path: str) -> None:
    credentials = ({}, {"Cookie": "__Host-steppay-admin=x.1.y"}, {"Authorization": f"Bearer {ADMIN_KEY}"})
    for headers in credentials:
        answers = [
            bare(world).open(path, method=method, base_url=ADMIN, headers={"Origin": ADMIN, **headers})
            for method in ("GET", "HEAD", "POST", "PUT", "DELETE")
        ]
        ways_out = {(answer.status_code, answer.headers.get("Location", "").partition("?")[0]) for answer in answers}
        assert ways_out - {(405, "")} == {(303, "/admin/sign-in")}
        assert "<table" not in "".join(answer.text for answer in answers)


@pytest.mark.parametrize(
    "key", ["", API_KEY, TOKEN, ADMIN_KEY[:-1], ADMIN_KEY + "a", ADMIN_KEY.upper(), "열쇠", "k" * 1500]
)
def test_a_wrong_key_opens_nothing_and_is_not_repeated(
    world: World, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = Operator(world).sign_in(key)
    assert answer.status_code == 403
    assert "키가 맞지 않습니다" in answer.text
    assert "Set-Cookie" not in answer.headers
    assert not key or key not in answer.text + caplog.text


def test_signing_in_leads_to_the_page_asked_for(world: World, steppay: FakeStepPay) -> None:
    operator = Operator(world)
    asked = operator.get("/admin/orders/order_abcd")
    assert asked.headers["Location"] == "/admin/sign-in?next=/admin/orders/order_abcd"
    assert 'name="next" value="/admin/orders/order_abcd"' in operator.get(asked.headers["Location"]).text
    answer = operator.sign_in(next="/admin/orders/order_abcd")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/orders/order_abcd")
    assert operator.get("/admin").status_code == 200
    assert operator.get("/admin/sign-in").headers["Location"] == "/admin"


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.test", "//evil.test", "/admin//evil.test", "/admin/../x", "/admin\\x", "/admin\r\nX: y", ""],
)
def test_signing_in_never_leads_to_another_site(world: World, wanted: str) -> None:
    assert Operator(world).sign_in(next=wanted).headers["Location"] == "/admin"


@pytest.mark.parametrize(
    ("origin", "name", "secure"),
    [(ADMIN, "__Host-steppay-admin", True), ("http://127.0.0.1:8081", "steppay-admin", False)],
)
def test_the_cookie_is_guarded_as_well_as_browsers_can(world: World, origin: str, name: str, *, secure: bool) -> None:
    assert world.deps.admin
    client = world.with_deps(admin=replace(world.deps.admin, origin=origin))
    answer = client.post("/admin/session", base_url=origin, data={"key": ADMIN_KEY}, headers={"Origin": origin})
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith(f"{name}=")
    assert set(cookie.split("; ")[1:]) - {f"Expires={_expires(cookie)}"} == {
        *("HttpOnly", "Path=/", "SameSite=Strict", f"Max-Age={int(LIFETIME.total_seconds())}"),
        *(["Secure"] if secure else []),
    }


def _expires(cookie: str) -> str:
    found = re.search(r"Expires=([^;]+)", cookie)
    return found[1] if found else ""


def test_a_session_ends_with_its_time(world: World) -> None:
    operator = signed_in(world)
    world.clock.pass_by(LIFETIME - timedelta(seconds=1))
    assert operator.get("/admin").status_code == 200
    world.clock.pass_by(timedelta(seconds=1))
    assert operator.get("/admin").status_code == 303


def test_a_new_key_ends_every_session(world: World) -> None:
    cookie = signed_in(world).cookie()
    assert world.deps.admin
    other = replace(world.deps.admin, key=Secret("another-0perat0r-1b9c3d7e5f60a2b4c6d8"))
    in_another_process = create_app(world.settings, world.deps)
    with_another_key = create_app(world.settings, replace(world.deps, admin=other))
    assert [shown(app, cookie) for app in (in_another_process, with_another_key)] == [200, 303]


def bare(world: World) -> FlaskClient:
    """Sends the very `Cookie` of a test, which a client with a jar would replace."""
    return world.app.test_client(use_cookies=False)


def shown(app: Flask, cookie: str) -> int:
    headers = {"Cookie": f"__Host-steppay-admin={cookie}"}
    return app.test_client(use_cookies=False).get("/admin", base_url=ADMIN, headers=headers).status_code


def test_a_forged_session_is_none(world: World) -> None:
    operator = signed_in(world)
    good = operator.cookie()
    name, ends, signature = good.split(".")
    forged = {
        "expiry": f"{name}.{int(ends) + 1}.{signature}",
        "id": f"A{name[1:]}.{ends}.{signature}",
        "signature": f"{name}.{ends}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}",
        "nothing signed": f"{name}.{ends}",
        "another use": f"{name}.{ends}.{operator.token()}",
        "nothing": "",
        "no text": "\xff.\xff.\xff",
    }
    assert shown(world.app, good) == 200
    assert {change: shown(world.app, cookie) for change, cookie in forged.items()} == dict.fromkeys(forged, 303)


def test_signing_out_takes_the_cookie_away(world: World) -> None:
    operator = signed_in(world)
    assert operator.post("/admin/session/end", token=operator.token()).headers["Location"] == "/admin/sign-in"
    assert operator.get("/admin").status_code == 303


REFUSED: list[dict[str, Any]] = [
    {"origin": None},
    {"origin": "null"},
    {"origin": PUBLIC},
    {"origin": SHOP},
    {"origin": ADMIN + ":8443"},
]


@pytest.mark.parametrize("sent", REFUSED, ids=lambda sent: str(sent["origin"]))
def test_only_a_form_of_these_pages_changes_anything(world: World, sent: dict[str, Any]) -> None:
    operator = signed_in(world)
    assert operator.post("/admin/session/end", token=operator.token(), **sent).status_code == 403
    assert operator.post("/admin/session", key=ADMIN_KEY, **sent).status_code == 403
    assert operator.get("/admin").status_code == 200


def test_a_form_without_the_sessions_own_token_changes_nothing(world: World) -> None:
    operator, other = signed_in(world), signed_in(world)
    for token in ("", "x", other.token(), "é"):
        assert operator.post("/admin/session/end", token=token).status_code == 403
    assert operator.get("/admin").status_code == 200


def test_av_02_keys_are_tried_ten_times_a_minute_even_where_limits_are_off(world: World) -> None:
    assert world.settings.rate_limit is None
    operator = Operator(world)
    assert [operator.sign_in("wrong").status_code for _ in range(11)] == [403] * 10 + [429]
    refused = operator.sign_in()
    assert (refused.status_code, refused.mimetype) == (429, "text/html")
    assert int(refused.headers["Retry-After"]) > 0
    assert operator.get("/admin/sign-in").status_code == 200


def test_a_form_is_small(world: World) -> None:
    answer = Operator(world).sign_in("k" * 5000)
    assert (answer.status_code, answer.mimetype) == (413, "text/html")


UNKNOWN = ("/admin/x", "/x", "/admin/", "/v1/verify")
CASES = [
    *(
        ("GET", path, 200)
        for path in (
            "/admin",
            "/admin/orders",
            "/admin/deliveries",
            "/admin/subscriptions",
            "/admin/orders?show=review",
        )
    ),
    ("GET", "/admin/orders.csv?month=2026-11", 200),
    *(("GET", f"/admin/assets/{name}", 200) for name in ("admin.css", "admin.js", "mark.svg")),
    *(
        ("GET", path, 404)
        for path in (
            "/admin/orders/order_a",
            "/admin/subscriptions/7",
            "/admin/deliveries/x",
            "/admin/assets/x",
            *UNKNOWN,
        )
    ),
    *(("GET", path, 303) for path in ("/", "/admin/sign-in")),
    *(("POST", path, 403) for path in ("/admin/session", "/admin/session/end", "/admin/deliveries/x/redeliver")),
    ("POST", "/admin/deliveries/redeliver", 403),
    ("POST", "/admin/orders/order_a/check", 403),
    ("POST", "/admin/subscriptions/7/check", 403),
    ("DELETE", "/admin", 405),
]


@pytest.mark.parametrize("broken", [False, True], ids=["", "broken"])
def test_each_answer_is_strict(world: World, *, broken: bool) -> None:
    operator = signed_in(world)
    if broken:
        world.break_storage()
    given = []
    for method, path, status in CASES:
        answer = operator.client.open(path, method=method, base_url=ADMIN)
        assert answer.status_code in ((status, 503) if broken else (status,)), path
        assert_strict(path, answer)
        given.append(answer.status_code)
    assert (503 in given) is broken


def test_each_route_is_in_the_table(world: World) -> None:
    adapter = world.operators_pages.url_map.bind("admin.shop.test")
    reached = {
        adapter.match(path.partition("?")[0], method)[0]
        for method, path, status in CASES
        if path not in UNKNOWN and status != 405
    }
    assert {rule.endpoint for rule in world.operators_pages.url_map.iter_rules()} == reached


def assert_strict(path: str, answer: Any) -> None:
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert answer.headers["Cache-Control"] == ("no-cache" if "/assets/admin" in path or "svg" in path else "no-store")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! defer src=)|https?://", answer.text.replace(XML, ""))


XML = 'xmlns="http://www.w3.org/2000/svg"'


def test_a_bug_leaks_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    assert world.deps.admin
    client = world.with_deps(admin=replace(world.deps.admin, overview=None))
    operator = Operator(world, client)
    operator.sign_in()
    answer = operator.get("/admin")
    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert "AttributeError" not in answer.text
    assert "internal_error error=AttributeError" in caplog.text
