"""A whole sale without a browser: what the widget, StepPay's events and the job worker do, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from flask import Flask

from widget_server.adapters.store.migrate import upgrade
from widget_server.app import create_app
from widget_server.config import Settings, read_settings
from widget_server.demo.serving import serving
from widget_server.domain.delivery import DeliveryResponse
from widget_server.server.worker import Worker
from widget_server.testing.deliveries import SignedDelivery, sign
from widget_server.testing.handlers import deliver, installed, raise_all
from widget_server.testing.installation import NOTIFY_SECRET
from widget_server.testing.simulator import Simulator
from widget_server.worker_app import make_worker


class Flow:
    """A widget server of this process, with the simulator as its StepPay. No job runs and no event arrives before
    `work` is called."""

    def __init__(self, app: Flask, settings: Settings, prefix: str, simulator: Simulator) -> None:
        """`app` holds the server, below `prefix`."""
        self.receive: Callable[[SignedDelivery], object] = lambda _message: None
        """Your backend: takes each webhook of `work`. What it raises counts as a refusal."""
        self._client, self._settings, self._prefix, self._simulator = app.test_client(), settings, prefix, simulator
        self._backend = _Backend(self)

    def open(self, order_code: str, mode: str = "redirect") -> str | None:
        """The shopper clicks: the address of StepPay's pay page. None: there is nothing to pay any more."""
        opened = self._post("/v1/checkouts", {"orderCode": order_code, "mode": mode})
        return opened.get("payUrl")

    def verify(self, order_code: str, status: str | None = None) -> dict[str, Any]:
        """The page asks: the answer of `POST /v1/verify`, with its `token` for your backend. `status`: what the
        shopper's browser claims, `success`, `error` or `cancel`."""
        return self._post("/v1/verify", {"orderCode": order_code, "status": status})

    def buy(self, order_code: str, outcome: str | None = None) -> dict[str, Any]:
        """The shopper clicks, pays and comes back: the answer as of `verify`. `outcome`: another end, such as `failed`
        (docs/testing.md)."""
        self.open(order_code)
        order = self._simulator.find(order_code)
        if outcome is None:
            order.pay()
        else:
            order.set_outcome(outcome)
        return self.verify(order_code)

    def work(self, *, minutes: float = 0) -> list[SignedDelivery]:
        """StepPay's events arrive, and the worker does what is due, or is due in so many `minutes`. The webhooks to
        your backend, oldest first. Raises what your backend raised; the same webhook then comes again after a while,
        that is with `minutes`."""
        for event in self._simulator.take_events():
            path, origin = f"{self._prefix}/v1/webhooks/steppay", self._settings.public_origin
            self._client.post(path, data=event.body, headers=event.headers, base_url=origin)
        self._worker.run_due(timedelta(minutes=minutes))
        return self._backend.take()

    @cached_property
    def _worker(self) -> Worker:
        upgrade(self._settings.database_url)
        return make_worker(self._settings, self._backend)

    def _post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        headers = {"Origin": self._settings.allowed_origins[0]}
        origin = self._settings.public_origin
        answer = self._client.post(self._prefix + path, json=body, headers=headers, base_url=origin)
        return dict(answer.get_json(force=True))


class _Backend:
    """Implements `ports.MerchantBackend`: keeps what was sent and what failed."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._sent: list[SignedDelivery] = []
        self._failed: list[Exception] = []

    def send(self, event_id: str, payload: str, at: datetime) -> DeliveryResponse:
        message = sign(event_id, payload, at)
        self._sent.append(message)
        try:
            self._flow.receive(message)
        except Exception as error:  # noqa: BLE001 - raised by `take`
            self._failed.append(error)
            return DeliveryResponse("answered", 500)
        return DeliveryResponse("answered", 204)

    def take(self) -> list[SignedDelivery]:
        sent, failed = self._sent, self._failed
        self._sent, self._failed = [], []
        raise_all(failed)
        return sent


def flow_in(app: Flask, simulator: Simulator) -> Flow:
    """With the server inside a Flask application: its handlers receive the webhooks. A worker thread
    (`STEPPAY_CHECKOUT_WORKER`) is stopped: it would take the jobs of `work`."""
    local = installed(app)
    if local.worker is not None:
        local.worker.stop()
    settings: Settings = local.settings
    flow = Flow(app, settings, settings.base_path, simulator)
    flow.receive = lambda message: deliver(app, message)
    return flow


class Server(Flow):
    """A widget server of its own, for a backend that talks to it at `url`, which is also the issuer of its tokens.
    `api_key`: its WIDGET_API_KEY."""

    url = api_key = ""


@contextmanager
def running_server(environ: Mapping[str, str], simulator: Simulator) -> Iterator[Server]:
    """On a free port of 127.0.0.1 until the block ends."""
    # An address makes the server keep webhooks; they go to `receive` instead.
    notified = {"WIDGET_NOTIFY_URL": "http://127.0.0.1:9/", "WIDGET_NOTIFY_SECRET": NOTIFY_SECRET}

    def settings_at(url: str) -> Settings:
        return read_settings({**environ, **notified, "WIDGET_PUBLIC_URL": url})

    def make(url: str) -> Flask:
        settings = settings_at(url)
        upgrade(settings.database_url)
        return create_app(settings)

    with serving(make) as (url, app):
        server = Server(app, settings_at(url), "", simulator)
        server.url, server.api_key = url, environ["WIDGET_API_KEY"]
        yield server
