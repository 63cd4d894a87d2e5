"""Dates as StepPay may write them, over HTTP: whole minutes are paid, the unreadable reaches an operator."""

from __future__ import annotations

import pytest

from tests.integration.test_ledger import told
from tests.support.app_fixture import COMPLETE, PAID, FakeStepPay, World
from tests.support.merchant import show, verify


@pytest.mark.parametrize("where", ["order", "receipt", "both"])
@pytest.mark.parametrize("date", ["2026-11-01T10:05", "2026-11-01T10:05:00", "2026-11-01T10:05:00.5"])
def test_a_payment_of_a_whole_minute_is_paid(world: World, steppay: FakeStepPay, where: str, date: str) -> None:
    order = PAID | ({"paymentDate": date} if where != "receipt" else {})
    receipt = COMPLETE | ({"paymentDate": date} if where != "order" else {})
    code = steppay.order(order, receipt)
    assert verify(world, code).json["verdict"] == "paid"
    assert [kind for kind, _id in told(world, code)] == ["payment.paid"]


def test_what_cannot_be_read_is_logged_once_by_its_shape_and_put_before_a_person(
    keyed: World, steppay: FakeStepPay, caplog: pytest.LogCaptureFixture
) -> None:
    date = "Sunday the 1st, 10:05 o'clock"  # in no other test: a shape is logged once in a process
    codes = [steppay.order({**PAID, "paymentDate": date}, COMPLETE) for _ in range(2)]
    for code in [*codes, *codes]:
        assert verify(keyed, code).json["reason"] == "unreadable_payment_date"
        assert show(keyed, code).json["needsReview"] is True
    assert caplog.text.count("unreadable_member member=order.paymentDate shape=Aaaaaa?aaa?9aa??99:99?a?aaaaa") == 1
    assert "Sunday" not in caplog.text
