"""Which answers of StepPay's a person has to look at as soon as they are seen."""

from __future__ import annotations

from widget_server.domain.model import Verdict, VerdictKind

_AT_ONCE = frozenset(
    {
        *("receipt_mismatch", "contradiction", "cancel_failed_review"),
        *("unreadable_payment_date", "unrecognized_payment_status", "unrecognized_order_type", "id_key_missing"),
    }
)
"""Asking again does not make these clear: StepPay contradicts itself, or says what this version does not know."""
_PASSING = frozenset({"receipt_unavailable", "receipt_missing"})


def needs_review_at_once(verdict: Verdict) -> bool:
    """Also where StepPay shows the order as done and only the expectation keeps it from being `paid`."""
    if verdict.finding.reason in _AT_ONCE:
        return True
    unbound = verdict.unbound_finding
    if unbound is None or unbound.reason in _PASSING:
        return False
    return unbound.kind not in (VerdictKind.PENDING, VerdictKind.REFUNDED)
