"""When an operator has to look at an order, and when a mismatch holds money."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.test_records import VERDICT
from widget_server.domain.transitions import (
    doubt_lasts,
    is_paid_mismatch,
    needs_review_at_once,
    needs_review_at_the_end,
)
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.domain.verdict_reasons import Finding, finding

K = VerdictKind


@pytest.mark.parametrize("unbound", [None, *K])
@pytest.mark.parametrize("kind", K)
def test_a_mismatch_is_a_paid_one_while_steppay_keeps_money(kind: VerdictKind, unbound: VerdictKind | None) -> None:
    verdict = replace(VERDICT, finding=Finding(kind, "r"), unbound_finding=unbound and Finding(unbound, "r"))
    keeps_money = unbound in (K.PAID, K.PARTIALLY_REFUNDED)
    assert is_paid_mismatch(verdict) is (kind is K.MISMATCH and keeps_money)


def test_a_missing_receipt_is_a_lasting_doubt_from_the_third_check_on() -> None:
    missing = finding("receipt_missing")
    bound = replace(VERDICT, finding=finding("amount_mismatch"), unbound_finding=missing)
    for verdict in (replace(VERDICT, finding=missing), bound):
        assert [doubt_lasts(verdict, checks) for checks in range(5)] == [False, False, False, True, True]
    assert not doubt_lasts(replace(VERDICT, finding=finding("order_lagging")), 9)


# The reason, the one without the expectation if there is one, and whether an operator looks at once and at the end.
REVIEWS = [
    ("receipt_mismatch", None, True, True),
    ("payment_complete", None, False, True),
    ("not_paid_yet", None, False, False),
    ("amount_mismatch", "payment_complete", True, True),
    ("amount_mismatch", "partially_refunded", True, True),
    ("amount_mismatch", "receipt_missing", False, True),
    ("amount_mismatch", "not_paid_yet", False, True),
    ("amount_mismatch", "refunded", False, True),
]


@pytest.mark.parametrize(("reason", "unbound", "at_once", "at_the_end"), REVIEWS)
def test_an_operator_looks_at_once_or_at_the_end(reason: Any, unbound: Any, at_once: bool, at_the_end: bool) -> None:
    verdict = replace(VERDICT, finding=finding(reason), unbound_finding=unbound and finding(unbound))
    assert (needs_review_at_once(verdict), needs_review_at_the_end(verdict)) == (at_once, at_the_end)
    abandoned = replace(verdict, order=replace(verdict.order, payment_date=None))
    assert needs_review_at_the_end(abandoned) is (at_the_end and verdict.finding.kind is not K.MISMATCH)
