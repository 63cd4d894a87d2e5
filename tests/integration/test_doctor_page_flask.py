"""`flask steppay doctor --page`: a shop that holds the server checks a page of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, render_template_string

from tests.support.app_fixture import TOKEN
from tools.wsgi_server import serving
from widget_server import StepPayCheckout


def test_a_flask_shop_checks_its_own_page(tmp_path: Path, free_port: Callable[[], int]) -> None:
    """`flask steppay doctor --page`: its tag and its button pass, below a path and behind a policy."""
    app, port = Flask("shop", instance_path=str(tmp_path)), free_port()
    app.config.update(
        STEPPAY_SECRET_TOKEN=TOKEN,
        STEPPAY_API_URL="http://127.0.0.1:9",
        WIDGET_ENV="sandbox",
        WIDGET_PUBLIC_URL=f"http://127.0.0.1:{port}",
        WIDGET_RATE_LIMIT="off",
    )
    StepPayCheckout(app)

    @app.get("/pricing")
    def pricing() -> Response:
        page = "<html lang=ko>{{ steppay_tag() }}{{ steppay_button('order_1', '결제', mode='tab') }}"
        return Response(render_template_string(page), headers={"Content-Security-Policy": "default-src 'self'"})

    with serving(app, port) as url:
        result = app.test_cli_runner().invoke(args=["steppay", "doctor", "--page", f"{url}/pricing"])
    assert (result.exit_code, {line.split()[0] for line in result.stdout.splitlines()}) == (0, {"ok"}), result.output
