"""Before a checkout opens: is there a verdict that makes another pay page dangerous?"""

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal

from widget_server.domain.model import Claim, Expectation
from widget_server.domain.opening import blocks_payment
from widget_server.domain.order_record import Cause
from widget_server.domain.verdict_json import verdict_body
from widget_server.domain.verdict_reasons import finding
from widget_server.errors import ExpectationUnavailable, OrderNotFound, UpstreamError
from widget_server.services.expectations import matches_expectation
from widget_server.services.ports import Checkouts, Expectations
from widget_server.services.verification import VerificationDeps, verify_order


def find_obstacle(order_code: str, checkouts: Checkouts, deps: VerificationDeps) -> Mapping[str, object] | None:
    """The verdict to show instead of a pay page; None: open it. Raises `errors.StorageError`.

    A final record is trusted. The first checkout of an order calls StepPay for nothing, so that a click is quick; each
    later one verifies, because the shopper may have paid in another window.
    """
    known = deps.ledger.find_verdict(order_code)
    if known is not None and known["final"] is True:
        return _under_expectation(order_code, known, deps.expectations)
    if known is None and not checkouts.was_opened(order_code):
        return None
    with suppress(UpstreamError, OrderNotFound, ExpectationUnavailable):  # not knowing never prevents a payment
        known = verdict_body(verify_order(Claim(order_code), Cause.VERIFY, deps))
    return known if known is not None and blocks_payment(known) else None


def _under_expectation(
    order_code: str, known: Mapping[str, object], expectations: Expectations
) -> Mapping[str, object]:
    """Paid before another amount was bound: no other pay page, but no `paid` either."""
    binding = expectations.find(order_code) if known["fulfill"] is True else None
    return known if binding is None or matches_expectation(known, binding) else _mismatch(known, binding.expectation)


def _mismatch(known: Mapping[str, object], expected: Expectation) -> Mapping[str, object]:
    other_amount = Decimal(str(known["amount"])) != expected.amount
    found = finding("amount_mismatch" if other_amount else "currency_mismatch")
    members = {"verdict": found.kind.value, "reason": found.reason, "fulfill": False, "final": False}
    return {**known, **members, "retryAfter": found.retry_after_seconds}
