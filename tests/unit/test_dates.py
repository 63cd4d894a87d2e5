"""A payment date counts only when it is a date that StepPay could have written."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.judging import NOW, ORDER, RECEIPT, judge
from widget_server.domain.model import UNREADABLE
from widget_server.domain.parsing import SEOUL, read_payment_date
from widget_server.domain.verdict_kinds import VerdictKind

LIMIT = (NOW + timedelta(hours=24)).astimezone(SEOUL).replace(tzinfo=None)
UNREADABLE_DATES = [
    *("", "null", "soon", " 2026-11-01T10:05:00", "2026-11-01T10:05:00\n", "2026-11-01", "2026-11-01 10:05:00"),
    *(0, 1, False, True, [], {}, 1790000000),
    *("0000-00-00T00:00:00", "2026-02-30T00:00:00", "2026-13-01T00:00:00", "2026-11-01T24:00:00"),
    *("9999-01-01T00:00:00", "9999-12-31T23:59:59", "0001-01-01T00:00:00", "1970-01-01T09:00:00"),
    *("2014-12-31T23:59:59", (LIMIT + timedelta(seconds=1)).isoformat()),
    *("2026-11-01T10:05:00Z", "2026-11-01T10:05:00+09:00", "2026-11-01T10:05:00-00:00"),
    *(
        "2026-11-01T10:05Z",
        "2026-11-01T10",
        "2026-11-01T10:",
        "2026-11-01T10:5",
        "2026-11-01T10:05.5",
        "2026-11-01T10:60",
    ),
    *("2026-11-01T10:05:00.", "2026-11-01T10:05:00,5", "2026-11-01T10:05:00.1234567890", "2026-11-1T1:05:00"),
    "２０２６-11-01T10:05:00",
]


@pytest.mark.parametrize("value", UNREADABLE_DATES, ids=repr)
def test_anything_else_than_a_date_of_steppay_is_unreadable(value: object) -> None:
    assert read_payment_date(value, NOW) is UNREADABLE


@pytest.mark.parametrize("value", UNREADABLE_DATES, ids=repr)
@pytest.mark.parametrize("where", ["order", "receipt"])
def test_an_unreadable_date_is_neither_paid_nor_failed(where: str, value: object) -> None:
    order = ORDER | {"paymentDate": value} if where == "order" else ORDER
    receipt = RECEIPT | {"paymentDate": value} if where == "receipt" else RECEIPT
    found = judge(order, receipt, status="error")
    assert (found.kind, found.reason) == (VerdictKind.UNKNOWN, "unreadable_payment_date")


@pytest.mark.parametrize(
    ("text", "iso"),
    [("2026-11-01T10:05:00", "2026-11-01T10:05:00+09:00")]
    + [("2026-11-01T10:05", "2026-11-01T10:05:00+09:00"), ("2026-11-01T00:00", "2026-11-01T00:00:00+09:00")]
    + [("2019-09-29T09:59:49.909090909", "2019-09-29T09:59:49.909090+09:00")]
    + [("2020-10-20T20:00:00.0", "2020-10-20T20:00:00+09:00")]
    + [
        (f"2026-11-01T10:05:00.{'123456789'[:digits]}", f"2026-11-01T10:05:00.{'123456'[:digits]:0<6}+09:00")
        for digits in range(1, 10)
    ]
    + [("2015-01-01T00:00:00", "2015-01-01T00:00:00+09:00"), (LIMIT.isoformat(), LIMIT.isoformat() + "+09:00")],
)
def test_a_date_of_steppay_is_korean_time(text: str, iso: str) -> None:
    moment = read_payment_date(text, NOW)
    assert not isinstance(moment, type(UNREADABLE))
    assert moment is not None
    assert moment.isoformat() == iso


def test_null_says_not_paid() -> None:
    assert read_payment_date(None, NOW) is None
