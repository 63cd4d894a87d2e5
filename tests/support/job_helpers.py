"""StepPay's events, the merchant's backend and the worker, for tests: the jobs run when the test says so."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from tests.support.app_fixture import NOW, WEBHOOK_SECRET, World
from widget_server.adapters.store.deliveries import SqlDeliveries
from widget_server.adapters.store.jobs import SqlJobs
from widget_server.adapters.store.tables import jobs, webhooks
from widget_server.domain.delivery import DeliveryResponse
from widget_server.services.job_handlers import JobContext, handle_job

PATH = "/v1/webhooks/steppay"
V1_PATH = "/v1/webhooks/steppay-v1"


def event_body(code: str | None = None, name: str = "order.payment_completed", **data: Any) -> bytes:
    """An event as StepPay's guide shows it."""
    members = ({"code": code} if code else {}) | data
    return json.dumps({"timestamp": 1688697915, "version": "v1", "event": name, "data": members}).encode()


def key_of(raw: bytes, at: int, secret: str = WEBHOOK_SECRET) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), f"{at}.".encode() + raw, hashlib.sha256)).decode()


def signed(raw: bytes, at: datetime = NOW, secret: str = WEBHOOK_SECRET) -> str:
    seconds = int(at.timestamp())
    return f"timestamp={seconds},key={key_of(raw, seconds, secret)}"


def send(world: World, raw: bytes, header: str | None = None, **headers: str) -> Any:
    """POST an event; signed now unless a header is given."""
    given = {"Steppay-Signature": signed(raw, world.clock.now) if header is None else header, **headers}
    return world.client.post(PATH, data=raw, headers={"Content-Type": "application/json", **given})


@dataclass
class FakeMerchant:
    """A backend that answers what the test says and keeps what it was told."""

    answer: Callable[[int], DeliveryResponse] = lambda _number: DeliveryResponse("answered", 200)
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def send(self, event_id: str, payload: str, at: datetime) -> DeliveryResponse:
        self.told.append((event_id, json.loads(payload)))
        return self.answer(len(self.told))

    def types(self) -> list[str]:
        return [body["type"] for _id, body in self.told]


def tools(world: World, merchant: Any = None) -> JobContext:
    return JobContext(
        steppay=world.deps.steppay,
        expectations=world.deps.expectations,
        ledger=world.deps.ledger,
        inbox=world.deps.inbox,
        jobs=SqlJobs(world.engine),
        deliveries=SqlDeliveries(world.engine),
        subscriptions=world.deps.subscriptions,
        merchant=merchant,
        clock=world.clock,
        free_orders=world.deps.free_orders,
        jitter=lambda: 0.5,
    )


def work(world: World, merchant: Any = None) -> int:
    """Do everything that is due by the world's clock; gives the number of jobs done."""
    leases, given, done = SqlJobs(world.engine), tools(world, merchant or FakeMerchant()), 0
    while found := leases.lease("test", world.clock.now, 8):
        for job in found:
            handle_job(job, given)
        done += len(found)
    return done


def work_for(world: World, time: timedelta, merchant: Any = None) -> None:
    """Let time pass and do each job when it is due."""
    end = world.clock.now + time
    work(world, merchant)
    while (due := next_due(world)) is not None and due <= end:
        world.clock.now = max(world.clock.now, due)
        work(world, merchant)
    world.clock.now = end


def next_due(world: World) -> datetime | None:
    with world.engine.connect() as connection:
        return connection.execute(select(jobs.c.due_at).order_by(jobs.c.due_at).limit(1)).scalar()


def kept_events(world: World) -> list[tuple[str, str]]:
    with world.engine.connect() as connection:
        return [(row.event, row.state) for row in connection.execute(select(webhooks).order_by(webhooks.c.received_at))]
