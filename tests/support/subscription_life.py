"""A member of a shop, end to end over HTTP: simulated StepPay, server, worker and merchant backend, all by one clock.

StepPay's events are lost, late, out of order and repeated, and the backend fails, as a seed says.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from flask import Flask, Response, request

from tests.support.app_fixture import API_KEY, SHOP, TOKEN, WEBHOOK_SECRET, Clock, environment, simulator
from tools.wsgi_server import serving
from widget_server.app import create_app
from widget_server.config import read_settings
from widget_server.demo.simulator.events import Event
from widget_server.demo.simulator.webhooks import signature
from widget_server.domain.parsing import read_local_time
from widget_server.merchant.webhooks import Delivery, verify_delivery
from widget_server.parts import make_deps
from widget_server.server.worker import Worker
from widget_server.testing import NOTIFY_SECRET
from widget_server.worker_app import make_worker

Body = dict[str, Any]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_WITHIN_A_DAY = (MINUTE, 6 * HOUR, 6 * HOUR, 6 * HOUR, 5 * HOUR, 54 * MINUTE, 4 * MINUTE)


@dataclass
class Events:
    """StepPay's, to the server. Without `chance` each one arrives at once; with it one of three is lost, and the others
    come later, shuffled, some twice."""

    server: str
    clock: Clock
    chance: random.Random | None
    lost: int = 0
    waiting: list[bytes] = field(default_factory=list)
    _fates: list[int] = field(default_factory=list)
    """How often each of the next events arrives."""

    def send(self, event: Event) -> None:
        body = event.body(int(self.clock().timestamp()))
        if self.chance is None:
            self._post(body)
            return
        self._fates = self._fates or self.chance.sample((0, 1, self.chance.choice((1, 2))), 3)
        times = self._fates.pop()
        self.lost += times == 0
        self.waiting += [body] * times

    def deliver_some(self) -> None:
        if self.chance is not None:
            self.chance.shuffle(self.waiting)
            for _ in range(self.chance.randint(0, len(self.waiting))):
                self._post(self.waiting.pop())

    def _post(self, body: bytes) -> None:
        signed = {"Steppay-Signature": signature(body, int(self.clock().timestamp()), WEBHOOK_SECRET)}
        answer = requests.post(f"{self.server}/v1/webhooks/steppay", data=body, headers=signed, timeout=60)
        assert answer.status_code == 200, answer.text


@dataclass
class Backend:
    """The merchant's: it acts on each message once, and of a subscription keeps the one with the newest `checkedAt`.
    With `chance` it fails at times, before or after it has acted."""

    clock: Clock
    chance: random.Random | None
    acted_on: dict[str, Delivery] = field(default_factory=dict)
    members: dict[int, Body] = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)

    def application(self) -> Flask:
        app = Flask("backend")

        @app.post("/webhooks")
        def receive() -> Response:
            one = verify_delivery(request.get_data(), request.headers, secrets=[NOTIFY_SECRET], now=self.clock())
            fails = self._fails(one.id)
            if fails != "before" and one.id not in self.acted_on:
                self.acted_on[one.id] = one
                self._act(one)
            return Response(status=503 if fails else 204)

        return app

    def _fails(self, message: str) -> str:
        """Once for each message, at the most."""
        if self.chance is None or message in self.tried:
            return ""
        self.tried.add(message)
        return self.chance.choice(("before", "after", "", "", ""))

    def _act(self, one: Delivery) -> None:
        number = one.subscription_id
        if number is not None and one.data["checkedAt"] > self.members.get(number, {"checkedAt": ""})["checkedAt"]:
            self.members[number] = dict(one.data)

    def renewals(self) -> list[str]:
        return sorted(str(one.order_code) for one in self.acted_on.values() if one.type == "renewal.paid")

    def changes(self) -> list[tuple[str, str, str]]:
        """Type, StepPay's status and the end of the period, in the order of their checks."""
        found = [one for one in self.acted_on.values() if one.subscription_id is not None]
        found.sort(key=lambda one: one.data["checkedAt"])
        return [(one.type, one.data["status"], one.data["currentPeriodEnd"]) for one in found]


