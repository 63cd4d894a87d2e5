"""The main path: verify one order and record the verdict. Every route, job and command verifies through here."""

import logging
from dataclasses import dataclass, field
from datetime import datetime

from widget_server.domain.model import Claim, Expectation, Order, PaymentStatus, Receipt, Verdict
from widget_server.domain.order_record import Cause
from widget_server.domain.rules import ReceiptAnswer, decide, hides_payment
from widget_server.domain.transitions import for_record, is_paid_mismatch, needs_review_at_once, without_claim
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.errors import ExpectationUnavailable, StorageError, WidgetServerError
from widget_server.services.evidence import fetch_evidence
from widget_server.services.expectations import find_binding, is_bound_since, settle_expectation
from widget_server.services.metrics import VERDICTS, NullMetrics
from widget_server.services.ports import Clock, Expectations, Ledger, Metrics, StepPay
from widget_server.services.verdict_cache import VerdictCache

log = logging.getLogger("widget_server.verify")

_ROUNDS = 2
_JOBS = (Cause.WEBHOOK, Cause.RECHECK)


@dataclass(frozen=True, kw_only=True)
class VerificationDeps:
    """What a verification works with. Without a `cache` of its own every verification calls StepPay."""

    steppay: StepPay
    expectations: Expectations
    ledger: Ledger
    clock: Clock
    cache: VerdictCache = field(default_factory=lambda: VerdictCache(seconds=0))
    metrics: Metrics = field(default_factory=NullMetrics)
    free_orders: bool = False
    """Whether an order of 0 that no backend bound may be fulfilled (`WIDGET_FREE_ORDERS`)."""


def verify_order(claim: Claim, cause: Cause, deps: VerificationDeps) -> Verdict:
    """The verdict on `claim.order_code`, counted.

    Raises `errors.OrderNotFound`, `errors.UpstreamError` subclasses, `errors.ExpectationUnavailable` and, in a job,
    `errors.StorageError`.
    """
    try:
        verdict = _verify(claim, cause, deps)
    except WidgetServerError as error:
        deps.metrics.count(VERDICTS, VerdictKind.UNKNOWN, error.code, cause)
        raise
    deps.metrics.count(VERDICTS, verdict.finding.kind, verdict.finding.reason, cause)
    return verdict


def _verify(claim: Claim, cause: Cause, deps: VerificationDeps) -> Verdict:
    """The numbers are those of the diagram in docs/architecture.md. A backend may correct its expectation during the
    calls to StepPay, or bind a free order only then: the verdict is made once more."""
    for _ in range(_ROUNDS):
        binding = find_binding(claim.order_code, deps.expectations)  # 1
        expectation = binding.expectation if binding else None
        cached = None if cause is Cause.BACKEND else deps.cache.get(claim, expectation)  # 2
        if cached is not None:
            return cached
        now, asked_at = deps.clock(), deps.cache.clock()
        order, receipt = fetch_evidence(claim, expectation, deps.steppay, now)  # 3
        verdict = _conclude(claim, order, receipt, expectation, now, free_orders=deps.free_orders)  # 4
        if settle_expectation(verdict, deps.expectations):  # 5
            if _record(verdict, cause, deps.ledger):  # 6
                deps.cache.put(asked_at, verdict)  # 7
            if verdict.finding.reason == "zero_amount" and is_bound_since(verdict, deps.expectations):
                continue
            return verdict
    log.error("expectation_changed_during_check order=%s", claim.order_code)
    raise ExpectationUnavailable("the expectation changed during each check")


def _conclude(
    claim: Claim,
    order: Order,
    receipt: ReceiptAnswer,
    expectation: Expectation | None,
    now: datetime,
    *,
    free_orders: bool,
) -> Verdict:
    finding = decide(claim, order, receipt, expectation)
    status = receipt.status if isinstance(receipt, Receipt) else None
    verdict = Verdict(
        order=order,
        finding=finding,
        # Only a status we know is repeated to callers: an unknown text could be anything.
        payment_status=status if isinstance(status, PaymentStatus) else None,
        checked_at=now,
        expectation=expectation,
        unbound_finding=decide(claim, order, receipt) if expectation and hides_payment(finding, order) else None,
        free_orders=free_orders,
    )
    if needs_review_at_once(verdict):
        event = "paid_mismatch" if is_paid_mismatch(verdict) else "verdict_needs_review"
        log.error(f"{event} order=%s reason=%s", order.order_code, finding.reason)
    if finding.reason == "zero_amount" and not verdict.is_free:
        log.warning("free_order_not_bound order=%s hint=bind_the_amount_0", order.order_code)
    return verdict


def _record(verdict: Verdict, cause: Cause, ledger: Ledger) -> bool:
    """Whether the verdict is recorded. A storage failure never changes what StepPay said; a job runs again."""
    try:
        record_verdict(verdict, cause, ledger)
    except StorageError:
        if cause in _JOBS:
            raise
        log.error("verdict_not_recorded order=%s recorded=false", verdict.order.order_code)
        return False
    return True


def record_verdict(verdict: Verdict, cause: Cause, ledger: Ledger) -> None:
    """Record what StepPay alone said. Raises `errors.StorageError`."""
    seen = without_claim(verdict)
    if seen is None:
        return
    code = seen.order.order_code
    recorded, contradicted = ledger.record(for_record(seen), cause)
    if contradicted:
        facts = (code, recorded.kind.value, seen.finding.kind.value, seen.finding.reason)
        log.critical("record_contradicted order=%s recorded=%s steppay_says=%s reason=%s", *facts)
    if contradicted or needs_review_at_once(seen):
        if is_paid_mismatch(seen):  # which always needs review
            ledger.note_mismatch(seen, cause)
        ledger.ask_for_review(code)
