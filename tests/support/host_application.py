"""A shop for servers of WSGI applications: `gunicorn tests.support.host_application:app`. Its settings come from
the environment; its handlers write into a file."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask

from widget_server import StepPayCheckout
from widget_server.merchant.webhooks import Delivery

checkout = StepPayCheckout()


@checkout.on("payment.paid")
def fulfill(event: Delivery) -> None:
    with Path(os.environ["SHOP_FOLDER"], "fulfilled").open("a") as file:
        file.write(f"{event.order_code} {os.getpid()}\n")


def create_app() -> Flask:
    """Fails where a worker that is forked shares a server with its parent: the parent has asked for it."""
    app = Flask("shop", instance_path=os.environ["SHOP_FOLDER"])

    @app.get("/")
    def home() -> str:
        return f"shop {os.getpid()}"

    checkout.init_app(app)
    if os.environ.get("SHOP_ASKS_EARLY"):
        assert app.test_client().get("/steppay/healthz").status_code == 200
    return app


app = create_app()