@dataclass
class Member:
    """A shopper who buys a subscription, and what becomes of it."""

    clock: Clock
    steppay: str
    server: str
    worker: Worker
    events: Events
    backend: Backend
    number: int = 0

    def api(self, method: str, path: str, body: Body | None = None) -> Body:
        answer = requests.request(
            method, f"{self.steppay}/api/v1/{path}", json=body, headers={"Secret-Token": TOKEN}, timeout=60
        )
        assert answer.ok, answer.text
        found: Body = answer.json()
        return found

    def control(self, method: str, path: str, body: Body | None = None) -> None:
        assert requests.request(method, f"{self.steppay}/simulator/{path}", json=body, timeout=60).ok

    def buys(self, product: str, price: str) -> str:
        """The order's code. The pay page is opened by the widget, and paid."""
        key = {"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": "one-order"}
        item = {"productCode": product, "priceCode": price}
        order = {"customer": {"name": "김달래", "email": "dallae@shop.kr"}, "items": [item]}
        code = str(self._server("POST", "orders", order, key)["orderCode"])
        self._pays(code)
        self.number = int(self.api("GET", f"orders/{code}")["subscriptions"][0]["id"])
        return code

    def changes_card(self) -> None:
        key = {"Authorization": f"Bearer {API_KEY}"}
        change = self._server("POST", f"subscriptions/{self.number}/payment-method", {}, key)
        self._pays(str(change["orderCode"]))

    def _pays(self, code: str) -> None:
        self._server("POST", "checkouts", {"orderCode": code, "mode": "tab"}, {"Origin": SHOP})
        self.control("POST", f"orders/{code}/scenario", {"scenario": "paid"})

    def step(self, name: str, body: Body | None = None) -> None:
        self.api("POST", f"subscriptions/{self.number}/{name}", body)

    def card(self, *, works: bool) -> None:
        self.control("POST", f"subscriptions/{self.number}/card", {"works": works})

    def at_steppay(self) -> Body:
        return self.api("GET", f"subscriptions/{self.number}")

    def shown(self) -> Body:
        return self._server("GET", f"subscriptions/{self.number}", None, {"Authorization": f"Bearer {API_KEY}"})

    def _server(self, method: str, path: str, body: Body | None, headers: dict[str, str]) -> Body:
        answer = requests.request(method, f"{self.server}/v1/{path}", json=body, headers=headers, timeout=60)
        assert answer.ok, answer.text
        found: Body = answer.json()
        return found

    def wait_until(self, moment: datetime) -> None:
        while self.clock.now < moment:
            self._tick(min(5 * DAY, moment - self.clock.now))

    def next_payment(self) -> datetime:
        due = read_local_time(self.at_steppay()["nextPaymentDate"])
        assert due is not None
        return due

    def a_day(self) -> None:
        for time in _WITHIN_A_DAY:
            self._tick(time)

    def _tick(self, time: timedelta) -> None:
        """Time passes. StepPay does what is due, then the worker, as it does each minute."""
        self.clock.pass_by(time)
        self.control("GET", "clock")
        self.events.deliver_some()
        self.worker._maintain()
        self.worker.run_due()


@contextmanager
def member_of_a_shop(database: Path, seed: int | None) -> Iterator[Member]:
    """`database` is migrated; `seed` None: nothing is disturbed."""
    clock, chances = Clock(), [None if seed is None else random.Random(seed * 2 + part) for part in (0, 1)]
    backend, fake = Backend(clock, chances[0]), simulator(clock=clock)
    with serving(fake) as steppay, serving(backend.application()) as shop:
        given = {"WIDGET_NOTIFY_URL": f"{shop}/webhooks", "WIDGET_NOTIFY_SECRET": NOTIFY_SECRET}
        settings = read_settings(environment(steppay, database, API_KEY) | given)
        with serving(create_app(settings, make_deps(settings, clock))) as server:
            events = Events(server, clock, chances[1])
            fake.extensions["simulator"].send = events.send
            yield Member(clock, steppay, server, make_worker(settings, clock=clock), events, backend)
