"""What the doctor says of the merchant's backend, after a look that ships nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tests.integration.test_ledger import told
from tests.support.admin_client import signed_in, words
from tests.support.app_fixture import FakeStepPay, World, environment
from tests.support.job_helpers import work
from tests.support.merchant import verify
from tests.support.upstream import Upstream, answer
from tools.wsgi_server import serving
from widget_server.adapters.store.deliveries import SqlDeliveries
from widget_server.adapters.store.overview import SqlOverview
from widget_server.adapters.webhooks_out.sender import WebhookSender
from widget_server.cli import main
from widget_server.doctor.merchant import check_merchant
from widget_server.doctor.result import CheckResult

SECRET = "whsec_" + "Q2FuYXJ5" * 4


def finding(url: str) -> CheckResult:
    (found,) = check_merchant(WebhookSender(url, SECRET, private=True))
    return found


@pytest.fixture
def shop() -> Flask:
    """A backend as most are made; a message, which no look may be, fails the test."""
    app = Flask("shop")

    @app.before_request
    def nothing_is_shipped() -> None:
        assert request.method in {"OPTIONS", "HEAD"}

    @app.post("/told")
    @app.post("/slash/")
    def told() -> str:
        return "shipped"

    app.add_url_rule("/page", "page", lambda: "page")
    app.add_url_rule(
        "/moved", "moved", lambda: redirect("//www.shop.test/told?k=canary", 308), methods=["HEAD", "OPTIONS", "POST"]
    )
    return app


@pytest.mark.parametrize(
    ("path", "state", "words"),
    [
        ("/told", "ok", "takes POST"),
        ("/slash", "problem", "redirects (308) to {url}/slash/"),
        ("/moved", "problem", "redirects (308) to http://www.shop.test/told,"),
        ("/page", "problem", "takes no POST, only GET, HEAD, OPTIONS"),
        ("/wrong", "problem", "has nothing at its path (OPTIONS 404, HEAD 404)"),
    ],
)
def test_a_wrong_address_is_seen_before_a_payment(shop: Flask, path: str, state: str, words: str) -> None:
    with serving(shop) as url:
        found = finding(url + path)
    assert (found.state, words.format(url=url) in found.text) == (state, True), found
    assert "canary" not in str(found)


REPLIES: dict[str, Callable[[str], Any]] = {
    "204": lambda _m: Response(status=204),
    "404": lambda _m: Response(status=404),
    "405": lambda _m: Response(status=405),
    "405 POST": lambda _m: Response(status=405, headers={"Allow": "POST"}),
    "405 GET": lambda _m: Response(status=405, headers={"Allow": "GET"}),
    "501": lambda _m: Response(status=501),
    "302": lambda _m: redirect("/login"),
    "304": lambda _m: Response(status=304),
    "403": lambda _m: Response(status=403),
    "503": lambda _m: Response(status=503),
}


@pytest.mark.parametrize(
    ("options", "head", "state"),
    [
        ("405 POST", "404", "ok"),  # known for POST alone
        ("405", "405 POST", "ok"),
        ("405 GET", "204", "problem"),
        ("405", "405 GET", "problem"),
        ("204", "405", "ok"),
        ("204", "204", "ok"),
        ("204", "404", "problem"),  # something in front answers OPTIONS by itself
        ("204", "302", "problem"),
        ("404", "302", "problem"),
        ("302", "204", "problem"),
        ("304", "204", "problem"),
        ("404", "404", "problem"),
        ("404", "405", "warning"),
        ("405", "404", "warning"),
        ("405", "405", "warning"),
        ("501", "204", "warning"),
        ("403", "204", "warning"),
        ("503", "204", "problem"),
    ],
)
def test_what_two_looks_say_together(options: str, head: str, state: str) -> None:
    app = Flask("shop")

    @app.route("/told", methods=["OPTIONS", "HEAD"], provide_automatic_options=False)
    def told() -> AnyResponse:
        made: AnyResponse = REPLIES[options if request.method == "OPTIONS" else head](request.method)
        return made

    with serving(app) as url:
        found = finding(f"{url}/told")
    assert found.state == state, found
    assert found.hint or state == "ok"


def test_what_a_try_said_is_a_sentence_for_the_operator(world: World, steppay: FakeStepPay) -> None:
    """In `deliveries show` and on the operator's page, where a log line says only 308."""
    code = steppay.paid()
    verify(world, code)
    [(_type, event_id)] = told(world, code)
    store = SqlDeliveries(world.engine)
    with Upstream(answer(b"", status="308 Moved", headers="Location: //www.shop.test/told/?k=canary\r\n")) as shop:
        work(world, WebhookSender(f"{shop.url}/told", SECRET, private=True))
    [tried] = store.attempts(event_id)
    sentence = "redirects to http://www.shop.test/told/: enter that address as WIDGET_NOTIFY_URL"
    assert (tried.status, tried.reason) == (308, sentence)
    shown = CliRunner().invoke(main, ["deliveries", "show", event_id], env=environment_of(world))
    assert f"redirects  308  {sentence}\n" in shown.output, shown.output
    [line] = SqlOverview(world.engine).deliveries(1)
    assert (line.outcome, line.redirects_to) == ("redirects", "http://www.shop.test/told/")
    operator = signed_in(world)
    for path in ("/admin/deliveries", f"/admin/deliveries/{event_id}", f"/admin/orders/{code}"):
        text = words(operator.get(path, "en").text)
        assert "redirects to another address. Enter it as WIDGET_NOTIFY_URL: http://www.shop.test/told/" in text, path
    work(world, WebhookSender("http://127.0.0.1:9/", SECRET))
    world.clock.pass_by(timedelta(hours=1))
    work(world, WebhookSender("http://127.0.0.1:9/", SECRET))
    assert "private network; WIDGET_NOTIFY_ALLOW_PRIVATE_NETWORK=on" in store.attempts(event_id)[-1].reason
    assert SqlOverview(world.engine).deliveries(1)[0].redirects_to is None
    for path in ("/admin/deliveries", f"/admin/deliveries/{event_id}"):
        assert "사설망 주소" in operator.get(path).text


def environment_of(world: World) -> dict[str, str]:
    url = world.engine.url.render_as_string(hide_password=False)
    return environment("http://127.0.0.1:9", Path("unused.db")) | {"WIDGET_DATABASE_URL": url.replace("+psycopg", "")}


def test_no_answer_has_its_reason() -> None:
    assert "nothing answers" in finding("http://127.0.0.1:9/").text
    (found,) = check_merchant(WebhookSender("http://127.0.0.1:9/", SECRET))
    assert "private network" in found.text
    assert "WIDGET_NOTIFY_ALLOW_PRIVATE_NETWORK" in found.text
    with Upstream(answer()) as plain:
        assert "cannot be reached" in finding(plain.url.replace("http:", "https:")).text
