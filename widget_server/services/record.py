"""Verify an order and keep what StepPay said. Every caller's verification ends here."""

from __future__ import annotations

import logging

from widget_server.domain.model import Claim, Verdict
from widget_server.domain.order_record import Cause
from widget_server.domain.review import needs_review_at_once
from widget_server.domain.transitions import for_record, without_claim
from widget_server.errors import StorageError
from widget_server.services.expectations import verify_against_expectation
from widget_server.services.ports import Clock, Expectations, Ledger, StepPay
from widget_server.services.verdict_cache import VerdictCache

log = logging.getLogger("widget_server.record")


def verify_and_record(
    claim: Claim,
    cause: Cause,
    *,
    steppay: StepPay,
    clock: Clock,
    expectations: Expectations,
    ledger: Ledger,
    memory: VerdictCache | None = None,
) -> Verdict:
    """Raises what `verify_against_expectation` raises. Trouble with the store never changes what StepPay said."""
    verdict = verify_against_expectation(claim, steppay, clock, expectations, memory)
    try:
        record_verdict(verdict, cause, ledger)
    except StorageError:
        log.error("verdict_not_recorded order=%s recorded=false", claim.order_code)
    return verdict


def record_verdict(verdict: Verdict, cause: Cause, ledger: Ledger) -> None:
    """Raises `errors.StorageError`."""
    seen = without_claim(verdict)
    if seen is None:
        return
    stands, contradicted = ledger.record(for_record(seen), cause)
    if contradicted:
        told = (verdict.order.order_code, stands.kind.value, seen.finding.kind.value, seen.finding.reason)
        log.critical("record_contradicted order=%s recorded=%s steppay_says=%s reason=%s", *told)
    if seen.is_paid_mismatch:
        ledger.note_mismatch(seen, cause)
    if contradicted or needs_review_at_once(seen):
        ledger.ask_for_review(seen.order.order_code)
