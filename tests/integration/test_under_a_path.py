"""The server below a path of the shop's own host: it answers as it does under a host of its own."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from tests.support.app_fixture import ADMIN, METRICS_KEY, PUBLIC, FakeStepPay, World, application_over, environment
from tests.support.databases import copy, drop
from tests.support.job_helpers import event_body, signed
from tests.support.metrics_helpers import counted_deps
from tests.support.recorded_corpus import Recorded
from tests.support.recorded_requests import play, read_answers, read_requests
from widget_server.app import create_app
from widget_server.domain.subresource_integrity import versioned_path
from widget_server.web.assets import widget

BASE = "/steppay"
COOKIE = "session=canary-c00kie; _ga=canary-ga; steppay_checkout=canary"
PACKAGE = Path(__file__).resolve().parents[2] / "widget_server"
BOTH = pytest.mark.parametrize("prefix", [BASE, ""], ids=["kept", "taken off"])
"""What the proxy does with the path."""


def below(number: int, request: Recorded) -> Recorded:
    """As it comes through a proxy that keeps the path, every other one as through a proxy that takes it off; with the
    shop's cookies in both cases. The dashboard has its own host, and cookies of its own."""
    if request.base_url == ADMIN:
        return request
    headers = {**request.headers, "Cookie": COOKIE}
    return replace(request, path=(BASE if number % 2 else "") + request.path, headers=headers)


def without_the_path(answer: str) -> str:
    """What differs on purpose: the addresses, and who speaks for the whole host."""
    answer = answer.replace(f"{PUBLIC}{BASE}/;", f"{PUBLIC};").replace("no Strict-Transport-Security\n", "")
    return answer.replace(BASE, "").replace("%2Fsteppay", "").strip()


