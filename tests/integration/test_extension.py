"""The server inside a Flask application: mounted, with its handlers, its worker, its commands and its templates."""

from __future__ import annotations

import logging
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, current_app, render_template_string

from tests.support.app_fixture import TOKEN, FakeStepPay
from widget_server import StepPayCheckout
from widget_server.app import create_app
from widget_server.clock import utc_now
from widget_server.doctor.worker import check_worker
from widget_server.errors import InvalidRequest
from widget_server.extension import server
from widget_server.merchant.verdicts import VerdictVerificationError
from widget_server.merchant.webhooks import Delivery
from widget_server.testing import Simulator
from widget_server.testing import plugin as kit

steppay_running_simulator, steppay_simulator = kit.steppay_running_simulator, kit.steppay_simulator
steppay_key_file, steppay_settings = kit.steppay_key_file, kit.steppay_settings
ORIGIN = "http://127.0.0.1:5000"
PAGE = "{{ steppay_tag(nonce=nonce) }}{{ steppay_button(code, text, mode='tab', class_='big', data_success_url='/x') }}"
Shop = Callable[..., Flask]


@pytest.fixture
def shop(steppay: FakeStepPay, tmp_path: Path) -> Shop:
    def make(name: str = "shop", **config: Any) -> Flask:
        app = Flask(name, instance_path=str(tmp_path / name))
        app.config.update(
            STEPPAY_SECRET_TOKEN=TOKEN,
            STEPPAY_API_URL=steppay.url,
            WIDGET_ENV="sandbox",
            WIDGET_PUBLIC_URL=ORIGIN,
            WIDGET_RATE_LIMIT="off",
        )
        app.config.update(config)
        return app

    return make


def work(app: Flask, until: Callable[[], object]) -> None:
    """Run the application's worker until something holds."""
    stop, worker = threading.Event(), app.extensions["steppay_checkout"].make_worker()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    wait(until)
    stop.set()
    thread.join(60)


def wait(until: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not until():
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)


def command(app: Flask, *words: str) -> str:
    result = app.test_cli_runner().invoke(args=["steppay", *words])
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def verify(app: Flask, code: str) -> dict[str, Any]:
    answer = app.test_client().post("/steppay/v1/verify", json={"orderCode": code})
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def test_a_verdict_a_token_and_a_delivery(shop: Shop, steppay: FakeStepPay) -> None:
    app, told = shop(), []
    checkout = StepPayCheckout(app)

    @checkout.on("payment.paid", "renewal.paid")
    def fulfill(event: Delivery) -> None:
        told.append((current_app.name, event.type, event.order_code, event.is_fulfillable))

    code = steppay.paid()
    verdict = verify(app, code)
    with app.app_context():
        assert checkout.verify(verdict["token"], order_code=code, amount=10000).is_fulfillable
        with pytest.raises(VerdictVerificationError, match="wrong_amount"):
            checkout.verify(verdict["token"], order_code=code, amount=9000)
    work(app, lambda: "delivered" in command(app, "deliveries", "list"))
    assert told == [("shop", "payment.paid", code, True)]
    assert app not in vars(checkout).values()


def test_files_for_this_account_alone(shop: Shop, steppay: FakeStepPay) -> None:
    app = shop()
    StepPayCheckout(app)
    before = os.umask(0o022)
    try:
        verify(app, steppay.paid())
    finally:
        os.umask(before)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in Path(app.instance_path).iterdir()}
    assert {"steppay.db", "steppay-signing-keys.json"} <= set(modes)
    assert set(modes.values()) == {0o600}


def test_handlers_that_fail_are_retried_under_the_same_id(
    shop: Shop, steppay: FakeStepPay, caplog: pytest.LogCaptureFixture
) -> None:
    app, told = shop(), []
    checkout = StepPayCheckout()

    @checkout.on("payment.paid")
    def first(event: Delivery) -> None:
        told.append(("first", event.id))
        raise LookupError("Kim Minji, 010-1234-5678")

    checkout.init_app(app)

    @checkout.on("payment.paid")
    def second(event: Delivery) -> None:
        told.append(("second", event.id))

    with caplog.at_level(logging.ERROR, "widget_server.handlers"):
        verify(app, steppay.paid())
        work(app, lambda: len(told) == 2)
        event_id = told[0][1]
        command(app, "deliveries", "redeliver", event_id)
        work(app, lambda: len(told) == 4)
    assert told == [("first", event_id), ("second", event_id)] * 2
    shown = command(app, "deliveries", "show", event_id)
    assert shown.count("answered  500") == 2
    assert '"first: LookupError"' in shown
    assert "Kim" not in shown
    assert caplog.records[0].exc_info is not None  # the shop's own log has the traceback
    assert "Kim" not in caplog.records[0].getMessage()


def test_no_other_amount_than_the_bound_one_is_paid(shop: Shop, steppay: FakeStepPay) -> None:
    app, told = shop(), []
    checkout = StepPayCheckout(app)
    checkout.on("payment.paid", "payment.mismatch")(told.append)
    cheap, dear = steppay.paid(), steppay.paid()
    with app.app_context():
        checkout.expect(cheap, amount=10000)
        checkout.expect(dear, amount=90000)
        with pytest.raises(InvalidRequest):
            checkout.expect("12", amount=True)
    assert [verify(app, code)["verdict"] for code in (cheap, dear)] == ["paid", "mismatch"]
    work(app, lambda: len(told) == 2)
    assert {(event.type, event.is_fulfillable) for event in told} == {
        ("payment.paid", True),
        ("payment.mismatch", False),
    }


