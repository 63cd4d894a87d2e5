"""Orders of a month as CSV: each once, by Korean months, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, insert

from tests.integration.test_cli import run
from tests.integration.test_crash_points import database
from tests.support.admin_client import Operator, signed_in
from tests.support.app_fixture import FakeStepPay, World, environment
from tests.support.merchant import verify
from widget_server.adapters.store import order_export
from widget_server.adapters.store.order_export import read_orders
from widget_server.adapters.store.tables import orders
from widget_server.cli import main
from widget_server.errors import StorageError
from widget_server.services.order_export import COLUMNS, ExportLine, Month, csv_pages

__all__ = ["database"]
CHECKED = datetime(2026, 11, 30, 12, tzinfo=UTC)
NOVEMBER = Month.of(CHECKED)


def line(code: str, paid: str | None = "2026-11-05T09:00:00+09:00", checked: datetime = CHECKED) -> ExportLine:
    body = {"orderType": "ONE_TIME", "amount": 10000, "returnedAmount": 0, "currency": "KRW", "paymentDate": paid}
    return ExportLine(code, 7001, "paid", "payment_complete", checked, body)


def cells(*lines: ExportLine) -> list[list[str]]:
    text = "".join(csv_pages([lines], NOVEMBER))
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))[1:]


@pytest.mark.parametrize(
    ("paid", "checked", "counts"),
    [
        ("2026-11-01T00:00:00+09:00", CHECKED, True),
        ("2026-10-31T23:59:59+09:00", CHECKED, False),
        ("2026-11-30T23:59:59+09:00", CHECKED, True),
        ("2026-12-01T00:00:00+09:00", CHECKED, False),
        ("2026-10-31T15:00:00+00:00", CHECKED, True),
        ("2026-11-05T09:00:00+09:00", datetime(2027, 3, 1, tzinfo=UTC), True),
        (None, datetime(2026, 10, 31, 15, tzinfo=UTC), True),
        (None, datetime(2026, 11, 30, 15, tzinfo=UTC), False),
    ],
)
def test_the_payment_decides_the_month_in_seoul(paid: str | None, checked: datetime, *, counts: bool) -> None:
    assert len(cells(line("order_1", paid, checked))) == counts


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "2026-1", "202611", "2026-11-01", "", "２０２６-11", "1999-01"])
def test_what_is_no_month(text: str) -> None:
    assert Month.parse(text) is None


def test_a_month_ends_where_the_next_begins() -> None:
    december = Month.parse("2026-12")
    assert december
    assert (str(december), december.end - december.start) == ("2026-12", timedelta(days=31))
    assert Month.of(december.end) == Month.parse("2027-01")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_begins_a_formula(sign: str) -> None:
    evil = replace(line(f"{sign}1"), reason=f"{sign}cmd", body={**line("x").body, "currency": f"{sign}A"})
    assert [cell for cell in cells(evil)[0] if cell.startswith(sign)] == []


@pytest.fixture
def filled(database: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setattr(order_export, "PAGE", 3)
    add(database, *(line(f"order_{number}") for number in range(10)))
    return database


def add(engine: Engine, *lines: ExportLine) -> None:
    with engine.begin() as connection:
        for one in lines:
            values = {"order_code": one.order_code, "order_id": one.order_id, "verdict": one.verdict}
            values |= {"reason": one.reason, "checked_at": one.checked_at, "body": one.body}
            connection.execute(insert(orders).values(**values, returned_amount="0", needs_review=False))


@pytest.mark.stores
def test_each_order_comes_once_also_when_it_is_checked_meanwhile(filled: Engine) -> None:
    pages = read_orders(filled)
    seen = [one.order_code for one in next(pages)]
    with filled.begin() as connection:
        connection.execute(orders.update().values(checked_at=CHECKED + timedelta(hours=1)))
    rest = list(pages)
    assert seen + [one.order_code for page in rest for one in page] == [f"order_{number}" for number in range(10)]
    assert max(map(len, rest)) == 3


@pytest.mark.stores
def test_the_command_writes_the_file(filled: Engine, tmp_path: Path, steppay: FakeStepPay) -> None:
    settings = environment(steppay.url, tmp_path / "widget.db")
    add(filled, line("order_old", "2026-10-05T09:00:00+09:00"), line("-dash"))
    result = run(tmp_path, settings, "orders", "export", "--month", "2026-11", "--out", "orders.csv")
    assert (result.returncode, result.stdout) == (0, "")
    content = (tmp_path / "orders.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbforder_code,")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert (rows[0], len(rows)) == (list(COLUMNS), 12)
    assert [
        *("order_0", "7001", "ONE_TIME", "paid", "payment_complete", "10000", "0", "KRW"),
        *("2026-11-05T09:00:00+09:00", "2026-11-30T21:00:00+09:00"),
    ] in rows
    assert {"'-dash"} == {row[0] for row in rows if "dash" in row[0]}
    printed = run(tmp_path, settings, "orders", "export", "--month", "2026-11")
    assert printed.stdout.splitlines()[1:] == content.decode("utf-8-sig").splitlines()[1:]
    assert run(tmp_path, settings, "orders", "export", "--month", "November").returncode == 1


def test_a_failed_export_leaves_the_file_of_before(
    database: Engine, tmp_path: Path, steppay: FakeStepPay, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_engine: Engine) -> Iterator[Sequence[ExportLine]]:
        yield [line("order_1")]
        raise StorageError("gone")

    monkeypatch.setattr("widget_server.cli.orders.read_orders", broken)
    file = tmp_path / "orders.csv"
    file.write_text("of before", "utf-8")
    arguments = ["orders", "export", "--month", "2026-11", "--out", str(file)]
    result = CliRunner().invoke(main, arguments, env=environment(steppay.url, tmp_path / "widget.db"))
    assert (result.exit_code == 0, file.read_text("utf-8")) == (False, "of before")


def test_the_operator_downloads_a_month(world: World, steppay: FakeStepPay) -> None:
    verify(world, steppay.paid())
    operator = signed_in(world)
    page = operator.get("/admin/orders").text
    assert "CSV 내려받기" in page
    assert page.index("<option>2026-11</option>") < page.index("<option>2024-11</option>")
    answer = operator.get("/admin/orders.csv?month=2026-11")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="orders-2026-11.csv"'
    assert "no-store" in answer.headers["Cache-Control"]
    assert len(answer.data.decode("utf-8-sig").splitlines()) == 2
    assert len(operator.get("/admin/orders.csv?month=2025-11").data.splitlines()) == 1
    assert operator.get("/admin/orders.csv?month=x").status_code == 404


def test_without_a_session_nothing_is_exported(world: World) -> None:
    answer = Operator(world).get("/admin/orders.csv?month=2026-11")
    assert (answer.status_code, answer.data) == (303, b"")


def test_an_empty_database_gives_the_names_of_the_columns() -> None:
    assert "".join(csv_pages([], NOVEMBER)) == "\ufeff" + ",".join(COLUMNS) + "\r\n"


def test_a_database_that_fails_in_the_middle_ends_the_file_there() -> None:
    def pages() -> Iterator[Sequence[ExportLine]]:
        yield [line("order_1")]
        raise StorageError("gone")

    found = csv_pages(pages(), NOVEMBER)
    assert "order_1" in next(found)
    with pytest.raises(StorageError):
        next(found)
