"""Our own StepPay on a loopback port and the real application in front of it, for tests that speak HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select

from tests.support.databases import copy, drop, url_of
from tests.support.openapi_conformance import watch
from tests.support.url_builders import share_url_builders
from tools.wsgi_server import serving
from widget_server.adapters.keys.keyed_hash import keyed_hash
from widget_server.adapters.keys.signing_keys import load_or_create
from widget_server.adapters.keys.verdict_tokens import JwsSigner
from widget_server.adapters.offers_file import OffersFile
from widget_server.adapters.page_rules import load_page_rules
from widget_server.adapters.steppay.client import StepPayClient
from widget_server.adapters.steppay.resilience import with_resilience
from widget_server.adapters.steppay.transport import Transport, open_transport
from widget_server.adapters.store.checkouts import SqlCheckouts
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.inbox import SqlInbox
from widget_server.adapters.store.ledger import SqlLedger
from widget_server.adapters.store.order_detail import read_order_detail
from widget_server.adapters.store.order_requests import SqlOrderRequests
from widget_server.adapters.store.subscriptions import SqlSubscriptions
from widget_server.adapters.store.tables import checkouts, metadata
from widget_server.app import create_app
from widget_server.config import Settings, read_settings
from widget_server.demo.simulator import create_simulator
from widget_server.parts import make_admin_deps, make_expectations
from widget_server.services.subscriptions import SubscriptionService
from widget_server.web.assets import static_dir, templates_dir
from widget_server.web.deps import Deps

share_url_builders()
NOW = datetime(2026, 11, 23, 3, 16, tzinfo=UTC)
TOKEN = "canary-T0ken-4f9a8b7c6d5e"
API_KEY = "canary-K3y-9d2c7b1a6f5e4830b7c6d5e4f3a2"
METRICS_KEY = "canary-M3trics-5b8e1f0a7c3d4962e1f0b8a7c6d5"
ADMIN_KEY = "canary-0perat0r-1b9c3d7e5f60a2b4c6d8e0f1"
WEBHOOK_SECRET = "canary-Webh00k-7e6d5c4b3a29"
REDIS_PASSWORD = "canary-R3dis-5f4e3d2c1b0a"
SHOP = "https://shop.test"
PUBLIC = "https://pay.shop.test"
ADMIN = "https://admin.shop.test"
PAID = {
    "type": "ONE_TIME",
    "paymentDate": "2026-11-01T10:05:00",
    "paidAmount": 10000,
    "returnedAmount": 0,
}
COMPLETE = {"paymentStatus": "COMPLETE", "paymentDate": "2026-11-01T10:05:00"}
UNPAID = {**PAID, "paymentDate": None}
STANDBY = {"paymentStatus": "STANDBY", "paymentDate": None}
_numbers = count(1)


@dataclass(frozen=True)
class FakeStepPay:
    """The simulator, spoken to over HTTP only."""

    url: str

    def order(self, order: Any = None, receipt: Any = None, code: str | None = None) -> str:
        """Let an order answer exactly this (see widget_server/demo/simulator/control.py); returns its code."""
        code = code or f"order_test_{next(_numbers)}"
        answer = requests.put(
            f"{self.url}/simulator/orders/{code}/answer", json={"order": order, "receipt": receipt}, timeout=60
        )
        assert answer.ok, answer.text
        return code

    def paid(self) -> str:
        return self.order(PAID, COMPLETE)

    def unpaid(self) -> str:
        return self.order(UNPAID, STANDBY)

    def play(self, scenario: str) -> str:
        """A fresh order of the simulator's own model after one scenario."""
        code = self.order()
        path = f"{self.url}/simulator/orders/{code}/scenario"
        assert requests.post(path, json={"scenario": scenario}, timeout=60).ok
        return code

    def calls(self) -> list[str]:
        """Paths of the API calls since the test began."""
        return [call["path"] for call in requests.get(f"{self.url}/simulator/calls", timeout=60).json()]

    def forget_calls(self) -> None:
        requests.delete(f"{self.url}/simulator/calls", timeout=60)


def simulator(public_url: str = "http://pay.localhost:8082", **options: Any) -> Flask:
    """A simulated StepPay without orders that takes `TOKEN`; `options` are those of `create_simulator`."""
    folders = {"templates_dir": templates_dir(), "static_dir": static_dir()}
    return create_simulator(secret_token=TOKEN, public_url=public_url, **folders, **options)


@contextmanager
def fake_steppay() -> Iterator[FakeStepPay]:
    with serving(simulator(clock=lambda: NOW, sleep=lambda _seconds: None)) as url:
        yield FakeStepPay(url)


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, time: timedelta) -> None:
        self.now += time


