"""Each answer of each route carries the strict headers, whatever happened, and no banner of a version."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.integration.test_cli import started
from tests.support.app_fixture import PUBLIC, SHOP, FakeStepPay, World, application, environment
from widget_server.app import create_app
from widget_server.config import read_settings

CODE = "order_15XqwcM1f"
STRICT = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Strict-Transport-Security": "max-age=31536000",
}
NO_PAGE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
RETURN_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    f"form-action 'none'; frame-ancestors {SHOP} https://www.shop.test {PUBLIC}"
)
START_PAGE = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
DOCS_PAGE = START_PAGE.replace("style-src", "script-src 'self'; style-src")
PLAYGROUND = (
    f"default-src 'none'; script-src 'self' {PUBLIC}; connect-src 'self' {PUBLIC}; frame-src 'self' http: https:; "
    "style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
GALLERY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
SAMPLES = {
    "/playground/screens": GALLERY,
    "/playground/screens/widget/paid": (
        f"default-src 'none'; script-src 'self' {PUBLIC}; connect-src 'self' {PUBLIC}; frame-src 'self'; "
        "style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "/playground/screens/return/paid": RETURN_PAGE.partition("frame-ancestors")[0] + "frame-ancestors 'self'",
    "/playground/screens/pay/page": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
}
"""The gallery alone may frame the sample screens."""
GOOD = {"json": {"orderCode": CODE, "mode": "tab"}}
BIG = {"data": b" " * 9000, "headers": {"Content-Type": "application/json"}}
FOREIGN = {"json": {}, "headers": {"Origin": "https://evil.tld"}}

# method, path, what is sent, and the status of a working server
CASES: list[tuple[str, str, dict[str, Any], int]] = [
    ("POST", "/v1/verify", GOOD, 404),
    ("POST", "/v1/verify", {"json": {}}, 422),
    ("POST", "/v1/verify", {"data": b"{", "headers": {"Content-Type": "application/json"}}, 400),
    ("POST", "/v1/verify", {"data": b"{}", "headers": {"Content-Type": "text/plain"}}, 415),
    ("POST", "/v1/verify", BIG, 413),
    ("POST", "/v1/verify", FOREIGN, 403),
    ("GET", "/v1/verify", {}, 405),
    ("OPTIONS", "/v1/verify", {"headers": {"Origin": SHOP, "Access-Control-Request-Method": "POST"}}, 204),
    ("POST", "/v1/checkouts", GOOD, 201),
    ("POST", "/v1/checkouts", BIG, 413),
    ("GET", "/v1/checkouts/" + "A" * 22, {}, 404),
    ("GET", f"/v1/pay/{CODE}", {}, 302),
    ("GET", "/v1/pay/183682", {}, 404),
    ("GET", "/v1/return/" + "A" * 22, {}, 404),
    ("GET", "/v1/pages?path=/", {}, 200),
    ("GET", "/v1/tag?page=/pricing", {}, 200),
    ("GET", "/v1/tag?page=pricing", {}, 422),
    ("GET", "/v1/widget.js", {}, 200),
    ("GET", "/v1/widget-0000000000000000.js", {}, 404),
    ("GET", "/v1/screens", {}, 200),
    ("GET", "/assets/css/return.css", {}, 200),
    ("GET", "/assets/nothing", {}, 404),
    ("GET", "/healthz", {}, 200),
    ("GET", "/readyz", {}, 200),
    ("GET", "/metrics", {}, 404),
    ("DELETE", "/readyz", {}, 405),
    ("GET", "/nothing", {}, 404),
    ("GET", "/v1/offers/beans", {}, 404),
    ("POST", "/v1/offers/beans/orders", {"json": {}}, 404),
    ("POST", "/v1/orders", {"json": {}}, 403),
    ("PUT", f"/v1/orders/{CODE}/expectation", {"json": {}}, 403),
    ("GET", f"/v1/orders/{CODE}", {}, 403),
    ("GET", "/v1/subscriptions/77", {}, 403),
    ("POST", "/v1/subscriptions/77/payment-method", {"json": {}}, 403),
    ("POST", "/v1/webhooks/steppay", {"data": b"{}"}, 401),
    ("POST", "/v1/webhooks/steppay-v1", {"json": {}}, 404),
    ("GET", "/.well-known/jwks.json", {}, 200),
    ("GET", "/", {}, 200),
    ("GET", "/openapi.json", {}, 200),
    ("GET", "/docs", {}, 200),
    ("GET", "/docs/quick-start.md", {}, 200),
    ("GET", "/docs/nothing.md", {}, 404),
    ("GET", "/llms.txt", {}, 200),
    ("GET", "/playground?mode=iframe&path=/pricing", {}, 200),
    *(("GET", path, {}, 200) for path in SAMPLES),
]
PUBLIC_TEXTS = ("/v1/pages", "/v1/tag", "/.well-known/", "/openapi.json", "/docs", "/llms.txt")
"""The same for everybody, so they may be kept for a while."""


def assert_strict(path: str, headers: Any) -> None:
    for name, value in STRICT.items():
        assert headers[name] == value, name
    page = RETURN_PAGE if headers["Content-Type"].startswith("text/html") and "Location" not in headers else NO_PAGE
    policies = {"return": RETURN_PAGE, "pay": page, "docs": DOCS_PAGE if path == "/docs" else NO_PAGE, "": START_PAGE}
    policies |= {"playground": SAMPLES.get(path, PLAYGROUND)}
    assert headers["Content-Security-Policy"] == policies.get(re.split(r"[/?]", path.removeprefix("/v1"))[1], NO_PAGE)
    file = path.startswith(("/v1/widget", "/v1/screens", "/assets/")) and "Access-Control-Allow-Origin" in headers
    assert headers["Cross-Origin-Resource-Policy"] == ("cross-origin" if file else "same-origin")
    assert "no-store" in headers["Cache-Control"] or file or path.startswith(PUBLIC_TEXTS) or path == "/"
    assert re.fullmatch("[0-9a-f]{16}", headers["X-Request-Id"])
    assert not {"Set-Cookie", "X-Powered-By", "Cross-Origin-Opener-Policy", "X-Frame-Options"} & set(headers.keys())
    policy = headers["Content-Security-Policy"].replace("http: https:", "")  # a framed pay page: record 15
    assert not re.search(r"unsafe|\*|data:|https?:(?!//((www|pay)\.)?shop\.test)", policy)


@pytest.mark.parametrize(("method", "path", "sent", "status"), CASES)
def test_each_answer_is_strict(*, world: World, method: str, path: str, sent: dict[str, Any], status: int) -> None:
    answer = world.client.open(path, method=method, **sent)
    assert answer.status_code == status
    assert_strict(path, answer.headers)
    assert "Server" not in answer.headers


def breaks(*_: object, **__: object) -> Any:
    raise RuntimeError("broken")


BROKEN = {"storage": 503, "bug": 500}


def test_either_trouble_is_one(world: World) -> None:
    """Else the next test would look at a sound server."""
    ask = {"json": {"orderCode": "order_a", "mode": "tab"}}
    assert world.with_deps(new_checkout_id=breaks).post("/v1/checkouts", **ask).status_code == BROKEN["bug"]
    world.break_storage()
    assert world.client.post("/v1/checkouts", **ask).status_code == BROKEN["storage"]


@pytest.mark.parametrize("trouble", BROKEN)
@pytest.mark.parametrize(("method", "path", "sent", "status"), [case for case in CASES if case[3] != 403])
def test_a_broken_server_is_as_strict(
    *, world: World, method: str, path: str, sent: dict[str, Any], status: int, trouble: str
) -> None:
    client = world.with_deps(clock=breaks, rules=None, new_checkout_id=breaks) if trouble == "bug" else world.client
    if trouble == "storage":
        world.break_storage()
    answer = client.open(path, method=method, **sent)
    assert answer.status_code in (status, BROKEN[trouble])
    assert_strict(path, answer.headers)


def test_each_route_is_in_the_table(world: World) -> None:
    adapter = world.app.url_map.bind("pay.shop.test")
    reached = {
        adapter.match(path.partition("?")[0], "POST" if method == "OPTIONS" else method)[0]
        for method, path, _sent, status in CASES
        if status != 405 and path != "/nothing"
    }
    assert {rule.endpoint for rule in world.app.url_map.iter_rules()} == reached


def test_plain_http_on_this_machine_asks_for_no_https(migrated: Path, tmp_path: Path, steppay: FakeStepPay) -> None:
    with application(steppay.url, migrated, tmp_path) as world:
        settings = read_settings(
            environment(steppay.url, tmp_path / "widget.db") | {"WIDGET_PUBLIC_URL": "http://widget.localhost:8081"}
        )
        answer = create_app(settings, world.deps).test_client().get("/healthz")
    assert "Strict-Transport-Security" not in answer.headers


def test_LK_04_the_production_server_is_as_strict_and_names_no_version(
    tmp_path: Path, steppay: FakeStepPay, free_port: Callable[[], int]
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = environment(steppay.url, tmp_path / "widget.db")
    assert settings["WIDGET_PUBLIC_URL"] == PUBLIC
    with started(tmp_path, settings, url, "serve", "--port", str(port)):
        for method, path, sent, status in CASES:
            answer = requests.request(method, url + path, timeout=60, allow_redirects=False, **sent)
            assert answer.status_code == status, path
            assert_strict(path, answer.headers)
            assert not re.search(r"\d|werkzeug|python|flask", answer.headers.get("Server", ""), re.IGNORECASE)
        requests.get(f"{url}/v1/return/{'A' * 22}?order_code=canary&name=canary", timeout=60)
    lines = (tmp_path / "out.txt").read_text("utf-8").splitlines()
    access = [line for line in lines if '"widget_server.access"' in line]
    assert len(access) >= len(CASES) - 4  # probes are left out
    assert not any("canary" in line or "?" in line for line in access)
