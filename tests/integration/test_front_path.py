"""A shop and the widget server on one origin, behind deploy/'s files for nginx and Caddy, with the path kept and taken
off."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask, session

from tests.support.app_fixture import NOW, WEBHOOK_SECRET, FakeStepPay, World, application_over, environment
from tests.support.databases import copy, drop
from tests.support.job_helpers import event_body, signed
from tests.support.path_proxies import FRONTS
from tests.support.reverse_proxy import Front, Places, find
from tools.wsgi_server import serving
from widget_server.adapters.steppay.transport import open_transport
from widget_server.doctor.public import check_public_url
from widget_server.doctor.result import DoctorContext
from widget_server.doctor.routes import check_routes
from widget_server.domain.subresource_integrity import versioned_path
from widget_server.web.assets import widget

BASE = "/steppay"
PACKAGES = {"nginx": "nginx-light", "caddy": "caddy"}
CASES = [
    pytest.param(
        (name, keeps),
        id=f"{name}, {'kept' if keeps else 'taken off'}",
        marks=[] if find(name) else pytest.mark.skip(f"{name} is not installed: apt install {package}"),
    )
    for name, package in PACKAGES.items()
    for keeps in (True, False)
]


def shop() -> Flask:
    app = Flask("shop")
    app.secret_key = "the-shops-own"

    @app.get("/")
    def home() -> str:
        session["basket"] = "canary"
        return "the shop"

    @app.errorhandler(404)
    def missing(_error: Exception) -> tuple[str, int]:
        return "<h1>the shop has no such page</h1>", 404

    return app


@dataclass
class Beside:
    """`seen`: the path and the headers of each request that reached the widget server."""

    front: Front
    world: World
    seen: list[dict[str, Any]] = field(default_factory=list)

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        self.seen.clear()
        headers = {"Cookie": "session=canary-c00kie", **options.pop("headers", {})}
        return requests.request(
            method,
            self.front.url + path,
            headers=headers,
            verify=self.front.authority,
            allow_redirects=False,
            timeout=60,
            **options,
        )


@pytest.fixture(scope="module", params=CASES)
def beside(
    request: pytest.FixtureRequest, migrated: Path, shared_steppay: FakeStepPay, free_port: Callable[[], int]
) -> Iterator[Beside]:
    name, keeps_path = request.param
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"steppay-{name}-")))
        tls = free_port()
        copy(migrated, folder / "widget.db")
        stack.callback(drop, folder / "widget.db")
        settings = environment(shared_steppay.url, folder / "widget.db") | {
            "WIDGET_PUBLIC_URL": f"https://127.0.0.1:{tls}{BASE}",
            "WIDGET_ALLOWED_ORIGINS": "",
            "WIDGET_TRUSTED_PROXIES": "1",
        }
        world = stack.enter_context(application_over({key: value for key, value in settings.items() if value}))
        seen: list[dict[str, Any]] = []
        inner = world.app.wsgi_app

        def watched(environ: dict[str, Any], start_response: Any) -> Any:
            seen.append(dict(environ))
            return inner(environ, start_response)

        world.app.wsgi_app = watched  # type: ignore[method-assign]
        behind, shop_port = free_port(), free_port()
        stack.enter_context(serving(world.app, behind))
        stack.enter_context(serving(shop(), shop_port))
        places = Places(folder / "front", tls, free_port(), (behind, behind))
        front = stack.enter_context(FRONTS[name](places, shop_port, keeps_path=keeps_path))
        yield Beside(front, world, seen)


def test_a_payment_on_one_origin_needs_no_cors_and_no_cookie(beside: Beside, steppay: FakeStepPay) -> None:
    page = {"Origin": beside.front.url}
    opened = beside.ask(
        "POST", f"{BASE}/v1/checkouts", json={"orderCode": steppay.unpaid(), "mode": "tab"}, headers=page
    )
    assert opened.status_code == 201
    verdict = beside.ask("POST", f"{BASE}/v1/verify", json={"orderCode": steppay.paid()}, headers=page)
    assert verdict.json()["verdict"] == "paid"
    assert verdict.headers["Cache-Control"] == "no-store"
    assert not {"Set-Cookie", "Strict-Transport-Security", "X-Frame-Options"} & set(verdict.headers)
    (sent,) = beside.seen
    assert not [name for name, value in sent.items() if "canary" in str(value)]
    assert sent["HTTP_X_FORWARDED_FOR"] == "127.0.0.1"
    shown = beside.ask("GET", f"{BASE}/v1/return/{opened.json()['checkout']}")
    assert shown.headers["Content-Security-Policy"].endswith(f"frame-ancestors {beside.front.url}")
    assert beside.ask("GET", f"{BASE}/v1/pay/{steppay.unpaid()}").status_code == 302


def test_the_files_of_the_pages_and_the_pinned_widget_arrive_compressed(beside: Beside) -> None:
    served = widget(beside.world.settings.public_url)
    for path in (versioned_path(served), "/assets/css/return.css", "/assets/js/return.js"):
        answer = beside.ask("GET", BASE + path, headers={"Accept-Encoding": "gzip"})
        assert (answer.status_code, answer.headers["Content-Encoding"]) == (200, "gzip"), path
    assert beside.ask("GET", BASE + versioned_path(served)).content == served


def test_the_keys_of_signed_verdicts_are_below_the_path(beside: Beside) -> None:
    """A shop's web server often answers 404 for every path with a leading dot."""
    keys = beside.world.deps.signer.public_keys()
    assert beside.ask("GET", f"{BASE}/.well-known/jwks.json").json() == keys


def test_events_of_steppay_arrive_below_the_path(beside: Beside, steppay: FakeStepPay) -> None:
    raw = event_body(steppay.paid(), padding="x" * 100_000)
    headers = {"Steppay-Signature": signed(raw, NOW, WEBHOOK_SECRET), "Content-Type": "application/json"}
    answer = beside.ask("POST", f"{BASE}/v1/webhooks/steppay", data=raw, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"status": "stored"})


@pytest.mark.parametrize("path", [f"{BASE}/metrics", f"{BASE}/admin/orders", f"{BASE}//metrics"])
def test_the_operators_pages_are_not_public(beside: Beside, path: str) -> None:
    answer = beside.ask("GET", path)
    assert answer.status_code == 404
    assert not beside.seen


def test_the_rest_of_the_host_is_the_shops(beside: Beside) -> None:
    home = beside.ask("GET", "/")
    assert (home.text, "session=" in home.headers["Set-Cookie"]) == ("the shop", True)
    for path in ("/steppayX/v1/widget.js", "/v1/widget.js", "/healthz", "/nothing"):
        answer = beside.ask("GET", path)
        assert (answer.status_code, answer.text) == (404, "<h1>the shop has no such page</h1>"), path
    assert not beside.seen


def test_the_path_alone_leads_to_the_documentation(beside: Beside) -> None:
    first = beside.ask("GET", BASE)
    assert (first.status_code in (301, 308), first.headers["Location"].endswith(f"{BASE}/")) == (True, True)
    assert f'href="{BASE}/docs"' in beside.ask("GET", f"{BASE}/").text
    assert beside.ask("GET", f"{BASE}/docs").status_code == 200


def test_the_doctor_finds_nothing_wrong(beside: Beside) -> None:
    tools = DoctorContext(
        open_transport(beside.front.authority), lambda: datetime.now(UTC), ca_file=beside.front.authority
    )
    found = [one for check in (check_public_url, check_routes) for one in check(beside.world.settings, tools)]
    assert {one.state for one in found} == {"ok"}, list(map(str, found))