@dataclass
class World:
    """One application with its own database. `client` speaks to it without a socket, everything behind it is real."""

    settings: Settings
    deps: Deps
    engine: Engine
    app: Flask
    clock: Clock
    transport: Transport
    client: FlaskClient = field(init=False)
    undescribed: list[str] = field(default_factory=list)
    """Answers that the OpenAPI document does not describe; the world's end fails with them."""

    def __post_init__(self) -> None:
        watch(self.app, self.undescribed)
        self.client = self.app.test_client()

    @property
    def operators_pages(self) -> Flask:
        """The second application, which `client` reaches under `ADMIN`."""
        pages: Flask = self.app.extensions["admin_app"]
        return pages

    def with_deps(self, **changes: Any) -> FlaskClient:
        """The same application with other collaborators."""
        deps = replace(self.deps, **changes)
        app = create_app(deps.settings, deps)
        watch(app, self.undescribed)
        return app.test_client()

    def rows(self) -> int:
        with self.engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(checkouts)).scalar_one()

    def break_storage(self) -> None:
        with self.engine.begin() as connection:
            for table in metadata.tables:
                connection.exec_driver_sql(f"DROP TABLE {table}")

    def create_checkout(self, code: str, mode: str = "tab", **members: str) -> str:
        answer = self.client.post(
            "/v1/checkouts", json={"orderCode": code, "mode": mode, **members}, headers={"Origin": SHOP}
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json["checkout"])


def environment(steppay_url: str, database: Path, api_key: str = "") -> dict[str, str]:
    return {
        "WIDGET_ENV": "sandbox",
        "STEPPAY_SECRET_TOKEN": TOKEN,
        "STEPPAY_API_URL": steppay_url,
        "WIDGET_PUBLIC_URL": PUBLIC,
        "WIDGET_ALLOWED_ORIGINS": f"{SHOP},https://www.shop.test",
        "WIDGET_DATABASE_URL": url_of(database),
        "WIDGET_SIGNING_KEY_FILE": str(database.with_name("signing-keys.json")),
        "WIDGET_API_KEY": api_key,
        "WIDGET_ADMIN_KEY": ADMIN_KEY,
        "WIDGET_ADMIN_ORIGIN": ADMIN,
        "STEPPAY_WEBHOOK_SECRETS": WEBHOOK_SECRET,
        "WIDGET_RATE_LIMIT": "off",  # all tests have the same address
        "WIDGET_RATE_LIMIT_STORE": f"redis://:{REDIS_PASSWORD}@127.0.0.1:9/0",
    }


def client_without_a_pause(settings: Settings, transport: Transport) -> StepPayClient:
    """The real client, which does not wait before its one retry."""
    token, url = settings.secret_token, settings.steppay_api_url
    return StepPayClient(transport, secret_token=token, api_url=url, jitter=lambda _low, _high: 0.0)


@contextmanager
def application(
    steppay_url: str, migrated: Path, folder: Path, rules: Path | None = None, api_key: str = ""
) -> Iterator[World]:
    """The application over a copy of a migrated database. The retry's pause is left out, nothing else."""
    database = folder / "widget.db"
    copy(migrated, database)
    try:
        with application_over(environment(steppay_url, database, api_key), rules) as world:
            yield world
    finally:
        drop(database)


@contextmanager
def application_over(environ: dict[str, str], rules: Path | None = None) -> Iterator[World]:
    """The same over the migrated database that the settings name."""
    settings = read_settings(environ)
    clock, transport, engine = Clock(), open_transport(), make_engine(settings.database_url)
    ids = (f"checkout{number:014d}" for number in count(1))
    keys = load_or_create(settings.signing_key_file, settings.secrets)
    steppay = with_resilience(client_without_a_pause(settings, transport))
    subscriptions = SqlSubscriptions(engine, notify_merchant=True)
    deps = Deps(
        settings=settings,
        steppay=steppay,
        subscriptions=SubscriptionService(steppay, subscriptions, clock, timedelta(days=settings.unpaid_grace_days)),
        checkouts=SqlCheckouts(engine, clock),
        expectations=make_expectations(settings, engine),
        ledger=SqlLedger(engine, notify_merchant=True),
        inbox=SqlInbox(engine),
        rules=load_page_rules(rules),
        offers=OffersFile(settings.offers_file, settings.allowed_origins, sandbox=True),
        signer=JwsSigner(keys),
        order_detail=partial(read_order_detail, engine),
        order_requests=SqlOrderRequests(engine),
        keyed_hash=keyed_hash(keys),
        clock=clock,
        new_checkout_id=lambda: next(ids),
        admin=make_admin_deps(settings, engine, clock),
        free_orders=settings.free_orders,
    )
    try:
        world = World(settings, deps, engine, create_app(settings, deps), clock, transport)
        yield world
        assert not world.undescribed, world.undescribed
    finally:
        engine.dispose()
        transport.close()
