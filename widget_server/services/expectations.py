"""What an order must cost: bound by the merchant backend, settled by a final verdict."""

import logging
from datetime import datetime

from widget_server.domain.expectation import Binding, Outcome
from widget_server.domain.model import Expectation, Verdict
from widget_server.domain.transitions import is_paid_mismatch
from widget_server.errors import ExpectationSettled, ExpectationUnavailable, MerchantApiDisabled, StorageError
from widget_server.services.ports import Clock, Expectations

log = logging.getLogger("widget_server.expectations")


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
    """Raises `errors.ExpectationUnavailable`: no verdict is `paid` while the check cannot be made."""
    try:
        return expectations.find(order_code)
    except StorageError as fault:
        log.error("expectation_unreadable order=%s", order_code)
        raise ExpectationUnavailable(fault.detail) from fault


def is_bound_since(verdict: Verdict, expectations: Expectations) -> bool:
    """Whether an order that costs nothing was bound while its verdict went into the record. The binding found no record
    then, so no recheck follows it, and a customer would wait for the sweep of the next day."""
    try:
        return verdict.expectation is None and expectations.find(verdict.order.order_code) is not None
    except StorageError:  # the verdict is right without a binding, too
        return False


def settle_expectation(verdict: Verdict, expectations: Expectations) -> bool:
    """Whether the order still has the expectation that the verdict was checked against. A final verdict fixes it.
    The merchant receives a paid mismatch, so it must not come from values that were corrected meanwhile."""
    code, expectation = verdict.order.order_code, verdict.expectation
    if verdict.finding.kind.facts.final:
        try:
            return expectations.settle(code, expectation, verdict.checked_at)
        except StorageError:  # the check was made; that it cannot be stored changes nothing about the payment
            log.error("expectation_not_settled order=%s recorded=false", code)
            return True
    if not is_paid_mismatch(verdict):
        return True
    binding = find_binding(code, expectations)
    return binding is not None and binding.expectation == expectation


class NoExpectations:
    """Without a `WIDGET_API_KEY` nothing can be bound, and no answer depends on the database."""

    def find(self, order_code: str) -> Binding | None:
        return None

    def bind(self, order_code: str, expectation: Expectation, at: datetime) -> tuple[Binding, Outcome]:
        raise MerchantApiDisabled

    def settle(self, order_code: str, expectation: Expectation | None, at: datetime) -> bool:
        return True
