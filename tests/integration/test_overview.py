"""The operator's questions give the same answers on SQLite and PostgreSQL, and none reads through a whole table."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert

from tools.postgres_cluster import cluster, find_programs
from widget_server.adapters.store import migrate
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.overview import SqlOverview
from widget_server.adapters.store.tables import deliveries, delivery_attempts, jobs, orders, webhooks
from widget_server.services.order_views import Cursor, HourLine, QueueStats, VerdictTotals

NOW = datetime(2026, 11, 23, 3, 16, tzinfo=UTC)
PROGRAMS = find_programs()
NEEDED = pytest.mark.skipif(PROGRAMS is None, reason="PostgreSQL is not installed: apt install postgresql")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=NEEDED)])
def engine(request: pytest.FixtureRequest, free_port: Callable[[], int]) -> Iterator[Engine]:
    """Nobody changes anything in it: one for all."""
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
    yield engine
    engine.dispose()


def add_order(connection: Connection, number: int, at: datetime) -> str:
    """Each third failed, each twentieth in dollars and to be reviewed; gives the code."""
    code = f"order_{number:02}"
    verdict, special = ("failed" if number % 3 == 2 else "paid"), number % 20 == 19
    amount = {"amount": 9.5 if special else 1000, "returnedAmount": 0, "currency": "USD" if special else "KRW"}
    values: dict[str, Any] = {"order_code": code, "order_id": 7000 + number, "verdict": verdict, "reason": "x"}
    connection.execute(insert(orders).values(**values, returned="0", checked_at=at, body=amount, needs_review=special))
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
        VerdictTotals("paid", "KRW", 13, 13000.0, 0.0),
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
    assert [line.order_code for line in overview.to_review(2)] == ["order_19", "order_39"]


def test_what_waits_is_counted_alike_everywhere(engine: Engine) -> None:
    overview = SqlOverview(engine)
    assert overview.queue(NOW) == [
        QueueStats("check", 2, 1, NOW - timedelta(minutes=5)),
        QueueStats("delivery", 1, 0, None),
    ]
    assert overview.parked() == 1
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


def test_none_of_them_reads_through_a_table(engine: Engine) -> None:
    """What grows with the shop: orders, events, deliveries and their tries."""
    statements: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda *call: statements.append((call[2], call[3])))
    overview, after = SqlOverview(engine), Cursor(NOW, "order_x")
    overview.day(NOW)
    overview.hours(NOW)
    overview.to_review(5)
    overview.parked()
    overview.order("order_04")
    overview.find_code("7004")
    for verdict in (None, "failed"):
        overview.orders(5, verdict, after)
    overview.deliveries(5, None, after)
    overview.deliveries(5, "parked", after)
    overview.queue(NOW)
    asked = [one for one in statements if one[0].startswith("SELECT")]
    assert len(asked) > 15
    assert [plan for one in asked for plan in explain(engine, *one) if reads_all(plan)] == []


def explain(engine: Engine, statement: str, values: Any) -> list[str]:
    """PostgreSQL would read a table of one page whole, whatever indexes there are, unless that is made dear."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET enable_seqscan = off")
            return [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", values)]
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]


def reads_all(plan: str) -> bool:
    """`SCAN orders` is every row; `SCAN orders USING INDEX` in the index's order ends with the page's last line."""
    whole = plan.startswith("SCAN ") and " USING " not in plan and "anon" not in plan  # a subquery's own rows
    return whole or "Seq Scan on" in plan
