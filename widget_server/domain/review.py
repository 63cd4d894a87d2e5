"""Which answers of StepPay need review: at once, after an hour, or when the rechecks end."""

from __future__ import annotations

from widget_server.domain.model import Verdict
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.domain.verdict_reasons import Review

_AFTER_CHECKS = 3
"""Checks after 1, 5 and 15 minutes are behind it: the one after an hour (domain/recheck_schedule.py)."""


def needs_review_at_once(verdict: Verdict) -> bool:
    """Also where StepPay shows the order as done and only the expectation keeps it from being `paid`."""
    if verdict.finding.facts.review is Review.AT_ONCE:
        return True
    unbound = verdict.unbound_finding
    if unbound is None or unbound.facts.review is Review.IF_IT_LASTS:
        return False
    return unbound.kind not in (VerdictKind.PENDING, VerdictKind.REFUNDED)


def doubt_lasts(verdict: Verdict, checks: int) -> bool:
    """StepPay has a payment date and, after an hour of `checks`, still no receipt: not a matter of moments any more."""
    beneath = verdict.unbound_finding or verdict.finding
    return checks >= _AFTER_CHECKS and beneath.reason == "receipt_missing"


def needs_review_at_the_end(verdict: Verdict) -> bool:
    """When the rechecks end. A mismatch that was never paid is an abandoned cart."""
    if verdict.finding.kind is VerdictKind.MISMATCH and verdict.order.payment_date is None:
        return False
    return verdict.finding.facts.review is not Review.NEVER