@pytest.mark.sqlite
def test_co_06_every_recorded_request_is_answered_alike_whatever_the_proxy_and_the_shops_cookies(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answers, different, leading = read_answers(), [], 0
    for line, (request, answer) in zip(read_requests(), play(BASE, below), strict=True):
        before, now = answers[line.partition(" ")[0]].strip(), without_the_path(answer)
        leading += f'"{BASE}/' in answer
        if before != now:
            lines = unified_diff(before.splitlines(), now.splitlines(), "host of its own", "path", lineterm="", n=0)
            different.append("\n".join([request.summary, *lines]))
    assert not different, f"{len(different)} answers differ, such as:\n" + "\n\n".join(different[:5])
    assert leading > 100, "pages whose links and files are below the path"
    assert "canary-c00kie" not in caplog.text


def test_co_06_only_the_dashboard_knows_cookies() -> None:
    """The shop's cookies come with every request of its own origin."""
    word = re.compile(r"cookie", re.IGNORECASE)
    code = {
        str(file.relative_to(PACKAGE)): re.sub(r'""".*?"""|#[^\n]*', "", file.read_text("utf-8"), flags=re.DOTALL)
        for file in PACKAGE.rglob("*.py")
    }
    assert [
        name for name, text in code.items() if word.search(text) and not name.startswith(("web/admin/", "demo/"))
    ] == []


@pytest.fixture
def world(migrated: Path, tmp_path: Path, steppay: FakeStepPay) -> Iterator[World]:
    database = tmp_path / "widget.db"
    copy(migrated, database)
    settings = environment(steppay.url, database) | {
        "WIDGET_PUBLIC_URL": f"https://shop.test{BASE}",
        "WIDGET_ALLOWED_ORIGINS": "",
        "WIDGET_METRICS_KEY": METRICS_KEY,
    }
    try:
        with application_over({name: value for name, value in settings.items() if value}) as world:
            yield world
    finally:
        drop(database)


@BOTH
def test_the_widget_and_the_pages_files_are_answered_from_memory(world: World, prefix: str) -> None:
    served = widget(world.settings.public_url)
    assert f'"{world.settings.public_url}"'.encode() in served
    for path in (versioned_path(served), "/assets/css/return.css"):
        first, second = (world.client.get(prefix + path) for _ in range(2))
        assert (first.status_code, first.data) == (200, second.data)
        assert world.client.get(prefix + path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    "path", ["/steppayX/v1/verify", "/Steppay/v1/verify", "/steppay/steppay/v1/verify", "/x/steppay/v1/verify"]
)
def test_another_path_is_unknown(world: World, path: str) -> None:
    answer = world.client.post(path, json={"orderCode": "order_a"})
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", [BASE, f"{BASE}/", "/"])
def test_the_path_alone_is_a_page_that_leads_to_the_documentation(world: World, path: str) -> None:
    page, documents = world.client.get(path), world.client.get(f"{BASE}/docs")
    assert (page.status_code, f'href="{BASE}/docs"' in page.text) == (200, True)
    for link in re.findall(r'href="(/[^"]*)"', page.text + documents.text):
        assert world.client.get(link).status_code == 200, link


@BOTH
def test_a_payment_from_the_shops_own_origin_is_opened_verified_and_shown(
    world: World, steppay: FakeStepPay, prefix: str
) -> None:
    code, page = steppay.paid(), {"Origin": "https://shop.test", "Cookie": COOKIE}
    unpaid = world.client.post(
        f"{prefix}/v1/checkouts", json={"orderCode": steppay.unpaid(), "mode": "tab"}, headers=page
    )
    assert f"{BASE}/v1/return/" in unpaid.json["payUrl"].replace("%2F", "/")
    verdict = world.client.post(f"{prefix}/v1/verify", json={"orderCode": code}, headers=page).json
    assert verdict["verdict"] == "paid"
    claims = world.deps.signer.public_keys()  # the keys are where the issuer says
    assert world.client.get(f"{BASE}/.well-known/jwks.json").json == claims
    shown = world.client.get(f"{prefix}/v1/return/{unpaid.json['checkout']}", headers={"Cookie": COOKIE})
    assert 'data-origin="https://shop.test"' in shown.text, "an origin never has a path"
    assert shown.headers["Content-Security-Policy"].endswith("frame-ancestors https://shop.test")
    for link in re.findall(r'(?:href|src)="(/[^"]*)"', shown.text):
        assert link.startswith(f"{BASE}/")
        assert world.client.get(link).status_code == 200, link


@BOTH
def test_a_strangers_page_is_refused_and_the_shops_is_not(world: World, steppay: FakeStepPay, prefix: str) -> None:
    code = steppay.paid()
    for origin, status in {"https://shop.test": 200, "https://shop.test/steppay": 403, "https://evil.tld": 403}.items():
        answer = world.client.post(f"{prefix}/v1/verify", json={"orderCode": code}, headers={"Origin": origin})
        assert answer.status_code == status, origin


def test_events_of_steppay_arrive(world: World, steppay: FakeStepPay) -> None:
    raw = event_body(steppay.paid())
    headers = {"Steppay-Signature": signed(raw, world.clock.now, world.settings.webhook_secrets[0].reveal())}
    answer = world.client.post(f"{BASE}/v1/webhooks/steppay", data=raw, headers=headers)
    assert (answer.status_code, answer.json) == (200, {"status": "stored"})


def test_probes_and_labels_know_no_path(world: World, caplog: pytest.LogCaptureFixture) -> None:
    client = create_app(world.settings, counted_deps(world)).test_client()
    caplog.set_level(logging.INFO, "widget_server.access")
    assert client.get("/healthz").json == client.get(f"{BASE}/healthz").json == {"status": "ok"}
    assert client.get("/readyz").status_code == 200
    client.get(f"{BASE}/v1/pages?path=/")
    assert "route=/v1/pages " in caplog.text
    told = client.get("/metrics", headers={"Authorization": f"Bearer {METRICS_KEY}"}).text
    assert re.search(r'widget_http_requests_total\{route="/v1/pages",status="2xx"\} 1', told)
    assert f'"{BASE}/' not in told
    assert BASE not in caplog.text


def test_mounted_in_another_application_it_answers_below_its_path_alone(world: World, steppay: FakeStepPay) -> None:
    def shop(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"the shop's own page"]

    client = Client(DispatcherMiddleware(shop, {BASE: world.app}))
    code = steppay.paid()
    answer = client.post(f"{BASE}/v1/verify", json={"orderCode": code})
    assert answer.json["verdict"] == "paid"
    assert client.get(f"{BASE}/v1/widget.js").status_code == 200
    assert f'href="{BASE}/docs"' in client.get(BASE).text
    assert client.post("/v1/verify", json={"orderCode": code}).text == "the shop's own page"


def test_the_dashboard_keeps_its_own_host(world: World) -> None:
    assert world.client.get("/admin/sign-in", base_url=ADMIN).status_code == 200
    assert world.client.get(f"{BASE}/admin/sign-in").status_code == 404
    assert world.client.get("/admin/sign-in").status_code == 404
