"""The rules of the record, without a database."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.test_records import VERDICT
from widget_server.domain.model import Expectation, OrderType
from widget_server.domain.transitions import (
    OrderState,
    contradicts,
    doubt_lasts,
    for_record,
    is_paid_mismatch,
    mismatch_step,
    needs_review_at_once,
    needs_review_at_the_end,
    state_from_verdict,
    supersedes,
    webhook_id,
    webhook_type,
    without_claim,
)
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.domain.verdict_reasons import Finding, finding

K = VerdictKind
START = datetime(2026, 11, 23, 3, 16, tzinfo=UTC)


def standing(kind: VerdictKind, minute: int = 0, returned: int = 0, reason: str = "r", free: int = 0) -> OrderState:
    fulfill = kind is K.PAID or (bool(free) and kind is K.NO_CHARGE)
    return OrderState(kind, reason, Decimal(returned), START + timedelta(minutes=minute), fulfill)


def record(observations: list[OrderState]) -> OrderState | None:
    current: OrderState | None = None
    for seen in observations:
        current = seen if supersedes(current, seen) else current
    return current


@pytest.mark.parametrize("first", [K.PENDING, K.UNKNOWN, K.FAILED, K.CANCELED, K.MISMATCH])
def test_a_payment_that_comes_late_is_recorded(first: VerdictKind) -> None:
    assert supersedes(standing(first), standing(K.PAID, 1))


@pytest.mark.parametrize("kind", [kind for kind in K if kind not in (K.UNKNOWN, K.MISMATCH)])
@pytest.mark.parametrize("doubt", [K.UNKNOWN, K.MISMATCH])
def test_a_doubt_replaces_no_knowledge(kind: VerdictKind, doubt: VerdictKind) -> None:
    assert not supersedes(standing(kind), standing(doubt, 1))


def test_an_answer_that_was_on_its_way_for_long_does_not_undo_a_newer_one() -> None:
    assert not supersedes(standing(K.FAILED, 2), standing(K.PENDING, 1))
    assert supersedes(standing(K.FAILED, 1), standing(K.PENDING, 2))


def test_refunds_only_grow() -> None:
    half, more = standing(K.PARTIALLY_REFUNDED, 1, 3000), standing(K.PARTIALLY_REFUNDED, 2, 5000)
    assert supersedes(standing(K.PAID), half)
    assert supersedes(half, more)
    assert not supersedes(more, half)
    assert supersedes(more, standing(K.REFUNDED, 0, 10000))
    assert half.step != more.step


@pytest.mark.parametrize("kind", [kind for kind in K if kind is not K.REFUNDED])
def test_FF_07_nothing_follows_a_refund_and_a_payment_after_it_alarms(kind: VerdictKind) -> None:
    refunded = standing(K.REFUNDED)
    assert not supersedes(refunded, standing(kind, 1))
    assert contradicts(refunded, standing(kind, 1)) is (kind not in (K.UNKNOWN, K.MISMATCH))
    assert not contradicts(refunded, standing(kind, -1)), "an old answer is no contradiction"


def test_a_refund_under_way_contradicts_nothing() -> None:
    assert not contradicts(standing(K.PAID), standing(K.PENDING, 1, reason="cancel_in_progress"))
    assert contradicts(standing(K.PAID), standing(K.CANCELED, 1, reason="payment_canceled"))


@given(
    st.lists(
        st.builds(standing, st.sampled_from(K), st.integers(0, 3), st.sampled_from([0, 3000]), free=st.integers(0, 1)),
        min_size=1,
        max_size=4,
    )
)
def test_any_order_and_any_repetition_end_in_the_same_record(observations: list[OrderState]) -> None:
    """Property 5, over the rules. Of a final record its transition counts: it keeps the time of its first reading."""

    def outcome(order: list[OrderState]) -> object:
        found = record(order)
        assert found is not None
        return found.step if found.rank > 1 else found

    assert len({outcome([*order, *order[:2]]) for order in permutations(observations)}) == 1


@given(st.lists(st.builds(standing, st.sampled_from(K), st.integers(0, 9)), max_size=12))
def test_after_a_refund_nothing_automatic_leads_back(later: list[OrderState]) -> None:
    """Property 6."""
    found = record([standing(K.REFUNDED), *later])
    assert found is not None
    assert found.kind is K.REFUNDED


def test_the_merchant_gets_what_happened_and_not_what_waits() -> None:
    told = {kind: webhook_type(standing(kind), OrderType.ONE_TIME) for kind in K}
    assert [kind for kind in K if told[kind] is None] == [K.PENDING, K.MISMATCH, K.UNKNOWN]
    assert told[K.PAID] == "payment.paid"
    assert webhook_type(standing(K.PAID), OrderType.RECURRING) == "renewal.paid"
    assert webhook_type(standing(K.FAILED), OrderType.RECURRING) == "payment.failed"


@pytest.mark.parametrize(
    ("first", "second", "newer"),
    [
        (standing(K.PENDING), standing(K.PENDING, 1), True),
        (standing(K.UNKNOWN), standing(K.UNKNOWN, 1), True),
        (standing(K.NO_CHARGE), standing(K.NO_CHARGE, 1), False),
        (standing(K.PAID), standing(K.PAID, 1), False),
        (standing(K.REFUNDED), standing(K.REFUNDED, 1), False),
        (standing(K.PARTIALLY_REFUNDED, 0, 3000), standing(K.PARTIALLY_REFUNDED, 1, 3000), False),
        (standing(K.PARTIALLY_REFUNDED, 1, 3000), standing(K.PARTIALLY_REFUNDED, 0, 3001), True),
        (standing(K.PENDING, 0, 3000), standing(K.PENDING, 1, 0), True),
        (standing(K.NO_CHARGE), standing(K.PAID), True),
        (standing(K.PAID), standing(K.PARTIALLY_REFUNDED), True),
        (standing(K.PARTIALLY_REFUNDED, 0, 9000), standing(K.REFUNDED, 0, 10000), True),
    ],
)
def test_between_equals_the_newer_counts_and_what_is_final_is_only_confirmed(
    first: OrderState, second: OrderState, newer: bool
) -> None:
    assert supersedes(None, first)
    assert supersedes(first, second) is newer
    assert not supersedes(first, first)
    assert not supersedes(second, first)


def test_of_a_tie_the_same_one_stands_in_whatever_order_they_come() -> None:
    tied = [
        standing(K.FAILED, reason="a"),
        standing(K.FAILED, reason="b"),
        standing(K.PENDING, reason="a"),
        standing(K.PENDING, 0, 5, reason="a"),
    ]
    for number in range(1, 5):
        assert {record(list(order)) for order in permutations(tied[:number])} == {tied[number - 1]}


@pytest.mark.parametrize(
    ("current", "seen", "does"),
    [
        (None, standing(K.PAID), False),
        (standing(K.PENDING), standing(K.FAILED, 1), False),
        (standing(K.PENDING), standing(K.UNKNOWN, 1), False),
        (standing(K.NO_CHARGE), standing(K.FAILED, 1), True),
        (standing(K.PAID), standing(K.PAID, 1), False),
        (standing(K.PAID), standing(K.NO_CHARGE, 1), True),
        (standing(K.PAID), standing(K.PENDING, 1), True),
        (standing(K.PAID), standing(K.PENDING, 0), False),
        (standing(K.PAID), standing(K.UNKNOWN, 1), False),
        (standing(K.PAID), standing(K.REFUNDED, 1), False),
        (standing(K.PARTIALLY_REFUNDED), standing(K.PAID, 1), True),
    ],
)
def test_steppay_contradicts_itself_when_it_takes_money_back_silently(
    current: OrderState | None, seen: OrderState, does: bool
) -> None:
    assert contradicts(current, seen) is does


@pytest.mark.parametrize(
    ("kind", "returned", "step"),
    [
        (K.PAID, "5", "paid"),
        (K.REFUNDED, "10000", "refunded"),
        (K.PARTIALLY_REFUNDED, "3000", "partially_refunded:3000"),
        (K.PARTIALLY_REFUNDED, "3E+3", "partially_refunded:3000"),
        (K.PARTIALLY_REFUNDED, "0.50", "partially_refunded:0.5"),
    ],
)
def test_a_step_is_named_by_its_kind_and_a_partial_refund_by_its_amount(
    kind: VerdictKind, returned: str, step: str
) -> None:
    assert OrderState(kind, "r", Decimal(returned), START).step == step


def test_what_stands_is_what_the_verdict_says() -> None:
    paid = OrderState(K.PAID, "payment_complete", Decimal("0.5"), VERDICT.checked_at, fulfill=True)
    assert state_from_verdict(VERDICT) == paid


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        (Finding(K.MISMATCH, "order_id_mismatch"), None),
        (Finding(K.FAILED, "not_paid_after_error"), (K.PENDING, "not_paid_yet", 3)),
        (Finding(K.CANCELED, "not_paid_after_cancel"), (K.PENDING, "not_paid_yet", 3)),
        (Finding(K.FAILED, "payment_failed"), (K.FAILED, "payment_failed", 10)),
        (Finding(K.MISMATCH, "amount_mismatch"), (K.MISMATCH, "amount_mismatch", 60)),
    ],
)
def test_what_only_the_browser_claims_is_not_recorded(found: Finding, kept: tuple[object, ...] | None) -> None:
    verdict = without_claim(replace(VERDICT, finding=found))
    assert kept == (verdict and (verdict.finding.kind, verdict.finding.reason, verdict.finding.retry_after_seconds))


@pytest.mark.parametrize(
    ("unbound", "recorded"),
    [
        (None, "amount_mismatch"),
        ("payment_complete", "amount_mismatch"),
        ("receipt_missing", "amount_mismatch"),
        ("partially_refunded", "partially_refunded"),
        ("refunded", "refunded"),
    ],
)
def test_money_that_went_back_is_recorded_whatever_was_bound(unbound: Any, recorded: Any) -> None:
    found = finding(unbound) if unbound else None
    verdict = replace(VERDICT, finding=finding("amount_mismatch"), unbound_finding=found)
    assert for_record(verdict).finding == finding(recorded)


@pytest.mark.parametrize(
    ("found", "unbound", "at_once", "keeps_money"),
    [
        ("payment_complete", None, False, False),
        ("receipt_missing", None, False, False),
        ("contradiction", None, True, False),
        ("amount_mismatch", None, False, False),
        ("amount_mismatch", "payment_complete", True, True),
        ("currency_mismatch", "partially_refunded", True, True),
        ("amount_mismatch", "zero_amount", True, False),
        ("amount_mismatch", "contradiction", True, False),
        ("amount_mismatch", "receipt_missing", False, False),
        ("amount_mismatch", "order_lagging", False, False),
        ("amount_mismatch", "refunded", False, False),
        ("currency_unclear", "payment_complete", True, False),
    ],
)
def test_what_needs_review_at_once(found: Any, unbound: Any, at_once: bool, keeps_money: bool) -> None:
    verdict = replace(VERDICT, finding=finding(found), unbound_finding=finding(unbound) if unbound else None)
    assert (needs_review_at_once(verdict), is_paid_mismatch(verdict)) == (at_once, keeps_money)


@pytest.mark.parametrize(
    ("found", "has_date", "needed"),
    [
        ("amount_mismatch", False, False),
        ("amount_mismatch", True, True),
        ("not_paid_yet", False, False),
        ("order_lagging", False, True),
        ("receipt_missing", True, True),
    ],
)
def test_what_needs_review_when_the_rechecks_end(found: Any, has_date: bool, needed: bool) -> None:
    order = replace(VERDICT.order, payment_date=START if has_date else None)
    assert needs_review_at_the_end(replace(VERDICT, order=order, finding=finding(found))) is needed


@pytest.mark.parametrize(
    ("found", "unbound", "checks", "lasts"),
    [
        ("receipt_missing", None, 2, False),
        ("receipt_missing", None, 3, True),
        ("amount_mismatch", "receipt_missing", 3, True),
        ("receipt_unavailable", None, 9, False),
    ],
)
def test_a_missing_receipt_is_a_doubt_that_lasts_from_the_third_check_on(
    found: Any, unbound: Any, checks: int, lasts: bool
) -> None:
    verdict = replace(VERDICT, finding=finding(found), unbound_finding=finding(unbound) if unbound else None)
    assert doubt_lasts(verdict, checks) is lasts


def test_each_pair_of_amounts_is_a_mismatch_of_its_own() -> None:
    order = replace(VERDICT.order, amount=Decimal("1E+4"), currency="KRW")
    verdict = replace(VERDICT, order=order, expectation=Expectation(Decimal("9.50"), "USD"))
    assert mismatch_step(verdict) == "mismatch:10000 KRW/9.5 USD"
    assert mismatch_step(replace(verdict, expectation=None)) == "mismatch:10000 KRW/"


def test_the_id_of_a_transition_is_the_one_that_merchants_have_already() -> None:
    assert webhook_id("order_a", "paid") == "evt_" + hashlib.sha256(b"order_a\npaid").hexdigest()[:32]


def test_a_transition_has_one_id_for_ever() -> None:
    assert len({webhook_id(code, step) for code in ("order_a", "order_b") for step in ("paid", "refunded")}) == 4
