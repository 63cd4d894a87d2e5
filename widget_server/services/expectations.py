"""Binding what an order must cost, and verifying every order against what was bound."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from decimal import Decimal

from widget_server.domain.expectation import Binding, Outcome
from widget_server.domain.model import Claim, Expectation, Verdict
from widget_server.errors import ExpectationSettled, ExpectationUnavailable, StorageError
from widget_server.services.ports import Clock, Expectations, StepPay
from widget_server.services.verdict_cache import VerdictCache
from widget_server.services.verify import verify

log = logging.getLogger("widget_server.expectations")

_ROUNDS = 2


def bind_expectation(
    order_code: str, expectation: Expectation, expectations: Expectations, clock: Clock
) -> tuple[Binding, Outcome]:
    """Raises `errors.ExpectationSettled` for other values than a final answer was checked against, and
    `errors.StorageError`."""
    binding, outcome = expectations.bind(order_code, expectation, clock())
    if outcome is Outcome.REFUSED:
        log.error("expectation_refused order=%s reason=settled", order_code)
        raise ExpectationSettled
    if outcome is Outcome.CHANGED:
        log.info("expectation_changed order=%s", order_code)
    return binding, outcome


def find_binding(order_code: str, expectations: Expectations) -> Binding | None:
    """Raises `errors.ExpectationUnreadable`: nobody may be told `paid` while the check cannot be made."""
    try:
        return expectations.find(order_code)
    except StorageError as fault:
        log.error("expectation_unreadable order=%s", order_code)
        raise ExpectationUnavailable(fault.detail) from fault


def matches_expectation(told: Mapping[str, object], binding: Binding | None) -> bool:
    """Whether a remembered verdict may be shown beside `binding`. A `paid` of another amount or currency was told
    before it was bound: it is no answer any more."""
    if binding is None or told["fulfill"] is not True:
        return True
    expected = binding.expectation
    return (Decimal(str(told["amount"])), told["currency"]) == (expected.amount, expected.currency)


def verify_against_expectation(
    claim: Claim, steppay: StepPay, clock: Clock, expectations: Expectations, memory: VerdictCache | None = None
) -> Verdict:
    """The verdict on `claim.order_code` under what the merchant bound to it. Every route verifies through here.

    Raises what `verify` raises, and `errors.ExpectationUnreadable`. A backend may correct its expectation while StepPay
    is being asked: then the order is judged once more, because the old check is worth nothing any more.
    """
    for _ in range(_ROUNDS):
        binding = find_binding(claim.order_code, expectations)
        expectation = binding.expectation if binding else None
        known = memory.find(claim, expectation) if memory else None
        if known is not None:
            return known
        asked_at = memory.now() if memory else 0.0
        verdict = verify(claim, steppay, clock, expectation)
        if _is_checked(verdict, expectation, expectations):
            if memory:
                memory.keep(asked_at, verdict, expectation)
            return verdict
    log.error("expectation_changed_during_check order=%s", claim.order_code)
    raise ExpectationUnavailable("the expectation changed during each check")


def _is_checked(verdict: Verdict, expectation: Expectation | None, expectations: Expectations) -> bool:
    """Whether the verdict still stands on what is bound now. A final one settles it; a paid mismatch is told to the
    merchant, so it must not come from values that were corrected meanwhile, but they may still be corrected."""
    if verdict.final:
        return _settle(verdict, expectation, expectations)
    if not verdict.is_paid_mismatch:
        return True
    binding = find_binding(verdict.order.order_code, expectations)
    return binding is not None and binding.expectation == expectation


def _settle(verdict: Verdict, expectation: Expectation | None, expectations: Expectations) -> bool:
    """The check was made; that it cannot be noted changes nothing about the payment."""
    try:
        return expectations.settle(verdict.order.order_code, expectation, verdict.checked_at)
    except StorageError:
        log.error("expectation_not_settled order=%s recorded=false", verdict.order.order_code)
        return True
