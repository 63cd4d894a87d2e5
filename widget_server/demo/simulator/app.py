"""Puts the simulator together."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from flask import Flask, Response, g, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import HTTPException

from widget_server.demo.files import file_routes
from widget_server.demo.simulator.api import api_routes
from widget_server.demo.simulator.catalogue import Product
from widget_server.demo.simulator.control import control_routes
from widget_server.demo.simulator.events import discard_event
from widget_server.demo.simulator.faults import Fault, spoil
from widget_server.demo.simulator.formats import utc_now
from widget_server.demo.simulator.order_api import add_order_routes
from widget_server.demo.simulator.outcomes import fixed_order
from widget_server.demo.simulator.pay_link import pay_link_routes
from widget_server.demo.simulator.pay_page import error_page, pay_page_routes
from widget_server.demo.simulator.portal import portal_routes
from widget_server.demo.simulator.responses import Problem, error_answer, json_answer, page_context
from widget_server.demo.simulator.store import Store
from widget_server.demo.simulator.subscriptions import order_changed
from widget_server.demo.simulator.webhooks import Webhook

_ICONS = ("check", "cross", "minus", "question")
_FILES = ("css/simulator.css", "img/mark.svg", *(f"img/status-{icon}.svg" for icon in _ICONS))


def create_simulator(
    *,
    secret_token: str,
    public_url: str,
    templates_dir: Path,
    static_dir: Path,
    clock: Callable[[], datetime] | None = None,
    slow_seconds: float = 3.0,
    sleep: Callable[[float], None] = time.sleep,
    pay_page_headers: Mapping[str, str] | None = None,
    webhook: Webhook | None = None,
    products: Sequence[Product] = (),
) -> Flask:
    """Build the simulator.

    `public_url` is the origin browsers reach the pay page at; `clock` returns aware date-times;
    `slow_seconds` is how long the `slow` scenario holds an order read, spent with `sleep`;
    `webhook` is where events are sent, None for nowhere; `products` are sold beside its own;
    `pay_page_headers` are added to the pay page last, so they can replace its own.
    """
    app = Flask("simulator", template_folder=templates_dir, static_folder=None)
    app.json = as_steppay_writes = DefaultJSONProvider(app)
    as_steppay_writes.ensure_ascii = as_steppay_writes.sort_keys = False  # Korean unescaped, fields in their own order
    send = webhook.send if webhook else discard_event
    app.extensions["simulator"] = store = Store(clock or utc_now, send, products, fixed_order, order_changed)
    public_url = public_url.rstrip("/")
    api = api_routes(store, secret_token)
    add_order_routes(api, store, lambda: sleep(slow_seconds))
    public_link = pay_link_routes(store, public_url, api)
    for routes in (
        api,
        public_link,
        pay_page_routes(store, pay_page_headers or {}),
        control_routes(store),
        portal_routes(store, sends_events=webhook is not None),
        file_routes(static_dir, _FILES),
    ):
        app.register_blueprint(routes)
    _add_shared_routes(app, store, sleep)
    return app


def _add_shared_routes(app: Flask, store: Store, sleep: Callable[[float], None]) -> None:
    app.context_processor(page_context)

    @app.get("/healthz")
    def health() -> Response:
        return json_answer({"status": "ok"})

    @app.errorhandler(Problem)
    def answer_problem(problem: Problem) -> Response:
        return refuse(problem.status, problem.code, problem.message)

    @app.errorhandler(HTTPException)
    def answer_http_error(error: HTTPException) -> Response:
        return refuse(error.code or 500, error.name.upper().replace(" ", "_"), error.name)

    def refuse(status: int, code: str, text: str) -> Response:
        """A page for a person who followed a link, StepPay's ErrorResponse for a program."""
        if request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html":
            return error_page(status)
        return error_answer(status, code, text)

    @app.after_request
    def note_call(answer: Response) -> Response:
        fault: Fault | None = g.pop("fault", None)
        if request.path.startswith("/api/"):
            call: dict[str, object] = {"method": request.method, "path": request.path, "status": answer.status_code}
            with store.lock:
                store.calls.append(call | ({"fault": fault.kind} if fault else {}))
        return spoil(answer, fault, sleep) if fault else answer
