"""The operator's queries give the same answers on SQLite and PostgreSQL, and no statement reads a whole table."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert

from tests.unit.test_records import VERDICT
from tools.postgres_cluster import cluster, find_programs
from widget_server.adapters.store import migrate, sql
from widget_server.adapters.store.backlog import read_backlog
from widget_server.adapters.store.checkouts import SqlCheckouts
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.deliveries import SqlDeliveries
from widget_server.adapters.store.expectations import SqlExpectations
from widget_server.adapters.store.inbox import SqlInbox
from widget_server.adapters.store.jobs import SqlJobs
from widget_server.adapters.store.ledger import SqlLedger
from widget_server.adapters.store.maintenance import purge_older_than, requeue_orphans
from widget_server.adapters.store.overview import SqlOverview
from widget_server.adapters.store.sweep import sweep
from widget_server.adapters.store.tables import (
    deliveries,
    delivery_attempts,
    jobs,
    metadata,
    orders,
    subscriptions,
    webhooks,
)
from widget_server.domain.checkout import Checkout
from widget_server.domain.delivery import DeliveryResponse
from widget_server.domain.job import Queue
from widget_server.domain.model import Expectation, Finding
from widget_server.domain.order_record import Cause
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.domain.webhook_event import WebhookEvent
from widget_server.services.order_views import (
    DAY_SETS,
    OPENED_SETS,
    REVIEW,
    Cursor,
    HourLine,
    QueueStats,
    VerdictTotals,
)

NOW = datetime(2026, 11, 23, 3, 16, tzinfo=UTC)
PROGRAMS = find_programs()
NEEDED = pytest.mark.skipif(PROGRAMS is None, reason="PostgreSQL is not installed: apt install postgresql")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=NEEDED)])
def engine(request: pytest.FixtureRequest, free_port: Callable[[], int]) -> Iterator[Engine]:
    """One for all: the tests before the last change nothing in it."""
    with tempfile.TemporaryDirectory(prefix="steppay-overview-") as folder:
        if request.param == "sqlite":
            yield from filled(f"sqlite:///{folder}/widget.db")
        else:
            assert PROGRAMS
            with cluster(PROGRAMS, Path(folder), free_port()) as running:
                yield from filled(running.url)


def filled(url: str) -> Iterator[Engine]:
    migrate.upgrade(url)
    engine = make_engine(url)
    with engine.begin() as connection:
        for number in range(60):
            add_order(connection, number, NOW - number * timedelta(minutes=30))
        connection.execute(insert(jobs), [job("check", "a", 5), job("check", "b", -5), job("delivery", "evt_3", 60)])
        body = {"access": True, "nextPaymentDate": NOW.isoformat(), "orders": ["order_04", "order_xx"]}
        known = {"known_since": NOW, "version": 1, "state": "ACTIVE:x"}
        connection.execute(insert(subscriptions).values(id=7, **known, body=body))
        connection.execute(insert(subscriptions).values(id=8, **known))
    yield engine
    engine.dispose()


def add_order(connection: Connection, number: int, at: datetime) -> str:
    """Each third failed, each twentieth in dollars and to be reviewed; gives the code."""
    code = f"order_{number:02}"
    verdict, special = ("failed" if number % 3 == 2 else "paid"), number % 20 == 19
    amount = {"amount": 9.5 if special else 1000, "returnedAmount": 0, "currency": "USD" if special else "KRW"}
    body = {**amount, "fulfill": verdict == "paid" and not special}
    values: dict[str, Any] = {"order_code": code, "order_id": 7000 + number, "verdict": verdict, "reason": "x"}
    connection.execute(
        insert(orders).values(**values, returned_amount="0", checked_at=at, body=body, needs_review=special)
    )
    state = "parked" if number == 3 else "delivered"
    row = {"id": f"evt_{number}", "order_code": code, "type": "payment.paid", "payload": "{}", "state": state}
    connection.execute(insert(deliveries).values(**row, created_at=at))
    for status in (None, 500)[: number % 3]:
        tried = {"delivery_id": f"evt_{number}", "started_at": at, "outcome": "x", "answer": "secret"}
        connection.execute(insert(delivery_attempts).values(**tried, status=status))
    seen = {"digest": code, "event": "order.x", "state": "done", "received_at": at}
    named = {"order_code": code, "order_id": None} if number % 2 else {"order_code": None, "order_id": 7000 + number}
    connection.execute(insert(webhooks).values(**seen, **named))
    return code


def job(kind: str, subject: str, minutes: int) -> dict[str, object]:
    due = NOW + timedelta(minutes=minutes)
    return {"kind": kind, "subject": subject, "due_at": due, "step": 0, "tries": 0, "starts": 0}


def test_a_day_and_its_hours_are_counted_alike_everywhere(engine: Engine) -> None:
    overview = SqlOverview(engine)
    since = NOW - timedelta(hours=10)
    assert sorted(overview.day(since), key=str) == [
        VerdictTotals("failed", "KRW", 7, 7000.0, 0.0),
        VerdictTotals("paid", "KRW", 13, 13000.0, 0.0, 13),
        VerdictTotals("paid", "USD", 1, 9.5, 0.0),
    ]
    hours = overview.hours(NOW - timedelta(hours=1))
    assert sorted(hours, key=str) == [
        HourLine(NOW.replace(hour=2, minute=0), "failed", 1),
        HourLine(NOW.replace(hour=2, minute=0), "paid", 1),
        HourLine(NOW.replace(hour=3, minute=0), "paid", 1),
    ]


def test_orders_are_listed_newest_first_and_page_by_page_everywhere(engine: Engine) -> None:
    overview = SqlOverview(engine)
    newest = overview.orders(3)
    assert [line.order_code for line in newest] == ["order_00", "order_01", "order_02"]
    assert (newest[0].amount, newest[0].currency, newest[0].checked_at) == (1000, "KRW", NOW)
    after = Cursor(newest[1].checked_at, newest[1].order_code)
    assert [line.order_code for line in overview.orders(2, "failed", after)] == ["order_02", "order_05"]
    assert [line.order_code for line in overview.orders(2, "review")] == ["order_19", "order_39"]


def test_what_waits_is_counted_alike_everywhere(engine: Engine) -> None:
    overview = SqlOverview(engine)
    assert overview.queue(NOW) == [
        QueueStats("check", 2, 1, NOW - timedelta(minutes=5)),
        QueueStats("delivery", 1, 0, None),
    ]
    counts = overview.order_counts()
    assert (counts["paid"], counts["failed"], counts["review"], counts["refunded"]) == (40, 20, 3, 0)
    assert overview.delivery_counts() == {"waiting": 0, "delivered": 59, "parked": 1}
    (parked,) = overview.deliveries(5, "parked")
    assert (parked.id, parked.tries, parked.status, parked.next_at) == ("evt_3", 0, None, NOW + timedelta(minutes=60))
    assert [(line.tries, line.status) for line in overview.deliveries(3)] == [(0, None), (1, None), (2, 500)]


def test_an_order_is_found_with_all_its_history_everywhere(engine: Engine) -> None:
    overview = SqlOverview(engine)
    assert overview.find_code("7004") == "order_04"
    assert (overview.find_code("order_04"), overview.find_code("order_xx")) == ("order_04", None)
    for code in ("order_04", "order_05"):
        page = overview.order(code)
        assert (len(page.events), len(page.deliveries), page.record is not None) == (1, 1, True)


def test_subscriptions_are_read_alike_everywhere(engine: Engine) -> None:
    overview = SqlOverview(engine)
    assert [line.id for line in overview.subscriptions(5)] == [8, 7]
    assert [line.id for line in overview.subscriptions(5, Cursor(NOW, "8"))] == [7]
    found, bare = overview.subscription(7), overview.subscription(8)
    assert found
    assert bare
    assert (found.line.status, found.line.access, bare.line.access) == ("ACTIVE", True, None)
    assert ([order.order_code for order in found.orders], bare.orders) == (["order_04"], ())


def ask_as_an_operator(engine: Engine) -> None:
    overview, after = SqlOverview(engine), Cursor(NOW, "order_x")
    overview.day(NOW)
    overview.hours(NOW)
    for since in (None, NOW):
        overview.order_counts(since)
    overview.funnel(NOW, NOW)
    for show in OPENED_SETS:
        overview.opened(5, show, after, since=NOW, until=NOW)
    for show in ("paid", REVIEW, *DAY_SETS):
        overview.orders(5, show, after, NOW)
    overview.find_part("r_04", 5)
    for position in (None, Cursor(NOW, "7")):
        overview.subscriptions(5, position)
    overview.subscription(7)
    overview.delivery_counts()
    overview.order("order_04")
    overview.find_code("7004")
    for show in (None, "failed", REVIEW):
        overview.orders(5, show, after)
    overview.deliveries(5, None, after)
    overview.deliveries(5, "parked", after)
    overview.queue(NOW)
    read_backlog(engine, NOW)


def verify_orders_and_take_events(engine: Engine) -> None:
    ledger, inbox = SqlLedger(engine, notify_merchant=True), SqlInbox(engine)
    expectations, checkouts = SqlExpectations(engine), SqlCheckouts(engine, lambda: NOW)
    ledger.record(replace(VERDICT, finding=Finding(VerdictKind.PENDING, "not_paid_yet")), Cause.VERIFY)
    ledger.record(VERDICT, Cause.WEBHOOK)
    ledger.note_mismatch(replace(VERDICT, expectation=Expectation(Decimal(1), "KRW")), Cause.VERIFY)
    ledger.find(VERDICT.order.order_code)
    ledger.find_verdict(VERDICT.order.order_code)
    ledger.find_code(7)
    ledger.ask_for_review(VERDICT.order.order_code)
    for amount in (1, 2):
        expectations.bind(VERDICT.order.order_code, Expectation(Decimal(amount), "KRW"), NOW)
    expectations.settle(VERDICT.order.order_code, Expectation(Decimal(2), "KRW"), NOW)
    for _ in range(2):
        inbox.accept("digest", WebhookEvent("order.payment_completed", VERDICT.order.order_code), NOW)
    inbox.accept_number(8, NOW)
    inbox.suggest_check(VERDICT.order.order_code, NOW)
    inbox.find("digest")
    checkouts.add(Checkout("c" * 22, VERDICT.order.order_code, "tab", None, None, NOW, NOW + timedelta(days=7)))
    checkouts.record("c" * 22, verdict={"verdict": "paid", "reason": "x"}, returned_at=NOW, claim="success")
    checkouts.was_opened(VERDICT.order.order_code)
    checkouts.find_last_verdict(VERDICT.order.order_code)


def work_and_tidy_up(engine: Engine) -> None:
    jobs, delivered = SqlJobs(engine), SqlDeliveries(engine)
    held = jobs.lease("one", NOW + timedelta(days=1), {Queue("webhook"): 3, Queue("check"): 3, Queue("delivery"): 3})
    jobs.renew("one", held, NOW)
    for job in held:
        jobs.postpone(job, NOW, step=0, tries=0)
    jobs.restart(held[0])
    jobs.finish(held[0])
    SqlInbox(engine).close(held[0], ignored=False)
    delivered.find("evt_3")
    SqlOverview(engine).deliveries(5, "parked")
    delivered.attempts("evt_3")
    delivered.end_attempt(held[0], delivered.begin_attempt("evt_3", NOW), DeliveryResponse("answered", 500), NOW)
    delivered.redeliver("evt_3", NOW)
    requeue_orphans(engine, NOW)
    sweep(engine, NOW + timedelta(days=100))
    purge_older_than(engine, NOW - timedelta(days=7))


@pytest.mark.parametrize("do", [ask_as_an_operator, verify_orders_and_take_events, work_and_tidy_up])
def test_no_statement_reads_through_a_table(
    engine: Engine, do: Callable[[Engine], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What grows with the shop: orders, events, deliveries and their attempts."""
    asked: list[tuple[str, Any]] = []
    translate, bind = sql._translate, sql._bind
    monkeypatch.setattr(sql, "_translate", lambda *a: asked.append((translate(*a), None)) or asked[-1][0])  # type: ignore[func-returns-value]

    def spy(values: Any, is_sqlite: bool) -> Any:
        asked[-1] = (asked[-1][0], bind(values, is_sqlite))
        return asked[-1][1]

    monkeypatch.setattr(sql, "_bind", spy)
    do(engine)
    monkeypatch.undo()
    assert len(asked) > 15
    assert [(one[0], plan) for one in asked for plan in explain(engine, *one) if reads_all(plan)] == []


def explain(engine: Engine, statement: str, values: Any) -> list[str]:
    """PostgreSQL would read a table of one page whole, whatever indexes there are, unless that is made dear."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET enable_seqscan = off")
            return [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", values)]
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]


def reads_all(plan: str) -> bool:
    """`SCAN orders` is every row; `SCAN orders USING INDEX` in the index's order ends with the page's last line."""
    whole = plan.removeprefix("SCAN ") in metadata.tables
    return whole or "Seq Scan on" in plan
