"""An operator's receiver over HTTP, and processes that look for alerts by the world's clock."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, request
from sqlalchemy import update

from tests.support.app_fixture import World
from tools.wsgi_server import serving
from widget_server.adapters.steppay.client import TokenUse
from widget_server.adapters.store.alerts import SqlAlerts
from widget_server.adapters.store.jobs import SqlJobs
from widget_server.adapters.store.ledger import add_delivery
from widget_server.adapters.store.tables import deliveries
from widget_server.adapters.webhooks_out.alerts import AlertSender
from widget_server.domain.alert import AlertSource
from widget_server.domain.job import ALERT_SLOTS
from widget_server.services.alerts import AlertTeller, AlertWatch

SOURCE = AlertSource("pay.shop.test", "https://admin.shop.test", "widget-server")


@dataclass
class Receiver:
    """`statuses`: what the next requests are answered by; 200 after them."""

    url: str = ""
    came: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    def kinds(self) -> list[str]:
        return [message["type"] for message in self.came]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver, app = Receiver(), Flask("operator")

    @app.post("/canary-hook")
    def hook() -> Response:
        receiver.came.append(request.get_json())
        return Response("canary", receiver.statuses.pop(0) if receiver.statuses else 200)

    with serving(app) as origin:
        receiver.url = f"{origin}/canary-hook"
        yield receiver


class Process:
    """A process that looks and tells. Its `token_use` is what StepPay said to its token."""

    def __init__(self, world: World, receiver: Receiver, name: str = "one") -> None:
        store, self.token_use = SqlAlerts(world.engine), TokenUse()
        self._world, self._name, self._jobs = world, name, SqlJobs(world.engine)
        self._watch = AlertWatch(store, self._take, world.clock)
        sender = AlertSender(receiver.url, private=True)
        self._teller = AlertTeller(store, sender, SOURCE, world.clock, lambda: 0.5)

    def _take(self) -> tuple[bool, bool]:
        return self.token_use.take()

    def look(self) -> None:
        self._watch.look()
        for job in self._jobs.lease(self._name, self._world.clock.now, ALERT_SLOTS):
            self._teller.tell(job, self._jobs)


def look_together(*processes: Process) -> None:
    with ThreadPoolExecutor(len(processes)) as threads:
        for looking in [threads.submit(process.look) for process in processes]:
            looking.result()


def park(world: World, event_id: str, code: str) -> None:
    """A delivery that was given up; one that was sent again is given up again."""
    now = world.clock.now
    SqlJobs(world.engine)._connections.write(
        lambda db: add_delivery(db, event_id, "payment.paid", '{"amount": 12345}', now, order_code=code)
    )
    with world.engine.begin() as connection:
        connection.execute(update(deliveries).where(deliveries.c.id == event_id).values(state="parked"))
        connection.exec_driver_sql("DELETE FROM steppay_jobs WHERE kind = 'delivery'")
