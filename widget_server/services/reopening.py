"""Before an order is opened: is there a verdict that makes another pay page dangerous?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal

from widget_server.domain.model import Expectation
from widget_server.domain.opening import stands_in_the_way
from widget_server.domain.verdict_reasons import finding
from widget_server.errors import ExpectationUnavailable, OrderNotFound, UpstreamError
from widget_server.services.expectations import matches_expectation
from widget_server.services.ports import Checkouts, Expectations, Ledger

Ask = Callable[[str], Mapping[str, object]]
"""Asks StepPay about an order; gives the verdict's JSON members. Raises what `services.verify.verify` raises."""


def find_obstacle(
    order_code: str, checkouts: Checkouts, ledger: Ledger, expectations: Expectations, ask: Ask
) -> Mapping[str, object] | None:
    """The verdict to show instead of a pay page; None: open it. Raises `errors.StorageError`.

    A final record is trusted. An order that is opened for the first time is not asked about, so that a click costs
    nothing; every later time StepPay is asked, because the shopper may have paid in another window.
    """
    known = ledger.find_verdict(order_code)
    if known is not None and known["final"] is True:
        return _under_what_is_bound(order_code, known, expectations)
    if known is None and not checkouts.was_opened(order_code):
        return None
    with suppress(UpstreamError, OrderNotFound, ExpectationUnavailable):
        known = ask(order_code)  # else what is known may stand in the way; not knowing never does
    return known if known is not None and stands_in_the_way(known) else None


def _under_what_is_bound(
    order_code: str, known: Mapping[str, object], expectations: Expectations
) -> Mapping[str, object]:
    """Paid before another amount was bound: no other pay page, but no `paid` either."""
    binding = expectations.find(order_code) if known["fulfill"] is True else None
    return known if binding is None or matches_expectation(known, binding) else _mismatch(known, binding.expectation)


def _mismatch(known: Mapping[str, object], expected: Expectation) -> Mapping[str, object]:
    other_amount = Decimal(str(known["amount"])) != expected.amount
    found = finding("amount_mismatch" if other_amount else "currency_mismatch")
    told = {"verdict": found.kind.value, "reason": found.reason, "fulfill": False, "final": False}
    return {**known, **told, "retryAfter": found.retry_after_seconds}
