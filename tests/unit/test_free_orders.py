"""An order that costs nothing is fulfilled where the merchant says so, and never because StepPay shows a 0."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.judging import CODE, NOW, ORDER, judge
from tests.unit.test_records import VERDICT
from tests.vectors import FREE_ORDERS
from widget_server.domain.expectation import Binding, depends_on_binding, under_binding
from widget_server.domain.model import Expectation, Verdict
from widget_server.domain.parsing import parse_order
from widget_server.domain.transitions import OrderState, state_from_verdict, supersedes, webhook_id
from widget_server.domain.verdict_json import verdict_body
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.domain.verdict_reasons import REASONS, Reason, finding


def concluded(
    order: dict[str, Any], receipt: Any, status: str | None, expected: Expectation | None, *, free_orders: bool
) -> dict[str, object]:
    found = judge(order, receipt, status=status, order_id=7, expectation=expected)
    read = parse_order(order, CODE, NOW)
    return verdict_body(Verdict(read, found, None, NOW, expectation=expected, free_orders=free_orders))


@pytest.mark.parametrize("vector", FREE_ORDERS, ids=lambda vector: str(vector["why"]))
def test_the_rules_agree_with_the_table(vector: dict[str, Any]) -> None:
    bound = vector["bound"]
    expected = Expectation(Decimal(str(bound["amount"])), bound["currency"]) if bound else None
    order, status = ORDER | vector["order"], vector["claim"]["status"]
    body = concluded(order, vector["receipt"], status, expected, free_orders=vector["freeOrders"])
    assert {name: body[name] for name in vector["expect"]} == vector["expect"]


ZERO = Expectation(Decimal(0), "KRW")
FREE = replace(VERDICT, order=replace(VERDICT.order, amount=Decimal("0.0")), finding=finding("zero_amount"))


@pytest.mark.parametrize(
    ("expected", "free_orders", "is_free"),
    [
        (ZERO, False, True),
        (ZERO, True, True),
        (None, True, True),
        (None, False, False),
        (Expectation(Decimal(1), "KRW"), True, False),
        (Expectation(Decimal(0), "USD"), True, False),
    ],
)
def test_a_verdict_is_free_by_what_it_was_checked_against(
    expected: Expectation | None, free_orders: bool, is_free: bool
) -> None:
    """Again at the verdict itself, whatever the gates before it let through."""
    assert not FREE.free_orders
    verdict = replace(FREE, expectation=expected, free_orders=free_orders)
    assert (verdict.is_free, state_from_verdict(verdict).fulfill) == (is_free, is_free)


@pytest.mark.parametrize("reason", [reason for reason in REASONS if reason != "zero_amount"])
def test_no_other_reason_is_free(reason: Reason) -> None:
    verdict = replace(FREE, finding=finding(reason), expectation=ZERO, free_orders=True)
    assert not verdict.is_free
    assert state_from_verdict(verdict).fulfill is (reason == "payment_complete")


AT = datetime(2026, 11, 23, 3, 16, tzinfo=UTC)


def test_what_becomes_fulfillable_is_a_transition_of_its_own_and_stays() -> None:
    early, late = AT, AT.replace(minute=17)
    shown = [OrderState(VerdictKind.NO_CHARGE, "zero_amount", Decimal(0), at) for at in (early, late)]
    free = [replace(state, fulfill=True) for state in shown]
    assert OrderState(VerdictKind.PAID, "payment_complete", Decimal(9), AT, fulfill=True).step == "paid"
    assert [state.step for state in (*shown, *free)] == ["no_charge"] * 2 + ["no_charge:free"] * 2
    assert supersedes(shown[0], free[1])
    assert supersedes(shown[1], free[0]), "also when its answer was on its way for longer"
    assert not any(supersedes(one, other) for one in free for other in (*shown, *free))
    assert webhook_id(CODE, shown[0].step) != webhook_id(CODE, free[0].step)


def binding(amount: str, currency: str = "KRW") -> Binding:
    return Binding(Expectation(Decimal(amount), currency), AT)


STORED = {"verdict": "no_charge", "reason": "zero_amount", "fulfill": False, "final": True, "retryAfter": None}
FREE_BODY = {**STORED, "amount": 0, "currency": "KRW", "orderCode": CODE}
PAID_BODY = {**FREE_BODY, "verdict": "paid", "reason": "payment_complete", "fulfill": True, "amount": 9.5}
MISMATCH = {"verdict": "mismatch", "fulfill": False, "final": False, "retryAfter": 60}


@pytest.mark.parametrize(
    ("body", "bound", "free_orders", "changes"),
    [
        (FREE_BODY, None, False, {}),
        (FREE_BODY, binding("0"), False, {"fulfill": True}),
        (FREE_BODY, None, True, {"fulfill": True}),
        ({**FREE_BODY, "fulfill": True}, binding("0"), False, {}),
        ({**FREE_BODY, "fulfill": True}, None, False, {"fulfill": False}),
        ({**FREE_BODY, "fulfill": True}, binding("1"), True, {**MISMATCH, "reason": "amount_mismatch"}),
        (FREE_BODY, binding("0", "USD"), True, {**MISMATCH, "reason": "currency_mismatch"}),
        (PAID_BODY, None, False, {}),
        (PAID_BODY, binding("9.50"), False, {}),
        (PAID_BODY, binding("9"), False, {**MISMATCH, "reason": "amount_mismatch"}),
        (PAID_BODY, binding("9.5", "USD"), False, {**MISMATCH, "reason": "currency_mismatch"}),
        ({**FREE_BODY, "reason": "payment_method_registered"}, binding("5"), True, {}),
        ({**PAID_BODY, "verdict": "refunded", "reason": "refunded", "fulfill": False}, binding("5"), True, {}),
    ],
)
def test_a_stored_verdict_is_read_under_what_is_bound_now(
    body: dict[str, object], bound: Binding | None, free_orders: bool, changes: dict[str, object]
) -> None:
    assert under_binding(body, bound, free_orders=free_orders) == {**body, **changes}
    assert not changes or depends_on_binding(body)
