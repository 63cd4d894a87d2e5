"""Which process sends: the worker; a process that serves pages where none does; and the command for a test message."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import Engine, insert

from tests.integration.test_crash_points import database, rows, wait_until
from tests.integration.test_production_server import running
from tests.integration.test_worker_process import worker
from tests.support.app_fixture import FakeStepPay, environment
from tests.support.operator import Receiver, receiving
from tests.support.upstream import Upstream, answer
from widget_server import StepPayCheckout
from widget_server.adapters.store.tables import alerts, deliveries, jobs
from widget_server.adapters.webhooks_out.alerts import AlertSender, body_for
from widget_server.cli import main
from widget_server.clock import utc_now
from widget_server.doctor.alerts import check_alerts
from widget_server.domain.alert import PARKED, Alert, AlertSource, alert_message
from widget_server.domain.job import ALERT

__all__ = ["database"]
DOCS = Path(__file__).resolve().parents[2] / "docs"
MESSAGE: dict[str, object] = {"type": "test", "text": "주문 `order_a`\nOrder"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as started:
        yield started


@pytest.fixture
def settings(tmp_path: Path, steppay: FakeStepPay, database: Engine, receiver: Receiver) -> dict[str, str]:
    return environment(steppay.url, tmp_path / "widget.db") | {"WIDGET_ALERT_URL": receiver.url}


def leave_a_late_message(engine: Engine) -> None:
    """As a worker that was stopped leaves it: a parked delivery, its alert and the job that tells it."""
    at = utc_now() - timedelta(minutes=3)
    delivery = {"id": "evt_1", "order_code": "order_late", "type": "payment.paid", "payload": "{}", "created_at": at}
    alert = {"kind": PARKED, "subject": "evt_1", "order_code": "order_late", "raised_at": at, "seen_at": at}
    job = {"kind": ALERT, "subject": PARKED, "due_at": at, "step": 0, "tries": 0, "starts": 0}
    with engine.begin() as connection:
        connection.execute(insert(deliveries).values(**delivery, state="parked"))
        connection.execute(insert(alerts).values(**alert))
        connection.execute(insert(jobs).values(**job))


def is_told(engine: Engine, receiver: Receiver) -> bool:
    return bool(receiver.came) and rows(engine, jobs.c.kind) == []


@pytest.mark.stores
def test_a_server_without_a_worker_sends_what_is_late_itself(
    tmp_path: Path, settings: dict[str, str], database: Engine, receiver: Receiver, free_port: Callable[[], int]
) -> None:
    leave_a_late_message(database)
    port = free_port()
    with running(tmp_path, settings, f"http://127.0.0.1:{port}", "--port", str(port), "--no-jobs", "--workers", "2"):
        wait_until(lambda: is_told(database, receiver))
    assert [message["orderCodes"] for message in receiver.came] == [["order_late"]]
    assert "canary-hook" not in (tmp_path / "out.txt").read_text("utf-8")


@pytest.mark.stores
def test_the_worker_finds_what_is_parked_and_tells_it(
    tmp_path: Path, settings: dict[str, str], database: Engine, receiver: Receiver
) -> None:
    leave_a_late_message(database)
    with database.begin() as connection:  # only the cause
        connection.exec_driver_sql("DELETE FROM steppay_alerts")
        connection.exec_driver_sql("DELETE FROM steppay_jobs")
    with worker(tmp_path, settings, "one"):
        wait_until(lambda: is_told(database, receiver))
    assert receiver.kinds() == [PARKED]


def test_an_application_without_a_worker_of_its_own_sends_it(
    tmp_path: Path, settings: dict[str, str], database: Engine, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_a_late_message(database)
    app = Flask("shop", instance_path=str(tmp_path))
    app.config.update({**settings, "WIDGET_ADMIN_KEY": None, "WIDGET_ADMIN_ORIGIN": None})
    StepPayCheckout(app)
    app.test_client().get("/")
    try:
        wait_until(lambda: is_told(database, receiver))
    finally:
        app.extensions["steppay_checkout"].alerts.stop()
    assert receiver.came[0]["text"].endswith("→ `flask steppay deliveries list --state parked`")


def test_the_command_sends_a_test_and_shows_no_address(
    settings: dict[str, str], receiver: Receiver, database: Engine
) -> None:
    leave_a_late_message(database)
    runner = CliRunner(env=settings)
    sent, listed = runner.invoke(main, ["alerts", "send-test"]), runner.invoke(main, ["alerts", "list"])
    receiver.statuses = [404]
    refused = runner.invoke(main, ["alerts", "send-test"])
    unset = CliRunner(env={**settings, "WIDGET_ALERT_URL": ""}).invoke(main, ["alerts", "send-test"])
    assert [result.exit_code for result in (sent, listed, refused, unset)] == [0, 0, 1, 1]
    assert receiver.kinds() == ["test", "test"]
    assert "order_late  not sent yet" in listed.stdout
    assert "it answered 404" in refused.stderr
    assert "canary" not in sent.output + listed.output + refused.output + unset.output


@pytest.mark.parametrize(
    ("host", "body"),
    [
        ("hooks.slack.com", {"text": MESSAGE["text"]}),
        ("discord.com", {"content": MESSAGE["text"], "allowed_mentions": {"parse": []}}),
        ("ptb.discord.com", {"content": MESSAGE["text"], "allowed_mentions": {"parse": []}}),
        ("notslack.com", MESSAGE),
        ("slack.com.shop.kr", MESSAGE),
    ],
)
def test_each_host_is_sent_what_it_takes(host: str, body: Mapping[str, Any]) -> None:
    assert body_for(host, MESSAGE) == body


@pytest.mark.parametrize("page", ["operations/alerts.md", "ko/alerts.md"])
def test_the_documents_show_the_message_as_it_is(page: str) -> None:
    shown = json.loads(re.findall(r"```json\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)[0])
    about = Alert(PARKED, "evt_1", shown["orderCodes"][0], datetime.fromisoformat("2026-11-23T03:16:00+00:00"))
    source = AlertSource("pay.shop.kr", "https://admin.pay.shop.kr", "widget-server")
    made: dict[str, Any] = alert_message(PARKED, [about], source)
    for of in (shown, made):
        of["text"], of["alerts"][0]["id"] = "", ""
    assert made == shown


@pytest.mark.parametrize(
    ("status", "state", "words"),
    [
        ("200 OK", "ok", "answers (200)"),
        ("405 Method Not Allowed", "ok", "answers (405)"),
        ("404 Not Found", "warning", "exists no more"),
        ("302 Found", "problem", "redirects (302)"),
    ],
)
def test_the_doctor_looks_at_the_address_and_posts_nothing(status: str, state: str, words: str) -> None:
    location = "Location: https://canary.test/\r\n" if status.startswith("302") else ""
    with Upstream(answer(b"", status=status, headers=location)) as operator:
        (found,) = check_alerts(AlertSender(f"{operator.url}/canary-hook", private=True))
    assert (found.state, words in found.text, "canary" in str(found)) == (state, True, False)
    assert [head.split()[0] for head in operator.heads] == ["HEAD"]


def test_the_doctor_says_what_cannot_be_reached_or_is_private() -> None:
    (private,), (unset,) = check_alerts(AlertSender("http://127.0.0.1:9/canary")), check_alerts(None)
    assert (private.state, unset.state) == ("problem", "skipped")
    assert "private network" in private.text
    assert repr(AlertSender("https://hooks.slack.com/canary")) == "AlertSender('***')"
