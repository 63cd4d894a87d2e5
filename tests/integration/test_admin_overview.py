"""What the overview counts is what its lists show, whatever the ledger has; and a part of a code finds an order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert

from tests.support.admin_client import Operator, signed_in, table, words
from tests.support.app_fixture import COMPLETE, NOW, PAID, FakeStepPay, World
from tests.support.databases import copy, drop
from tests.support.merchant import verify
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.overview import SqlOverview
from widget_server.adapters.store.tables import checkouts, deliveries, orders, transitions
from widget_server.domain.checkout import LIFETIME
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.services.order_views import DAY_SETS, OPENED_SETS, REVIEW, Cursor, Funnel, last_hours, start_of_day
from widget_server.web.admin.dashboard import day_sets

DAY = timedelta(days=1)
KINDS = [kind.value for kind in VerdictKind]
ROW = st.fixed_dictionaries(
    {
        "verdict": st.sampled_from(KINDS),
        "history": st.lists(st.sampled_from(KINDS), max_size=2, unique=True),
        "opened": st.lists(st.integers(0, 60), max_size=2),  # hours ago
        "checked": st.integers(0, 60),
        "review": st.booleans(),
        "currency": st.sampled_from(["KRW", "USD"]),
        "told": st.sampled_from([None, "waiting", "delivered", "parked"]),
    }
)


@pytest.fixture
def engine(migrated: Path, tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(copy(migrated, tmp_path / "overview.db"))
    yield engine
    engine.dispose()
    drop(tmp_path / "overview.db")


def store(engine: Engine, rows: list[dict[str, Any]]) -> None:
    with engine.begin() as db:
        for kept in (orders, checkouts, transitions, deliveries):
            db.execute(kept.delete())
        for number, row in enumerate(rows):
            store_order(db, f"order_{number:04}", number, row)


def store_order(db: Any, code: str, number: int, row: dict[str, Any]) -> None:
    checked, kind = NOW - row["checked"] * timedelta(hours=1), row["verdict"]
    fulfill = kind in ("paid", "no_charge") and not row["review"]
    body = {"amount": 1000, "returnedAmount": 0, "currency": row["currency"], "fulfill": fulfill}
    values = {"order_code": code, "verdict": kind, "reason": "x", "returned_amount": "0", "checked_at": checked}
    db.execute(insert(orders).values(**values, order_id=number, body=body, needs_review=row["review"]))
    for step in {kind, *row["history"]}:
        db.execute(
            insert(transitions).values(order_code=code, step=step, verdict=step, reason="x", cause="verify", at=checked)
        )
    for one, hours in enumerate(row["opened"]):
        at = NOW - hours * timedelta(hours=1)
        opened = {
            "id": f"{code}{one}",
            "order_code": code,
            "mode": "tab",
            "created_at": at,
            "expires_at": at + LIFETIME,
        }
        db.execute(insert(checkouts).values(**opened))
    if row["told"]:
        told = {"id": f"evt_{number}", "order_code": code, "type": f"payment.{kind}", "payload": "{}"}
        db.execute(insert(deliveries).values(**told, created_at=checked, state=row["told"]))


def every(read: Any) -> list[Any]:
    """All pages of a list, two rows each."""
    rows: list[Any] = []
    while page := read(2, Cursor(rows[-1].checked_at, rows[-1].order_code) if rows else None):
        rows += page
    assert len({row.order_code for row in rows}) == len(rows)
    return rows


@given(rows=st.lists(ROW, max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_number_of_the_overview_is_the_length_of_its_list(engine: Engine, rows: list[dict[str, Any]]) -> None:
    store(engine, rows)
    overview, midnight, hours = SqlOverview(engine), start_of_day(NOW), last_hours(NOW)
    today, chart = overview.day(midnight), Counter[str]()
    for line in overview.hours(hours[0]):
        chart[line.verdict] += line.count
    for since, counted in ((midnight, Counter[str]()), (hours[0], chart)):
        if since == midnight:
            for total in today:
                counted[total.verdict] += total.count
        chips = overview.order_counts(since)
        for kind in KINDS:
            listed = every(lambda most, after, show=kind, from_=since: overview.orders(most, show, after, from_))
            assert len(listed) == counted[kind] == chips[kind], kind
        assert len(every(lambda most, after, from_=since: overview.orders(most, REVIEW, after, from_))) == chips[REVIEW]
    for name, number in day_sets(today).items():
        listed = every(lambda most, after, show=name: overview.orders(most, show, after, midnight))
        assert len(listed) == number, name
    assert tuple(day_sets(today)) == DAY_SETS
    check_funnel(overview, rows, midnight, NOW)
    check_funnel(overview, rows, midnight - DAY, NOW - DAY)


def check_funnel(overview: SqlOverview, rows: list[dict[str, Any]], since: datetime, until: datetime) -> None:
    """Against its definition in words, and its own lists."""
    counted, listed = overview.funnel(since, until), {}
    for show in OPENED_SETS:
        listed[show] = len(
            every(lambda most, after, name=show: overview.opened(most, name, after, since=since, until=until))
        )
    assert counted == Funnel(listed["opened"], listed["opened_paid"], listed["opened_delivered"])
    assert listed["opened_unpaid"] == counted.opened - counted.paid
    assert listed["opened_undelivered"] == counted.paid - counted.delivered
    opened = [row for row in rows if any(since <= NOW - hours * timedelta(hours=1) <= until for hours in row["opened"])]
    final = {kind.value for kind in VerdictKind if kind.facts.final}
    paid = [
        row
        for row in opened
        if final & {row["verdict"], *row["history"]} and NOW - row["checked"] * timedelta(hours=1) <= until
    ]
    told = [row for row in paid if row["told"] == "delivered" and row["verdict"] in final]
    assert counted == Funnel(len(opened), len(paid), len(told))


def test_the_overview_leads_to_its_lists(world: World, steppay: FakeStepPay) -> None:
    """A page opened, a payment, no message yet; what the numbers say stands on the pages that they lead to."""
    paid, unpaid, elsewhere = steppay.paid(), steppay.unpaid(), steppay.paid()
    for code in (paid, unpaid):
        world.create_checkout(code)
    for code in (paid, unpaid, elsewhere):
        verify(world, code)
    world.create_checkout("order_of_a_stranger")
    assert world.deps.admin
    assert "결제창 열림 2" in words(signed_in(world).get("/admin").text)
    assert 'href="/admin/orders?show=opened_delivered"' not in signed_in(world).get("/admin").text, "nothing is sent"
    operator = Operator(world, world.with_deps(admin=replace(world.deps.admin, notifies=True)))
    operator.sign_in()
    page = operator.get("/admin").text
    assert "결제창 열림 2" in words(page)
    assert "결제 완료 1 50 % 어제 같은 시각 0 결제되지 않음 1" in words(page)
    assert "알림 전송 0 0 % 어제 같은 시각 0 아직 전송되지 않음 1" in words(page)
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/admin/orders\?show=[^"]+)"', page)}
    assert {"/admin/orders?show=paid&within=today", "/admin/orders?show=paid&within=24h"} < links
    rows = {link: table(operator.get(link).text, "list") for link in links}
    assert {row[1] for row in rows["/admin/orders?show=paid&within=24h"]} == {paid, elsewhere}
    assert [row[1] for row in rows["/admin/orders?show=opened_paid"]] == [paid]
    assert [row[1] for row in rows["/admin/orders?show=opened_undelivered"]] == [paid]
    assert [row[1] for row in rows["/admin/orders?show=opened_unpaid"]] == [unpaid]
    assert len(rows["/admin/orders?show=fulfillable"]) == 2


def test_a_part_of_a_code_finds_an_order(world: World, steppay: FakeStepPay) -> None:
    codes = [steppay.order(PAID, COMPLETE, f"order_Blue{tail}") for tail in ("Moon7", "Moth7")]
    for code in codes:
        verify(world, code)
    operator = signed_in(world)
    for part, found in (("emoon", [codes[0]]), ("Blue", codes), ("order_blue", codes), ("ue%", []), ("order_", [])):
        answer = operator.get("/admin/orders", query_string={"code": part})
        if len(found) == 1:
            assert (answer.status_code, answer.headers["Location"]) == (303, f"/admin/orders/{found[0]}"), part
        else:
            assert answer.status_code == (200 if found else 404), part
            assert sorted(row[1] for row in table(answer.text, "list")) == sorted(found), part
