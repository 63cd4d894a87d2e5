"""The server inside of the shop's own process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flask import Flask

from widget_server.adapters.keys.signing_keys import load_or_create
from widget_server.adapters.page_rules import load_page_rules
from widget_server.adapters.store.migrate import upgrade
from widget_server.cli.environment import HostApplication
from widget_server.domain.model import Expectation
from widget_server.domain.subresource_integrity import integrity
from widget_server.errors import ConfigurationError
from widget_server.extension.configuration import Configuration, server_settings
from widget_server.extension.handlers import ApplicationBackend, Handlers
from widget_server.extension.mount import below, noticing
from widget_server.extension.server import LazyServer
from widget_server.extension.subscriptions import Subscription, subscription_of
from widget_server.extension.worker_thread import WorkerThread
from widget_server.merchant.verdicts import Verdict, verify_verdict
from widget_server.server.alert_loop import AlertLoop
from widget_server.server.worker import Worker
from widget_server.services import snippet
from widget_server.services.change_card import CardChange, change_card
from widget_server.services.create_order import CreatedOrder, create_order
from widget_server.services.expectations import bind_expectation
from widget_server.web.admin.host_dispatch import dispatch_by_host
from widget_server.web.assets import widget
from widget_server.web.card_change_schemas import CardChangeRequest
from widget_server.web.order_schemas import ExpectationRequest, OrderPath
from widget_server.web.schemas import load
from widget_server.worker_app import make_alert_loop, make_worker

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class LocalServer:
    """What one application keeps of the extension, under `app.extensions["steppay_checkout"]`."""

    def __init__(self, app: Flask, given: Configuration, handlers: Handlers) -> None:
        self.settings, environ = server_settings(app, given)
        self.handlers = handlers
        if self.settings.notify_url is not None:
            handlers.send_elsewhere()
        backend = None if self.settings.notify_url else ApplicationBackend(app, handlers)
        self.commands = HostApplication(self.settings, environ, backend)
        self._server = LazyServer(self.settings)
        self.worker: WorkerThread | None = None
        self.alerts: WorkerThread | None = None
        self._mount(app, given)

    def _mount(self, app: Flask, given: Configuration) -> None:
        mounted = below(given.prefix, self._answer, app.wsgi_app)
        if self.settings.admin_origin is not None:
            mounted = dispatch_by_host(mounted, self._answer, self.settings.admin_origin)
        if given.has_worker_thread:
            self.worker = WorkerThread(self.make_worker)
            mounted = noticing(self.worker.ensure, mounted)
        elif self.settings.alert_url is not None:  # a worker tells what there is; without one, this process says so
            self.alerts = WorkerThread(self._make_alert_loop)
            mounted = noticing(self.alerts.ensure, mounted)
        app.wsgi_app = mounted  # type: ignore[assignment, method-assign]  # Flask's own way to put something in front

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._server.application().wsgi_app(environ, start_response)

    def make_worker(self) -> Worker:
        """A worker whose database is ready. Raises `StorageError` and `ConfigurationError`."""
        upgrade(self.settings.database_url)
        return make_worker(self.settings, self.commands.backend)

    def _make_alert_loop(self) -> AlertLoop:
        loop = make_alert_loop(self.settings, self._server.deps())
        if loop is None:
            raise ConfigurationError(["WIDGET_ALERT_URL: is missing"])
        return loop

    @property
    def public_url(self) -> str:
        return self.settings.public_url

    def widget(self) -> tuple[str, str | None]:
        """The address of the widget's script, and its hash."""
        return self._widget

    @cached_property
    def _widget(self) -> tuple[str, str]:
        content = widget(self.public_url)
        return snippet.pinned_url(self.public_url, content), integrity(content)

    def csp(self, page: str) -> dict[str, str]:
        """What a page with a Content-Security-Policy adds to it: sources by directive."""
        path = snippet.page_path(page)
        framed = snippet.Page(path, load_page_rules(self.settings.page_rules_file).find(path)).framed
        return snippet.csp(self.public_url, framed=framed, plain_http=self.settings.env == "sandbox")

    @cached_property
    def _keys(self) -> Mapping[str, object]:
        keys = load_or_create(self.settings.signing_key_file, self.settings.secrets)
        return {"keys": [key.public for key in keys]}

    def create_order(self, **wanted: Any) -> CreatedOrder:
        return create_order(self._server.deps(), self.public_url, **wanted)

    def expect(self, order_code: str, amount: int | Decimal, currency: str) -> None:
        """As `PUT /v1/orders/{orderCode}/expectation`, with its rules and errors."""
        load(OrderPath(), {"orderCode": order_code})
        members = load(ExpectationRequest(), {"amount": amount, "currency": currency})
        deps = self._server.deps()
        bind_expectation(order_code, Expectation(members["amount"], members["currency"]), deps.expectations, deps.clock)

    def subscription(self, subscription_id: int) -> Subscription:
        return subscription_of(self._server.deps().subscriptions.show(subscription_id))

    def change_payment_method(self, subscription_id: int, owner: Mapping[str, object]) -> CardChange:
        """As `POST /v1/subscriptions/{subscriptionId}/payment-method`, with its rules and errors."""
        customer_id, deps = load(CardChangeRequest(), owner).get("customer_id"), self._server.deps()
        return change_card(deps, deps.subscriptions, self.public_url, subscription_id, customer_id=customer_id)

    def verify(self, token: object, *, order_code: str, amount: int | Decimal, currency: str) -> Verdict:
        """Without a request: the process has the keys."""
        return verify_verdict(
            token,
            keys=self._keys,
            issuer=self.public_url,
            audience=self.settings.allowed_origins[0],
            order_code=order_code,
            amount=amount,
            currency=currency,
        )