def test_a_type_without_a_handler_is_not_tried_again(shop: Shop, steppay: FakeStepPay) -> None:
    app = shop()
    StepPayCheckout(app)
    verify(app, steppay.paid())
    work(app, lambda: "delivered" in command(app, "deliveries", "list"))


def test_the_worker_as_a_thread_starts_with_the_first_request(shop: Shop, steppay: FakeStepPay) -> None:
    app, told = shop(STEPPAY_CHECKOUT_WORKER="thread"), []
    StepPayCheckout(app).on("payment.paid")(told.append)
    assert "steppay-worker" not in {thread.name for thread in threading.enumerate()}
    command(app, "migrate")
    assert "steppay-worker" not in {thread.name for thread in threading.enumerate()}
    verify(app, steppay.paid())
    wait(lambda: told)
    stop_thread(app)


def stop_thread(app: Flask) -> None:
    app.extensions["steppay_checkout"].worker.stop()


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    yield
    assert "steppay-worker" not in {thread.name for thread in threading.enumerate()}


def test_requests_that_come_together_make_one_server(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    app, made = shop(), []
    StepPayCheckout(app)
    monkeypatch.setattr(server, "create_app", lambda settings: made.append(create_app(settings)) or made[-1])
    together = threading.Barrier(8)

    def ask(_number: int) -> int:
        together.wait(60)
        return app.test_client().get("/steppay/healthz").status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [200] * 8
    assert len(made) == 1


def test_templates(shop: Shop) -> None:
    app = shop()
    checkout = StepPayCheckout(app)

    @app.get("/<code>")
    def page(code: str) -> str:
        return render_template_string(PAGE, code=code, text="<결제>", nonce='a"b')

    html = app.test_client().get("/order_15XqwcM1f").text
    script, link = html.split("<a ")
    assert script.startswith(f'<script defer src="{ORIGIN}/steppay/v1/widget-')
    assert ' integrity="sha384-' in script
    assert ' crossorigin="anonymous" data-steppay-checkout nonce="a&#34;b"></script>' in script
    assert link == (
        f'href="{ORIGIN}/steppay/v1/pay/order_15XqwcM1f" data-steppay-order="order_15XqwcM1f" data-mode="tab" '
        'class="big" data-success-url="/x">&lt;결제&gt;</a>'
    )
    source = script.partition('src="')[2].partition('"')[0]
    assert app.test_client().get(source.removeprefix(ORIGIN)).status_code == 200
    with app.app_context():
        for wrong in ("12345", '"><script>', None):
            with pytest.raises(ValueError, match="order code"):
                checkout.button(wrong, "")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="mode"):
            checkout.button("order_1", "", mode="window")
        assert ' href="https://evil.kr"' not in checkout.button("order_1", "", href="https://evil.kr")


def test_commands_work_with_the_settings_of_the_application(shop: Shop, steppay: FakeStepPay) -> None:
    app = shop()
    StepPayCheckout(app)
    code = steppay.paid()
    command(app, "migrate")
    assert "paid, payment_complete" in command(app, "orders", "check", code)
    assert "payment.paid" in command(app, "deliveries", "list")
    assert f"{ORIGIN}/steppay/v1/widget-" in command(app, "snippet")
    assert "signs, published" in command(app, "keys", "list")
    assert "problem" not in command(app, "doctor", "--offline")
    assert "\n  serve " not in command(app, "--help")


def test_the_doctor_looks_at_the_file_that_flask_has_read(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, below = shop(), tmp_path / "project"
    StepPayCheckout(app)
    below.mkdir()
    monkeypatch.chdir(below)
    (tmp_path / ".env").touch(mode=0o600)
    assert f"only this user can read {tmp_path / '.env'}" in command(app, "doctor", "--offline")
    monkeypatch.setenv("FLASK_SKIP_DOTENV", "1")
    assert "no .env file here" in command(app, "doctor", "--offline")


def test_the_doctor_sees_that_no_worker_runs(shop: Shop, steppay: FakeStepPay) -> None:
    app = shop()
    StepPayCheckout(app)
    url = app.extensions["steppay_checkout"].settings.database_url
    assert [result.state for result in check_worker(url, utc_now)] == ["skipped"]
    verify(app, steppay.paid())
    assert [result.state for result in check_worker(url, utc_now)] == ["ok"]
    (late,) = check_worker(url, lambda: utc_now() + timedelta(minutes=2))
    assert (late.state, "flask steppay worker" in late.hint) == ("warning", True)


def test_an_order_of_one_call_is_bound(
    steppay_settings: dict[str, str], steppay_simulator: Simulator, shop: Shop
) -> None:
    app = shop()
    app.config.update(steppay_settings)
    checkout = StepPayCheckout(app)
    item = {"productCode": "product_trial", "priceCode": "price_trial"}
    with app.app_context():
        wanted: Any = {"customer": {"name": "김민지", "email": "minji@example.com"}, "items": [item]}
        order = checkout.create_order(**wanted, idempotency_key="shop-order-1")
        assert checkout.create_order(**wanted, idempotency_key="shop-order-1") == order
        assert checkout.create_order(**wanted).order_code != order.order_code
        with pytest.raises(InvalidRequest):
            checkout.create_order(customer={"name": "김민지"}, items=[item])
    assert order.pay_url == f"{app.config['WIDGET_PUBLIC_URL']}/v1/pay/{order.order_code}"
    assert (order.amount, order.currency) == (0, "KRW")
    steppay_simulator.find(order.order_code).pay()
    verdict = verify(app, order.order_code)
    assert (verdict["reason"], verdict["fulfill"]) == ("zero_amount", True)
