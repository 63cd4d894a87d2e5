"""Alerts to the operator: each thing once, by whichever process sees it, and again when it comes back."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.support.app_fixture import API_KEY, PUBLIC, TOKEN, FakeStepPay, World
from tests.support.merchant import verify
from tests.support.operator import Process, Receiver, look_together, park, receiving
from widget_server.adapters.steppay.client import StepPayClient
from widget_server.adapters.store.alerts import SqlAlerts
from widget_server.adapters.store.deliveries import SqlDeliveries
from widget_server.adapters.store.jobs import SqlJobs
from widget_server.domain.alert import KINDS, PARKED, PATIENCE, PAUSE, QUIET, REVIEW, TEST, WORKER
from widget_server.domain.alert import TOKEN as REFUSED
from widget_server.domain.job import ASK, Job
from widget_server.errors import UpstreamError
from widget_server.services.steppay_call import Deadline, Request

pytestmark = pytest.mark.stores
MINUTE = timedelta(minutes=1)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


class Cause:
    """How each kind comes and goes, with `look` after each step of it."""

    def __init__(self, world: World, steppay: FakeStepPay, processes: tuple[Process, ...]) -> None:
        self.world, self.processes, self.code = world, processes, steppay.paid()

    def look(self) -> None:
        look_together(*self.processes)

    def ask(self, token: str) -> None:
        """Both processes call StepPay with this token."""
        url = self.world.settings.steppay_api_url
        for process in self.processes:
            client = StepPayClient(self.world.transport, secret_token=token, api_url=url)
            try:
                client.call(Request("order", self.code), Deadline.after(60))
            except UpstreamError:
                assert token != TOKEN
            process.token_use = client.token_use

    def review(self, needed: bool) -> None:
        verify(self.world, self.code)
        with self.world.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE steppay_orders SET needs_review = {str(needed).lower()}")
            connection.exec_driver_sql("DELETE FROM steppay_jobs WHERE kind <> 'alert'")

    def late_job(self) -> None:
        SqlJobs(self.world.engine).restart(Job(ASK, self.code, self.world.clock.now))
        for _ in range(7):
            self.world.clock.pass_by(MINUTE)
            self.look()

    def no_job(self) -> None:
        with self.world.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM steppay_jobs WHERE kind = 'ask'")


COMES: dict[str, Callable[[Cause], Any]] = {
    PARKED: lambda cause: park(cause.world, "evt_1", cause.code),
    REVIEW: lambda cause: cause.review(True),
    REFUSED: lambda cause: cause.ask("wrong-token"),
    WORKER: Cause.late_job,
}
GOES: dict[str, Callable[[Cause], Any]] = {
    PARKED: lambda cause: SqlDeliveries(cause.world.engine).redeliver("evt_1", cause.world.clock.now + QUIET * 99),
    REVIEW: lambda cause: cause.review(False),
    REFUSED: lambda cause: cause.ask(TOKEN),
    WORKER: Cause.no_job,
}


@pytest.mark.parametrize("kind", COMES)
def test_each_kind_arrives_once_from_two_processes_and_again_after_it_came_back(
    kind: str, world: World, steppay: FakeStepPay, receiver: Receiver
) -> None:
    cause = Cause(world, steppay, (Process(world, receiver), Process(world, receiver, "two")))
    for times in (1, 2):
        COMES[kind](cause)
        for _ in range(3):
            cause.look()
            assert receiver.kinds() == [kind] * times
            world.clock.pass_by(MINUTE)
        world.clock.pass_by(QUIET)
        GOES[kind](cause)
        cause.look()
        assert SqlAlerts(world.engine).all() == []
    first, second = receiver.came
    assert first["alerts"][0]["id"] != second["alerts"][0]["id"]
    assert set(KINDS) - {TEST} == set(COMES) == set(GOES)
    check_text(first, cause.code if kind in (PARKED, REVIEW) else None)


def check_text(message: dict[str, Any], code: str | None) -> None:
    """Korean first, then English, and the way on; an order by its code, no amount, no secret."""
    korean, english, *rest = message["text"].splitlines()
    assert korean.startswith("[pay.shop.test] ")
    assert not korean.isascii()
    assert english.isascii()
    assert (f"`{code}`" in rest[0]) if code else (message["orderCodes"] == [])
    assert message["url"] is None or rest[-1] == f"→ {message['url']}"
    whole = json.dumps(message)
    assert [word for word in (TOKEN, API_KEY, "wrong-token", "12345", "10000", "canary") if word in whole] == []


@pytest.mark.parametrize("accepted", [True, False])
def test_a_message_that_is_not_accepted_is_sent_again_for_three_days_and_then_given_up(
    world: World, receiver: Receiver, accepted: bool, caplog: pytest.LogCaptureFixture
) -> None:
    process, receiver.statuses = Process(world, receiver), [500, 404] if accepted else [500] * 15
    park(world, "evt_1", "order_parked")
    with caplog.at_level(logging.INFO, "widget_server.alerts"):
        for _ in range(200):
            process.look()
            world.clock.pass_by(timedelta(hours=1))
    assert len(receiver.came) == (3 if accepted else 15)
    assert len({message["alerts"][0]["id"] for message in receiver.came}) == 1
    logged = [record.getMessage() for record in caplog.records if record.name == "widget_server.alerts"]
    assert logged[-1].split()[0] == ("alert_sent" if accepted else "alert_given_up")
    assert "canary" not in str(logged)


def test_what_comes_within_an_hour_is_told_together(world: World, receiver: Receiver) -> None:
    process = Process(world, receiver)
    for number in range(30):
        park(world, f"evt_{number}", f"order_{number:02d}")
        process.look()
        world.clock.pass_by(MINUTE)
    assert [message["count"] for message in receiver.came] == [1]
    world.clock.pass_by(PAUSE)
    process.look()
    assert [message["count"] for message in receiver.came] == [1, 29]
    assert receiver.came[1]["orderCodes"] == [f"order_{number:02d}" for number in range(1, 11)]


def test_what_is_over_before_it_was_told_is_never_told(world: World, receiver: Receiver) -> None:
    process, receiver.statuses = Process(world, receiver), [500]
    park(world, "evt_1", "order_parked")
    process.look()
    SqlDeliveries(world.engine).redeliver("evt_1", world.clock.now + QUIET * 99)
    world.clock.pass_by(MINUTE)
    process.look()
    assert len(receiver.came) == 1
    world.clock.pass_by(timedelta(days=4))
    process.look()
    assert len(receiver.came) == 1


def test_one_order_that_steppay_refuses_is_not_the_token(
    world: World, steppay: FakeStepPay, receiver: Receiver
) -> None:
    """Other calls are accepted in the same minute, or by a process that has the new token."""
    old, new = Process(world, receiver), Process(world, receiver, "two")
    cause = Cause(world, steppay, (old,))
    cause.ask("wrong-token")
    old.token_use.accepted = True
    old.look()
    assert receiver.came == []
    cause.ask("wrong-token")
    old.look()
    new.token_use.accepted = True
    new.look()
    cause.ask("wrong-token")
    old.look()
    assert receiver.kinds() == [REFUSED]


def test_a_machine_that_was_off_says_nothing(world: World, receiver: Receiver) -> None:
    SqlJobs(world.engine).restart(Job(ASK, "order_late", world.clock.now - timedelta(days=1)))
    process = Process(world, receiver)
    process.look()
    world.clock.pass_by(PATIENCE - MINUTE)
    process.look()
    assert receiver.came == []


def test_a_verification_writes_and_reads_no_alert(world: World, steppay: FakeStepPay) -> None:
    """The address is unset here, and the table gone: nothing of it is on that way."""
    with world.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE steppay_alerts RENAME TO steppay_gone")
    answer = verify(world, steppay.paid())
    assert (answer.json["verdict"], world.settings.public_url) == ("paid", PUBLIC)
    with world.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE steppay_gone RENAME TO steppay_alerts")
