"""`deliveries send-test`: a backend learns that webhooks arrive, and no test ever fulfills."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import standardwebhooks
from click.testing import CliRunner
from flask import Flask
from werkzeug.wrappers import Request, Response

from tests.support.app_fixture import TOKEN, environment
from tools.wsgi_server import serving
from widget_server import StepPayCheckout
from widget_server.cli import main
from widget_server.demo.sample_deliveries import TEST_ORDER, make_test_message
from widget_server.demo.shop import MESSAGES_PATH, create_shop
from widget_server.merchant.webhooks import TYPES, Delivery, WebhookVerificationError, verify_delivery
from widget_server.testing import NOTIFY_SECRET, deliver, signed_delivery
from widget_server.web.assets import static_dir, templates_dir

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

SECRET = "whsec_" + base64.b64encode(b"send-test" * 4).decode()
OTHER = "whsec_" + base64.b64encode(b"not-this!" * 4).decode()
ALL_TYPES = [*TYPES]
Backend = Callable[[Request], Response]


def documented(secret: str, *, accept_test: bool = False) -> Backend:
    """As docs/deliveries.md has it."""

    def receive(request: Request) -> Response:
        try:
            verify_delivery(request.get_data(), dict(request.headers), secrets=[secret], accept_test=accept_test)
        except WebhookVerificationError as error:
            return Response(error.code, 400)
        return Response(status=204)

    return receive


def always(status: int, **headers: str) -> Backend:
    return lambda _request: Response("\x1b[2Jno", status, headers)


def send(folder: Path, url: str, kind: str = "payment.paid") -> tuple[int, str]:
    settings = environment("http://127.0.0.1:9", folder / "widget.db")
    settings |= {"WIDGET_NOTIFY_URL": url, "WIDGET_NOTIFY_SECRET": SECRET} if url else {}
    result = CliRunner().invoke(main, ["deliveries", "send-test", kind], env=settings)
    return result.exit_code, result.output


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("backend", "code", "answer", "advice"),
    [
        (documented(SECRET, accept_test=True), 0, "204", "accepted it"),
        (documented(SECRET), 0, "400  test_message", "refuses test messages, as it should"),
        (documented(OTHER), 1, "400  bad_signature", "another WIDGET_NOTIFY_SECRET"),
        (always(404), 1, "404  \\u001b[2Jno", "right, to the last slash"),
        (always(405), 1, "405", "takes no POST"),
        (always(503), 1, "503", "an error of its own"),
        (always(302, Location="/there/"), 1, "302", "redirects to http://127.0.0.1"),
        (always(418), 1, "418", "Only an answer of 2xx"),
    ],
    ids=["accepts", "documented", "other_secret", "nothing_there", "no_post", "broken", "moved", "odd"],
)
def test_the_answer_is_shown_with_what_to_do(
    tmp_path: Path, backend: Backend, code: int, answer: str, advice: str
) -> None:
    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return backend(Request(environ))(environ, start_response)

    with serving(application) as url:
        exit_code, output = send(tmp_path, f"{url}/hooks")
    assert (exit_code, f"Answer    {answer}" in output, advice in output) == (code, True, True), output
    assert SECRET not in output


def test_what_cannot_be_sent_is_said(tmp_path: Path) -> None:
    assert send(tmp_path, "http://127.0.0.1:9/hooks")[0] == 1
    assert "WIDGET_NOTIFY_URL is not set" in send(tmp_path, "")[1]
    code, output = send(tmp_path, "http://127.0.0.1:9/hooks", "payment.payed")
    assert (code, "type is one of payment.paid" in output) == (2, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_no_test_message_fulfills(kind: str) -> None:
    """Not by the helper, which refuses it or calls it unfulfillable; nor by another library, that knows no tests."""
    body, headers = signed_delivery(kind, order_code=TEST_ORDER, wrong="test_message")
    with pytest.raises(WebhookVerificationError, match=r"^test_message: "):
        verify_delivery(body, headers, secrets=[NOTIFY_SECRET])
    seen = verify_delivery(body, headers, secrets=[NOTIFY_SECRET], accept_test=True)
    assert (seen.type, seen.is_test, seen.is_fulfillable) == (kind, True, False)
    plain: dict[str, Any] = standardwebhooks.Webhook(NOTIFY_SECRET).verify(body, headers)
    assert (plain["test"], plain["data"].get("fulfill", False)) == (True, False)
    real = signed_delivery(kind, order_code=TEST_ORDER).delivery
    assert set(plain["data"]) == set(real.data)
    made = make_test_message(kind, datetime.now(UTC))
    assert made.id != make_test_message(kind, datetime.now(UTC)).id
    assert json.loads(made.body)["data"].get("orderCode", TEST_ORDER) == TEST_ORDER


@pytest.mark.parametrize("mark", ["true", "null", "0", '"no"', "{}"])
def test_whatever_stands_at_the_mark_is_a_test(mark: str) -> None:
    body = f'{{"type": "payment.paid", "test": {mark}, "data": {{"fulfill": true}}}}'
    at = datetime.now(UTC)
    headers = {"webhook-id": "evt_1", "webhook-timestamp": str(int(at.timestamp()))}
    headers["webhook-signature"] = standardwebhooks.Webhook(SECRET).sign("evt_1", at, body)
    assert not verify_delivery(body.encode(), headers, secrets=[SECRET], accept_test=True).is_fulfillable


def shop_with(**config: str) -> tuple[Flask, list[Delivery], list[Delivery]]:
    """A shop with two handlers, of which the second one accepts tests."""
    app, fulfilled, watched = Flask("shop"), list[Delivery](), list[Delivery]()
    app.config.update(WIDGET_ENV="sandbox", **config)
    checkout = StepPayCheckout(app)
    checkout.on("payment.paid", "payment.refunded")(fulfilled.append)
    checkout.on("payment.paid", accept_test=True)(watched.append)
    return app, fulfilled, watched


@pytest.mark.parametrize(("kind", "seen"), [("payment.paid", 1), ("payment.refunded", 0), ("payment.failed", 0)])
def test_only_a_handler_that_accepts_tests_receives_one(kind: str, seen: int, tmp_path: Path) -> None:
    local = {"WIDGET_PUBLIC_URL": "http://127.0.0.1:5000", "WIDGET_DATABASE_URL": f"sqlite:///{tmp_path / 'w.db'}"}
    local |= {"STEPPAY_SECRET_TOKEN": TOKEN, "STEPPAY_API_URL": "http://127.0.0.1:9"}
    app, fulfilled, watched = shop_with(**local, WIDGET_SIGNING_KEY_FILE=str(tmp_path / "keys.json"))
    result = app.test_cli_runner().invoke(args=["steppay", "deliveries", "send-test", kind])
    assert (result.exit_code, fulfilled, [one.is_test for one in watched]) == (0, [], [True] * seen), result.output
    assert ("refuses test messages" in result.output) is (not seen)
    deliver(app, signed_delivery(kind, order_code="order_x", wrong="test_message"))
    remote = {"STEPPAY_CHECKOUT_URL": "http://127.0.0.1:8081", "WIDGET_ALLOWED_ORIGINS": "http://127.0.0.1:5000"}
    elsewhere, not_this_one, told = shop_with(**remote, WIDGET_NOTIFY_SECRET=NOTIFY_SECRET)
    body, headers = signed_delivery(kind, order_code="order_x", wrong="test_message")
    answer = elsewhere.test_client().post("/steppay/deliveries", data=body, headers=headers)
    assert (answer.status_code, "test_message" in answer.text) == ((204, False) if seen else (400, True))
    assert (fulfilled, len(watched), not_this_one, len(told)) == ([], 2 * seen, [], seen)


def test_the_demo_shop_shows_a_test_message_and_handles_no_order() -> None:
    shop = create_shop(
        steppay_api_url="http://127.0.0.1:9", secret_token=TOKEN, widget_url="http://widget.localhost:8085",
        public_url="http://shop.localhost:8080", templates_dir=templates_dir(), static_dir=static_dir(),
        messages_secret=NOTIFY_SECRET,
    ).test_client()  # fmt: skip
    body, headers = signed_delivery("payment.paid", order_code="order_x", wrong="test_message")
    assert shop.post(MESSAGES_PATH, data=body, headers=headers).status_code == 204
    page = shop.get("/orders?lang=en").text
    assert ("A test message." in page, "order_x" in page) == (True, False)
