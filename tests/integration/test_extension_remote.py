"""A shop whose widget server runs elsewhere: the same object, over HTTP."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, current_app
from standardwebhooks import Webhook
from werkzeug.serving import make_server

from tests.support.app_fixture import API_KEY, TOKEN, FakeStepPay
from tools.wsgi_server import serving
from widget_server import StepPayCheckout
from widget_server.adapters.keys.signing_keys import SigningKey, edit, new_key
from widget_server.adapters.store.migrate import upgrade
from widget_server.app import create_app
from widget_server.config import Settings, read_settings
from widget_server.errors import ConfigurationError
from widget_server.merchant.verdicts import VerdictVerificationError
from widget_server.merchant.webhooks import Delivery

SHOP = "http://127.0.0.1:5000"
SECRET, OLD_SECRET = (f"whsec_{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 2))
DELIVERIES = "/steppay/deliveries"


class Elsewhere:
    """A stand-alone server on a port of its own, which can go away and come back with other settings."""

    def __init__(self, environ: dict[str, str], port: int) -> None:
        self._environ, self._port = environ, port
        self.url = environ["WIDGET_PUBLIC_URL"]

    @property
    def settings(self) -> Settings:
        return read_settings(self._environ)

    def start(self) -> None:
        self._server = make_server("127.0.0.1", self._port, create_app(self.settings), threaded=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def elsewhere(steppay: FakeStepPay, tmp_path: Path, free_port: Any) -> Iterator[Elsewhere]:
    port = free_port()
    environ = {
        "WIDGET_ENV": "sandbox",
        "STEPPAY_SECRET_TOKEN": TOKEN,
        "STEPPAY_API_URL": steppay.url,
        "WIDGET_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "WIDGET_ALLOWED_ORIGINS": SHOP,
        "WIDGET_DATABASE_URL": f"sqlite:///{tmp_path}/elsewhere.db",
        "WIDGET_SIGNING_KEY_FILE": str(tmp_path / "keys.json"),
        "WIDGET_RATE_LIMIT": "off",
        "WIDGET_API_KEY": API_KEY,
    }
    upgrade(environ["WIDGET_DATABASE_URL"])
    server = Elsewhere(environ, port)
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("widget_server.cli.environment.os.environ", {})


def shop(url: str, **config: Any) -> tuple[Flask, StepPayCheckout]:
    app = Flask("shop")
    app.config.update(STEPPAY_CHECKOUT_URL=url, WIDGET_ENV="sandbox", WIDGET_ALLOWED_ORIGINS=SHOP, **config)
    return app, StepPayCheckout(app)


def token(server: Elsewhere, code: str) -> str:
    answer = create_app(server.settings).test_client().post("/v1/verify", json={"orderCode": code})
    return str((answer.json or {})["token"])


def test_tag_button_and_verdict(elsewhere: Elsewhere, steppay: FakeStepPay) -> None:
    app, checkout = shop(elsewhere.url)
    code = steppay.paid()
    with app.app_context():
        tag = checkout.tag()
        assert f'src="{elsewhere.url}/v1/widget-' in tag
        assert " integrity=" in tag
        assert checkout.csp("/pricing")["script-src"] == elsewhere.url
        assert f'href="{elsewhere.url}/v1/pay/{code}"' in checkout.button(code, "Pay")
        assert checkout.verify(token(elsewhere, code), order_code=code, amount=10000).is_fulfillable
        elsewhere.stop()
        try:  # what was fetched is kept
            assert checkout.tag() == tag
            assert checkout.verify(token(elsewhere, code), order_code=code, amount=10000).is_fulfillable
        finally:
            elsewhere.start()


def test_while_the_server_cannot_be_asked(elsewhere: Elsewhere, steppay: FakeStepPay) -> None:
    app, checkout = shop(elsewhere.url)
    code = steppay.paid()
    given = token(elsewhere, code)
    elsewhere.stop()
    try:
        with app.app_context():
            assert checkout.tag() == f'<script defer src="{elsewhere.url}/v1/widget.js" data-steppay-checkout></script>'
            assert checkout.csp() == {}
            with pytest.raises(VerdictVerificationError, match="unknown_key"):
                checkout.verify(given, order_code=code, amount=10000)
    finally:
        elsewhere.start()


def change_keys(server: Elsewhere, change: Callable[[Sequence[SigningKey]], Sequence[SigningKey]]) -> None:
    edit(server.settings.signing_key_file, server.settings.secrets, change)
    server.stop()
    server.start()


def test_a_new_key_is_fetched_and_an_invented_one_fetches_nothing_more(
    elsewhere: Elsewhere, steppay: FakeStepPay
) -> None:
    app, checkout = shop(elsewhere.url)
    clock = 0.0
    app.extensions["steppay_checkout"].keys.clock = lambda: clock
    code = steppay.paid()
    with app.app_context():
        assert checkout.verify(token(elsewhere, code), order_code=code, amount=10000)
        change_keys(elsewhere, lambda keys: [new_key(), *keys])
        fresh = token(elsewhere, code)
        clock = 59.0
        with pytest.raises(VerdictVerificationError, match="unknown_key"):
            checkout.verify(fresh, order_code=code, amount=10000)
        clock = 60.0
        assert checkout.verify(fresh, order_code=code, amount=10000)


def test_ff_11_a_shop_believes_a_dropped_key_no_longer_than_max_age(elsewhere: Elsewhere, steppay: FakeStepPay) -> None:
    app, checkout = shop(elsewhere.url)
    clock = 0.0
    app.extensions["steppay_checkout"].keys.clock = lambda: clock
    code = steppay.paid()
    stolen = token(elsewhere, code)
    with app.app_context():
        assert checkout.verify(stolen, order_code=code, amount=10000)
        change_keys(elsewhere, lambda _keys: [new_key()])
        clock = 299.0
        assert checkout.verify(stolen, order_code=code, amount=10000)
        clock = 300.0
        with pytest.raises(VerdictVerificationError, match="unknown_key"):
            checkout.verify(stolen, order_code=code, amount=10000)


def test_ff_11_a_failed_refresh_keeps_the_old_keys_only_a_little(elsewhere: Elsewhere, steppay: FakeStepPay) -> None:
    app, checkout = shop(elsewhere.url)
    clock = 0.0
    app.extensions["steppay_checkout"].keys.clock = lambda: clock
    code = steppay.paid()
    given = token(elsewhere, code)
    with app.app_context():
        assert checkout.verify(given, order_code=code, amount=10000)
        elsewhere.stop()
        try:
            clock = 599.0
            assert checkout.verify(given, order_code=code, amount=10000)
            clock = 660.0
            with pytest.raises(VerdictVerificationError, match="unknown_key"):
                checkout.verify(given, order_code=code, amount=10000)
        finally:
            elsewhere.start()


def signed(secret: str, body: bytes, event_id: str = "evt_1") -> dict[str, str]:
    now = datetime.now(UTC)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(event_id, now, body.decode()),
    }


def test_ff_21_only_signed_deliveries_reach_the_handlers() -> None:
    app, checkout = shop("https://pay.shop.kr", WIDGET_NOTIFY_SECRET=[SECRET, OLD_SECRET])
    told: list[tuple[str, str, str | None]] = []

    @checkout.on("payment.paid", "payment.refunded")
    def keep(event: Delivery) -> None:
        if event.type == "payment.refunded":
            raise LookupError("Kim Minji")
        told.append((current_app.name, event.id, event.order_code))

    @app.before_request
    def stop() -> str:
        return "the shop's hooks do not see it"

    client = app.test_client()
    body, refund = (
        json.dumps({"type": f"payment.{kind}", "data": {"orderCode": "order_1"}}).encode()
        for kind in ("paid", "refunded")
    )
    for secret in (SECRET, OLD_SECRET):
        assert client.post(DELIVERIES, data=body, headers=signed(secret, body)).status_code == 204
    failed = client.post(DELIVERIES, data=refund, headers=signed(SECRET, refund))
    assert (failed.status_code, (failed.json or {})["code"]) == (500, "handler_failed")
    assert "Kim" not in failed.text
    forged = client.post(DELIVERIES, data=body, headers=signed(f"whsec_{'Q' * 43}=", body))
    assert (forged.status_code, (forged.json or {})["code"]) == (400, "bad_signature")
    assert client.post(DELIVERIES, data=bytes(1024 * 1024 + 1), headers=signed(SECRET, body)).status_code == 413
    assert told == [("shop", "evt_1", "order_1")] * 2
    assert (client.get(DELIVERIES).status_code, client.get(DELIVERIES).headers["Allow"]) == (405, "OPTIONS, POST")
    assert client.options(DELIVERIES).headers["Allow"] == "OPTIONS, POST"  # as the server's doctor asks
    assert client.post(f"{DELIVERIES}/more").status_code == 404
    assert client.get("/steppay/v1/widget.js").text == "the shop's hooks do not see it"


def test_ff_21_without_a_secret_nothing_is_taken() -> None:
    app, checkout = shop("https://pay.shop.kr")
    checkout.on("payment.paid")(print)
    answer = app.test_client().post(DELIVERIES, data=b"{}", headers=signed(SECRET, b"{}"))
    assert (answer.status_code, (answer.json or {})["code"]) == (404, "deliveries_disabled")


def test_every_problem_is_named() -> None:
    app = Flask("shop")
    app.config.update(STEPPAY_CHECKOUT_URL="http://pay.shop.kr", STEPPAY_CHECKOUT_WORKER="thread")
    app.config.update(WIDGET_NOTIFY_SECRET="canary")
    with pytest.raises(ConfigurationError) as raised:
        StepPayCheckout(app)
    assert [problem.partition(":")[0] for problem in raised.value.problems] == [
        "STEPPAY_CHECKOUT_URL",
        "WIDGET_NOTIFY_SECRET",
        "STEPPAY_CHECKOUT_WORKER",
        "WIDGET_ALLOWED_ORIGINS",
    ]
    assert "canary" not in str(raised.value)


def test_the_commands_are_elsewhere() -> None:
    app, _checkout = shop("https://pay.shop.kr")
    result = app.test_cli_runner().invoke(args=["steppay", "orders", "list"])
    assert result.exit_code == 2
    assert "STEPPAY_CHECKOUT_URL" in result.output


def test_a_redirect_is_no_answer() -> None:
    liar = Flask("liar")

    @liar.get("/v1/tag")
    def tag() -> tuple[str, int, dict[str, str]]:
        return "", 302, {"Location": "/elsewhere"}

    @liar.get("/elsewhere")
    def elsewhere() -> dict[str, str]:
        return {"src": "https://evil.kr/x.js", "integrity": "sha384-x"}

    with serving(liar) as url:
        app, checkout = shop(url)
        with app.app_context():
            assert f'src="{url}/v1/widget.js"' in checkout.tag()
