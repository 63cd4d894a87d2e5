"""`widget-server orders`: what a person does about an order, and what the command says it did."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.integration.test_cli import run
from tests.integration.test_crash_points import database, paid_now, rows
from tests.integration.test_ledger import REFUNDED
from tests.support.app_fixture import COMPLETE, PAID, FakeStepPay, environment
from widget_server.adapters.store.tables import deliveries, jobs, orders

__all__ = ["database"]
pytestmark = pytest.mark.stores


@pytest.fixture
def settings(tmp_path: Path, steppay: FakeStepPay, database: Engine) -> dict[str, str]:
    told = {"WIDGET_NOTIFY_URL": "http://127.0.0.1:9/told", "WIDGET_NOTIFY_SECRET": "whsec_" + "A" * 40}
    return environment(steppay.url, tmp_path / "widget.db") | told


def test_a_check_of_a_settled_order_asks_steppay_and_says_what_it_found(
    tmp_path: Path, steppay: FakeStepPay, database: Engine, settings: dict[str, str]
) -> None:
    """No worker runs: the command does it itself."""
    code = paid_now(steppay)
    assert "says: paid, payment_complete" in run(tmp_path, settings, "orders", "check", code).stdout
    steppay.order(*REFUNDED, code)
    steppay.forget_calls()
    result = run(tmp_path, settings, "orders", "check", code)
    assert (result.returncode, len(steppay.calls())) == (0, 2)
    assert "says: refunded, refunded" in result.stdout
    assert f"{code}  refunded  refunded" in result.stdout
    assert rows(database, orders.c.verdict) == [("refunded",)]
    assert sorted(row[0] for row in rows(database, deliveries.c.type)) == ["payment.paid", "payment.refunded"]


def test_a_check_of_an_unknown_code_says_so_and_records_nothing(
    tmp_path: Path, steppay: FakeStepPay, database: Engine, settings: dict[str, str]
) -> None:
    steppay.order(404, None, "order_nope")
    result = run(tmp_path, settings, "orders", "check", "order_nope")
    assert (result.returncode, result.stdout) == (1, "")
    assert "knows no order with this code" in result.stderr
    assert (rows(database, orders.c.verdict), rows(database, jobs.c.kind)) == ([], [])


def test_a_check_that_steppay_does_not_answer_is_queued_and_the_command_says_so(
    tmp_path: Path, steppay: FakeStepPay, database: Engine, settings: dict[str, str]
) -> None:
    code = steppay.order(503, None)
    result = run(tmp_path, settings, "orders", "check", code)
    assert (result.returncode, result.stdout) == (1, "")
    assert "could not be asked now (upstream_unavailable)" in result.stderr
    assert rows(database, jobs.c.kind, jobs.c.subject) == [("ask", code)]


def test_the_orders_are_listed_and_those_to_review_apart(
    tmp_path: Path, steppay: FakeStepPay, settings: dict[str, str]
) -> None:
    assert run(tmp_path, settings, "orders", "list").stdout == ""
    good, odd = paid_now(steppay), steppay.order(PAID, {**COMPLETE, "paymentStatus": "NEW"})
    for code in (good, odd):
        assert run(tmp_path, settings, "orders", "check", code).returncode == 0
    lines = run(tmp_path, settings, "orders", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [odd, good]
    assert lines[0].endswith("NEEDS REVIEW")
    assert "10000 KRW" in lines[1]
    assert [line.split()[0] for line in run(tmp_path, settings, "orders", "list", "--review").stdout.splitlines()] == [
        odd
    ]
    assert good in run(tmp_path, settings, "orders", "list", "--verdict", "paid").stdout
    assert run(tmp_path, settings, "orders", "list", "--verdict", "paid", "--review").returncode == 1
